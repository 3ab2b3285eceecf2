import BrokerValues

extension OptionTable {
    /// A tebibyte: more than any machine that this is for has, and far from overflow.
    static let largestMemory = 1 << 40
    /// The largest packet that MQTT can express: 268,435,455 bytes behind a header of 5.
    static let largestPacket = 268_435_460

    static let packetOptions: [SettingsOption] = [
        .broker(
            "mqtt/packets/max-packet-size", or: ["throttling/max-message-size"],
            .integer(\.limits.maximumPacketSize, 1...largestPacket), unit: "bytes",
            "The largest packet accepted, fixed header included."),
        .broker(
            "mqtt/packets/max-connect-packet-size",
            .integer(\.limits.maximumConnectPacketSize, 64...largestPacket), unit: "bytes",
            """
            The largest CONNECT accepted. HiveMQ has no such limit: nobody who has not yet been let in may fill more \
            memory than this.
            """),
        .broker(
            "mqtt/packets/max-reassembly-bytes",
            .integer(\.limits.maximumReassemblyBytes, 65_536...largestMemory), unit: "bytes",
            """
            What all clients of one event loop together may hold in packets that have not fully arrived; beyond it whoever \
            holds most is disconnected. Who has not been let in may hold an eighth of it beside that.
            """),
        .broker(
            "restrictions/stalled-packet-millis", .integer(\.limits.stalledPacketMilliseconds, 0...3_600_000),
            unit: "milliseconds",
            """
            After this long without a byte of the packet that it has begun, a client is the first to be disconnected when \
            that limit is reached.
            """),
        .broker(
            "restrictions/max-mail-bytes", .integer(\.limits.maximumMailBytes, 65_536...largestMemory), unit: "bytes",
            "What one event loop may have under way to another before it stops reading from its clients for a while."),
        .broker(
            "restrictions/max-mail-messages", .integer(\.limits.maximumMailMessages, 16...1_000_000), unit: "messages",
            "The same in messages of QoS 1 and 2; below half of a client's queue, no burst from another loop overruns it."
        ),
        .broker(
            "restrictions/max-publisher-hold-millis",
            .integer(\.limits.maximumPublisherHoldMilliseconds, 0...600_000), unit: "milliseconds",
            """
            How long publishers wait at most for an online receiver whose queue is half full, before its messages are \
            dropped; 0 for not at all. HiveMQ drops at once, also when a burst is all that is wrong.
            """),
        .broker(
            "restrictions/max-client-id-length", or: ["mqtt/max-client-id-length"],
            .integer(\.limits.maximumClientIdentifierLength, 1...65_535), unit: "bytes",
            "The longest client identifier accepted."),
        .broker(
            "restrictions/max-topic-length", .integer(\.limits.maximumTopicLength, 1...65_535), unit: "bytes",
            "The longest topic name or filter accepted."),
        .broker(
            "restrictions/max-topic-levels", .integer(\.limits.maximumTopicLevels, 1...65_535), unit: "levels",
            """
            The deepest topic name or filter accepted. HiveMQ has no such limit: each level of a wildcard filter costs \
            memory.
            """),
    ]

    static let sessionOptions: [SettingsOption] = [
        .broker(
            "restrictions/no-connect-idle-timeout", or: ["mqtt/no-connect-packet-idle-timeout-millis"],
            .integer(\.limits.connectTimeoutMilliseconds, 100...3_600_000), unit: "milliseconds",
            "How long a socket may stay open without a CONNECT."),
        .broker(
            "restrictions/authority-timeout-millis",
            .integer(\.limits.authorityTimeoutMilliseconds, 100...3_600_000), unit: "milliseconds",
            "How long an authority may take for one answer before it counts as a refusal."),
        .broker(
            "restrictions/max-sessions", .integer(\.limits.maximumSessions, 1...100_000_000), unit: "sessions",
            "Sessions of the whole broker, online and offline. HiveMQ has no such limit: each costs about a kilobyte."),
        .broker(
            "restrictions/max-subscriptions-per-client",
            .integer(\.limits.maximumSubscriptionsPerClient, 1...10_000_000), unit: "subscriptions",
            "Subscriptions of one client. HiveMQ has no such limit: one client could fill the memory."),
        .broker(
            "security/allow-empty-client-id/enabled", .boolean(\.limits.allowEmptyClientIdentifier),
            "Whether a client may leave the choice of its identifier to the broker."),
        .broker(
            "mqtt/session-expiry/max-interval",
            .integer(\.limits.maximumSessionExpiry, 0...4_294_967_296), unit: "seconds",
            "The longest session expiry interval. 4294967295 means never, and so does HiveMQ's 4294967296."),
        .broker(
            "mqtt/keep-alive/max-keep-alive", .integer(\.limits.maximumKeepAlive, 1...65_535), unit: "seconds",
            "The largest keep-alive; clients that ask for more are told this value."),
        .broker(
            "mqtt/keep-alive/allow-unlimited", .boolean(\.limits.allowUnlimitedKeepAlive),
            "Whether a client may turn its keep-alive off."),
    ]
}
