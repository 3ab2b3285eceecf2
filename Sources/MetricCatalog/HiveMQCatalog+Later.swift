/// Names of HiveMQ 4 and of its Community Edition.
extension HiveMQCatalog {
    static let later: [HiveMQMetric] = laterMessages + laterState + laterExtensions + caches

    private static func new(
        _ name: String, _ kind: HiveMQKind, _ value: HiveMQValue, _ help: String
    ) -> HiveMQMetric { HiveMQMetric(name, kind, value, help, since: "4") }

    private static let laterMessages = [
        new(
            "messages.dropped.message-too-large.count", .counter, drops("message-too-large"),
            "Messages dropped because they were too large for the client."),
        new(
            "messages.dropped.mqtt-packet-too-large.count", .counter, .absent(.notCounted),
            "Packets other than PUBLISH that were too large for the client."),
        new(
            "messages.dropped.publish-inbound-intercepted.count", .counter, .absent(.notCounted),
            "Messages that a plugin kept back."),
        new(
            "messages.dropped.qos-0-memory-exceeded.count", .counter, .absent(.noSuchPart),
            "QoS 0 messages dropped at a memory limit of their own: here drops are under queue-full and not-writable."),
        new(
            "messages.expired-messages", .counter, .all("skep_messages_expired_total"),
            "Messages whose expiry interval was over; messages.dropped.count has them too."),
        new(
            "messages.incoming.connect.mqtt3.count", .counter,
            .sum(metric: "skep_connects_accepted_total", where: ["version": ["3.1", "3.1.1"]]),
            "CONNECT packets of MQTT 3.1 and 3.1.1; only those accepted."),
        new(
            "messages.incoming.connect.mqtt5.count", .counter, .one("skep_connects_accepted_total", "version", "5"),
            "CONNECT packets of MQTT 5; only those accepted."),
        new(
            "messages.incoming.auth.count", .counter, .one("skep_packets_received_total", "type", "auth"),
            "AUTH packets received."),
        new(
            "messages.outgoing.auth.count", .counter, .one("skep_packets_sent_total", "type", "auth"),
            "AUTH packets sent."),
        new(
            "messages.outgoing.disconnect.count", .counter, .one("skep_packets_sent_total", "type", "disconnect"),
            "DISCONNECT packets sent."),
        new("messages.pending.qos-0.count", .gauge, .absent(.notCounted), "QoS 0 messages that wait."),
        new(
            "messages.pending.total.count", .gauge, .absent(.notCounted),
            "Messages that wait; those in clients' queues are under messages.queued.count."),
        new(
            "messages.retained.pending.total.count", .gauge, .absent(.notCounted),
            "Retained messages that wait to be sent to new subscribers."),
        new(
            "messages.retained.queued.count", .gauge, .absent(.notCounted),
            "Retained messages in clients' queues."),
        new(
            "publish.without-matching-subscribers", .counter, .all("skep_publishes_unmatched_total"),
            "Messages that no subscription matched."),
        new(
            "messages.will.count.current", .counter, .absent(.notCounted),
            "Wills that clients have left with the broker."),
        new(
            "messages.will.published.count.total", .counter, .all("skep_wills_published_total"), "Wills published."),
    ]

    private static let laterState = [
        new(
            "overload-protection.level", .gauge, .all("skep_stress_level"), "How loaded the broker is, from 0 to 10."),
        new(
            "mqtt.connection.not-writable.current", .counter, .all("skep_connections_congested"),
            "Clients whose socket does not take what is sent."),
        new(
            "persistence.retained-messages.in-memory.total-size", .gauge, .all("skep_retained_bytes"),
            "Bytes of the retained messages."),
        new(
            "persistence.queued-messages.in-memory.total-size", .gauge, .all("skep_queued_bytes"),
            "Bytes of the messages that wait for clients."),
        new(
            "persistence.client-sessions.in-memory.total-size", .gauge, .absent(.notCounted), "Bytes of the sessions."),
        new(
            "persistence.client-session.subscriptions.in-memory.total-size", .gauge, .absent(.notCounted),
            "Bytes of the subscriptions."),
        new("qos-0-memory.max", .gauge, .absent(.noSuchPart), "Memory that QoS 0 messages may use."),
        new("qos-0-memory.used", .gauge, .absent(.noSuchPart), "Memory that QoS 0 messages use."),
        new(
            "qos-0-memory.exceeded.per-client", .gauge, .absent(.noSuchPart),
            "Clients whose QoS 0 messages use more memory than they may."),
        new("topic-alias.count.total", .gauge, .absent(.notCounted), "Topic aliases that are set now."),
        new("topic-alias.memory.usage", .gauge, .absent(.notCounted), "Bytes of the topic aliases."),
        new("cpu-cores.licensed", .gauge, .absent(.noSuchPart), "Processors that a licence allows: there is none."),
        new("cpu-cores.used", .gauge, .absent(.noSuchPart), "Processors that count for a licence: there is none."),
        new("persistence-executor.running", .counter, .all("skep_storage_busy"), "Jobs of the stores that run now."),
        new(
            "single-writer-executor.running", .counter, .all("skep_storage_busy"), "Writers of the stores that run now."
        ),
    ]

    private static let laterExtensions = [
        new(
            "extension.services.rate-limit-exceeded.count", .counter, .all("skep_plugin_service_calls_refused_total"),
            "Calls of plugins that were refused because there were too many."),
        new(
            "extension.services.publish-service-publishes", .counter, .absent(.notCounted),
            "Messages that plugins sent."),
        new(
            "extension.services.publish-service-publishes-to-client", .counter, .absent(.notCounted),
            "Messages that plugins sent to one client."),
        new(
            "extension.managed-executor.running", .counter, .all("skep_plugin_jobs_running"),
            "Jobs of plugins that run now."),
        new(
            "extension.managed-executor.scheduled.overrun", .counter, .all("skep_plugin_job_overruns_total"),
            "Jobs that took longer than their period."),
        new(
            "extension.managed-executor.scheduled.percent-of-period", .histogram, .absent(.notCounted),
            "Share of its period that a job took."),
    ]

    private static let caches: [HiveMQMetric] = [
        "payload-persistence", "shared-subscription",
    ].flatMap { cache in
        [
            "average-load-penalty", "eviction-count", "hit-count", "hit-rate", "load-count", "load-exception-count",
            "load-exception-rate", "load-success-count", "miss-count", "miss-rate", "request-count", "total-load-time",
        ].map { new("cache.\(cache).\($0)", .gauge, .absent(.noSuchPart), "The cache \(cache) of HiveMQ.") }
    }
}
