extension MetricCatalog {
    static let packets: [Metric] = [
        .counter(
            "skep_packets_received_total", types(of: ShardCounters.packetsReceived),
            "MQTT packets received from clients.", labels: [packetType]),
        .counter(
            "skep_packets_sent_total", types(of: ShardCounters.packetsSent), "MQTT packets sent to clients.",
            labels: [packetType]),
        .counter(
            "skep_packets_received_bytes_total", types(of: ShardCounters.bytesReceived),
            "Bytes of the MQTT packets received, fixed headers included.", unit: .bytes, labels: [packetType]),
        .counter(
            "skep_packets_sent_bytes_total", types(of: ShardCounters.bytesSent),
            "Bytes of the MQTT packets sent, fixed headers included.", unit: .bytes, labels: [packetType]),
        Metric(
            "skep_packet_received_size_bytes", .histogram,
            "Size of the MQTT packets received; one packet in 64 is looked at.", unit: .bytes,
            source: .shardHistogram(.packetSizeReceived)),
        Metric(
            "skep_packet_sent_size_bytes", .histogram,
            "Size of the MQTT packets sent; one packet in 64 is looked at.", unit: .bytes,
            source: .shardHistogram(.packetSizeSent)),
        Metric(
            "skep_publish_received_size_bytes", .histogram,
            "Size of the PUBLISH packets received; one packet in 64 is looked at.", unit: .bytes,
            source: .shardHistogram(.publishSizeReceived)),
        Metric(
            "skep_publish_sent_size_bytes", .histogram,
            "Size of the PUBLISH packets sent; one packet in 64 is looked at.", unit: .bytes,
            source: .shardHistogram(.publishSizeSent)),
        .counter(
            "skep_publishes_received_total", ShardCounters.publishesReceived, "PUBLISH packets received, by QoS.",
            labels: [qos]),
        .counter(
            "skep_publishes_sent_total", ShardCounters.publishesSent,
            "PUBLISH packets sent, by the QoS that they were sent with.", labels: [qos]),
        .counter(
            "skep_retained_publishes_received_total", ShardCounters.retainedPublishesReceived,
            "PUBLISH packets received with the RETAIN flag."),
        .counter(
            "skep_retained_publishes_sent_total", ShardCounters.retainedPublishesSent,
            "PUBLISH packets sent with the RETAIN flag."),
        .counter(
            "skep_publishes_resent_total", ShardCounters.publishesResent,
            "PUBLISH packets sent again when a client came back."),
        .counter(
            "skep_pubrels_resent_total", ShardCounters.pubrelsResent,
            "PUBREL packets sent again when a client came back."),
    ]

    static let messages: [Metric] = [
        .counter(
            "skep_publishes_unmatched_total", ShardCounters.publishesUnmatched,
            "Messages that no subscription matched."),
        .counter(
            "skep_messages_dropped_total", ShardCounters.messagesDropped,
            "Messages that did not reach a receiver that they matched, by reason and QoS.",
            labels: [MetricLabel("reason", MetricLabels.dropReasons), qos]),
        Metric("skep_messages_expired_total", .counter, "Messages whose expiry interval was over before delivery."),
        .counter(
            "skep_messages_queued_total", ShardCounters.messagesQueued,
            "Messages that had to wait for their client."),
        .gauge(
            "skep_queued_messages", ShardCounters.queuedMessages,
            "Messages that wait for their clients now, one for each client."),
        .gauge(
            "skep_queued_bytes", ShardCounters.queuedBytes,
            "Bytes of the messages that wait for their clients now.", unit: .bytes),
        .gauge(
            "skep_queues_half_full", ShardCounters.queuesHalfFull,
            "Clients whose queue is at half its limit or above, in messages or in bytes."),
        .gauge(
            "skep_inflight_sent_messages", ShardCounters.inflightSent,
            "QoS 1 and 2 messages sent to clients and not yet acknowledged."),
        .gauge(
            "skep_inflight_received_messages", ShardCounters.inflightReceived,
            "QoS 2 messages received whose PUBREL has not come yet."),
        .gauge("skep_retained_messages", ShardCounters.retainedMessages, "Retained messages kept now."),
        .gauge(
            "skep_retained_bytes", ShardCounters.retainedBytes, "Bytes of the retained messages kept now.",
            unit: .bytes),
        .counter(
            "skep_retained_stored_total", ShardCounters.retainedStored,
            "Retained messages stored, replacements included."),
        Metric(
            "skep_retained_stored_size_bytes", .histogram, "Payload size of the retained messages stored.",
            unit: .bytes, source: .shardHistogram(.retainedSize)),
        .counter("skep_wills_published_total", ShardCounters.willsPublished, "Will messages published."),
        .gauge(
            "skep_wills_pending", ShardCounters.willsPending, "Will messages that are due and leave at a limited rate."),
        .counter(
            "skep_topic_aliases_total", ShardCounters.topicAliases,
            "Uses of topic aliases: set with a topic, or used instead of one.",
            labels: [
                MetricLabel("direction", ["received", "sent"]), MetricLabel("use", ["set", "used"]),
            ]),
        .counter(
            "skep_match_cache_misses_total", ShardCounters.matchCacheMisses,
            "Messages whose topic had to be matched against the subscriptions."),
        .counter(
            "skep_match_cache_hits_total", ShardCounters.matchCacheHits,
            "Messages whose receivers were known from an earlier message."),
        .gauge(
            "skep_match_cache_bytes", ShardCounters.matchCacheBytes, "Bytes that the match caches hold.", unit: .bytes),
        .counter(
            "skep_publisher_holds_total", ShardCounters.publisherHolds,
            "Times that a publisher had to wait because a receiver's queue was half full."),
        .counter(
            "skep_publisher_holds_used_up_total", ShardCounters.publisherHoldsUsedUp,
            "Times that a publisher had waited for receivers so long that for a while it is not made to wait any more."),
        .gauge(
            "skep_publishers_held", ShardCounters.publishersHeld, "Publishers that wait for a receiver's queue now."),
    ]

    static let latency: [Metric] = [
        Metric(
            "skep_receive_to_route_seconds", .histogram,
            "Time from the read of a PUBLISH to its routing; one PUBLISH in 64 is looked at.", unit: .seconds,
            source: .shardHistogram(.receiveToRoute)),
        Metric(
            "skep_receive_to_written_seconds", .histogram,
            "Time from the read of a PUBLISH until its copies for local receivers were given to the sockets; one PUBLISH in 64 is looked at, at most one a tick.",
            unit: .seconds, source: .shardHistogram(.receiveToWritten)),
        Metric(
            "skep_publish_to_puback_seconds", .histogram,
            "Time from the read of a QoS 1 PUBLISH until its PUBACK was given to the socket, commit included; one in 64 is looked at.",
            unit: .seconds, source: .shardHistogram(.publishToAcknowledgement)),
        Metric(
            "skep_event_loop_lag_seconds", .histogram,
            "How late event loops start what was due at a certain time; looked at ten times a second.",
            unit: .seconds, source: .shardHistogram(.loopLag)),
        Metric(
            "skep_tick_duration_seconds", .histogram,
            "Time from the first event of a tick to its end, when everything written has been sent.", unit: .seconds,
            source: .shardHistogram(.tickLength)),
        .counter("skep_ticks_total", ShardCounters.ticks, "Ticks of the event loops."),
    ]
}
