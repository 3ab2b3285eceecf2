import BrokerValues

extension OptionTable {
    static let queueOptions: [SettingsOption] = [
        .broker(
            "mqtt/queued-messages/max-queue-size",
            or: ["persistence/client-session/queued-messages/max-queued-messages"],
            .integer(\.limits.maximumQueuedMessages, 1...100_000_000), unit: "messages",
            "Messages that wait for one client, offline or behind a full in-flight window."),
        .broker(
            "mqtt/queued-messages/strategy",
            or: ["persistence/client-session/queued-messages/queued-messages-strategy"],
            .choice(\.limits.queueStrategy),
            "What is dropped when a client's queue is full: the new message, or the oldest that waits."),
        .broker(
            "mqtt/queued-messages/max-bytes", .integer(\.limits.maximumQueuedBytes, 1_024...largestMemory),
            unit: "bytes",
            "Bytes of the messages that wait for one client.",
            unlike: .hiveMQ("no such limit", "a limit in messages alone does not bound memory")),
        .broker(
            "mqtt/queued-messages/max-broker-bytes",
            .integer(\.limits.maximumBrokerQueuedBytes, 1_024...largestMemory), unit: "bytes",
            "Bytes of all waiting messages of the broker, a message counted once for each client that it waits for.",
            unlike: .hiveMQ("no such limit", "many clients with short queues would still fill the memory")),
        .broker(
            "restrictions/max-unsent-bytes", .integer(\.limits.maximumUnsentBytes, 4_096...largestMemory),
            unit: "bytes", "Bytes not yet taken by the socket of one client, beyond which QoS 0 is dropped."),
        .broker(
            "restrictions/max-broker-unsent-bytes",
            .integer(\.limits.maximumBrokerUnsentBytes, 65_536...largestMemory), unit: "bytes",
            """
            The same for all clients together, in equal shares for the event loops: beyond it QoS 0 is dropped for \
            clients that are behind, and QoS 1 and 2 wait in the queue.
            """, unlike: .hiveMQ("no such limit", "many clients that do not read would fill the memory")),
        .broker(
            "restrictions/client-write-buffer/high-threshold",
            .integer(\.limits.writeBufferHighThreshold, 1_024...largestMemory), unit: "bytes",
            "Bytes not yet taken by the socket of one client, beyond which QoS 1 and 2 wait in the queue.",
            unlike: .hiveMQ("65536", "keeps a short stall of the network out of the queues")),
        .broker(
            "restrictions/client-write-buffer/low-threshold",
            .integer(\.limits.writeBufferLowThreshold, 1...largestMemory), unit: "bytes",
            "They wait until the socket has taken all but this many bytes."),
    ]

    static let retainedOptions: [SettingsOption] = [
        .broker(
            "mqtt/retained-messages/enabled", .boolean(\.limits.retainAvailable),
            "Whether messages may be retained."),
        .broker(
            "mqtt/retained-messages/max-messages", .integer(\.limits.maximumRetainedMessages, 1...1_000_000_000),
            unit: "messages",
            "Retained messages of the broker.",
            unlike: .hiveMQ("no such limit", "retained messages are kept in memory")),
        .broker(
            "mqtt/retained-messages/max-bytes", .integer(\.limits.maximumRetainedBytes, 1_024...largestMemory),
            unit: "bytes",
            "Bytes of all retained messages.",
            unlike: .hiveMQ("no such limit", "as above")),
        .broker(
            "mqtt/retained-messages/max-per-subscription",
            .integer(\.limits.maximumRetainedPerSubscription, 1...10_000_000), unit: "messages",
            "Retained messages that one new subscription delivers; the others are dropped.",
            unlike: .hiveMQ("always 100000", "the same number, but it can be set")),
        .broker(
            "restrictions/max-wills-per-tick", .integer(\.limits.maximumWillsPerTick, 1...1_000_000), unit: "wills",
            "Wills that an event loop publishes in one go, so that a mass disconnect disturbs nobody else."),
        .broker(
            "restrictions/match-cache-bytes", .integer(\.limits.matchCacheBytes, 65_536...largestMemory),
            unit: "bytes", "Bytes that one event loop may spend on remembering which subscriptions a topic matches."),
    ]
}
