import BrokerValues

extension HiveMQCatalog {
    /// The names under which drops are counted by reason; reasons not named here are in `messages.dropped.count` only,
    /// which counts all.
    static let dropNames: [(name: String, reasons: [DropReason])] = [
        // HiveMQ tells a client that is offline from one that is not; here both have the same queue.
        ("queue-full", [.clientQueueFull, .clientQueueBytesFull, .brokerQueueBytesFull]),
        ("not-writable", [.connectionNotWritable]),
        ("not-connected", [.clientOffline, .sessionEnded]),
        ("message-too-large", [.packetTooLarge]),
        ("before-publish-send", [.refusedBeforeSending]),
    ]

    /// Reasons that HiveMQ has no name for: they are in the total only. Expired messages have a name of their own, which
    /// is no drop in HiveMQ.
    static let unnamedDropReasons: [DropReason] = [
        .expired, .noGroupMember, .retainedBacklogFull, .retainedStoreFull, .notAuthorized, .unreadable,
    ]

    /// Drops of the reasons that have this name.
    static func drops(_ name: String) -> HiveMQValue {
        let reasons = dropNames.first { $0.name == name }?.reasons ?? []
        return .sum(metric: "skep_messages_dropped_total", where: ["reason": reasons.map(\.rawValue)])
    }

    static let messages: [HiveMQMetric] = dropped + kept

    private static let dropped: [HiveMQMetric] =
        pair("messages.dropped", .all("skep_messages_dropped_total"), "Messages dropped for any reason") + [
            HiveMQMetric(
                "messages.dropped.not-connected.count", .counter, drops("not-connected"),
                "Messages dropped because the client was away, or its session ended before they were delivered.",
                since: "3.3"),
            HiveMQMetric(
                "messages.dropped.queue-full.count", .counter, drops("queue-full"),
                "Messages dropped because a queue was full, of clients that are offline or online.", since: "3.3"),
            .absent(
                "messages.dropped.in-flight-window.count", .counter, .notCounted,
                "Messages for clients online beyond their in-flight window: here they wait in the queue, so drops are under queue-full.",
                since: "3.3"),
            HiveMQMetric(
                "messages.dropped.not-writable.count", .counter, drops("not-writable"),
                "QoS 0 messages dropped because the client's socket took nothing more.", since: "3.3"),
            HiveMQMetric(
                "messages.dropped.qos-0-queue-not-empty.count", .counter, .never,
                "QoS 0 messages dropped because others were waiting: here they wait behind them.", since: "3.3"),
            HiveMQMetric(
                "messages.dropped.internal-error.count", .counter, .never,
                "Messages dropped because the broker failed: each reason that there is here is another.",
                since: "3.3"),
            HiveMQMetric(
                "messages.dropped.before-publish-send.count", .counter, drops("before-publish-send"),
                "Messages dropped because a plugin refused to send them.", since: "3.3"),
        ]

    private static let kept: [HiveMQMetric] = [
        HiveMQMetric(
            "clients.half-full-queue.count", .counter, .all("skep_queues_half_full"),
            "Clients whose queue is at half its limit or above, in messages or in bytes."),
        HiveMQMetric(
            "messages.retained.current", .gauge, .all("skep_retained_messages"), "Retained messages kept now."),
        HiveMQMetric(
            "messages.retained.mean", .histogram, .histogram(metric: "skep_retained_stored_size_bytes"),
            "Payload sizes of the retained messages stored."),
        HiveMQMetric(
            "messages.retained.rate", .meter, .all("skep_retained_stored_total"),
            "Retained messages stored, as a rate.", since: "3.1"),
        .absent(
            "queues.publish.size", .counter, .noSuchPart,
            "Entries of a queue before routing: here messages are routed as they are read."),
        .absent(
            "queues.publish.rate", .meter, .noSuchPart,
            "Entries put into a queue before routing: here messages are routed as they are read."),
        HiveMQMetric(
            "messages.publish-resent", .meter, .all("skep_publishes_resent_total"),
            "PUBLISH packets sent again, which happens only when a client comes back.", since: "3.2"),
        HiveMQMetric(
            "messages.pubrel-resent", .meter, .all("skep_pubrels_resent_total"),
            "PUBREL packets sent again, which happens only when a client comes back.", since: "3.2"),
        HiveMQMetric(
            "messages.queued.count", .gauge, .all("skep_queued_messages"),
            "Messages that wait for clients now, one for each client, whatever their kind of session.", since: "3.3"),
    ]
}
