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
            "The largest CONNECT accepted.",
            unlike: .hiveMQ("no limit of its own", "who has not been let in may not fill memory")),
        .broker(
            "mqtt/packets/max-control-packet-size",
            .integer(\.limits.maximumControlPacketSize, 64...largestPacket), unit: "bytes",
            "The largest packet accepted that is neither CONNECT nor PUBLISH.",
            unlike: .hiveMQ("no limit of its own", "what one SUBSCRIBE asks for may not keep an event loop busy")),
        .broker(
            "mqtt/packets/max-filters-per-packet", .integer(\.limits.maximumFiltersPerPacket, 1...1_000_000),
            unit: "filters",
            """
            Topic filters of one SUBSCRIBE or UNSUBSCRIBE. Those of a SUBSCRIBE beyond it are refused, an UNSUBSCRIBE \
            with more ends the connection.
            """, unlike: .hiveMQ("no such limit", "as above")),
        .broker(
            "mqtt/packets/max-reassembly-bytes",
            .integer(\.limits.maximumReassemblyBytes, 65_536...largestMemory), unit: "bytes",
            """
            What all clients of one event loop together may have sent of packets that have not fully arrived; beyond it \
            whoever sent most is disconnected. Who has not been let in has an eighth of it beside that.
            """, unlike: .hiveMQ("no such limit", "bounds what slow senders together can make the broker keep")),
        .broker(
            "restrictions/stalled-packet-millis", .integer(\.limits.stalledPacketMilliseconds, 0...3_600_000),
            unit: "milliseconds",
            """
            After this long without a byte of the packet that it has begun, a client is the first to be disconnected when \
            that limit is reached.
            """),
        .broker(
            "restrictions/stalled-socket-millis", .integer(\.limits.stalledSocketMilliseconds, 1_000...86_400_000),
            unit: "milliseconds",
            """
            After this long a client is disconnected whose socket moves no byte, although bytes wait for it, or although \
            it is read from while it is slowed for want of credits.
            """, unlike: .hiveMQ("no such limit", "a socket that has died silently would be kept for hours")),
        .broker(
            "restrictions/max-mail-bytes", .integer(\.limits.maximumMailBytes, 65_536...largestMemory), unit: "bytes",
            """
            What may be on its way from one event loop to another before the first stops reading from its clients for \
            a while.
            """,
            unlike: .hiveMQ("no such limit", "publishers of one loop may not fill the memory of another")),
        .broker(
            "restrictions/max-mail-messages", .integer(\.limits.maximumMailMessages, 16...1_000_000), unit: "messages",
            """
            The same in messages of QoS 1 and 2. Below half of mqtt/queued-messages/max-queue-size, no burst from \
            another event loop overruns a client's queue.
            """,
            unlike: .hiveMQ("no such limit", "as above")),
        .broker(
            "restrictions/max-publisher-hold-millis",
            .integer(\.limits.maximumPublisherHoldMilliseconds, 0...600_000), unit: "milliseconds",
            """
            How long the broker may keep publishers of QoS 1 and 2 waiting while the queue of an online receiver is \
            half full, before messages for it are dropped; 0 for not at all.
            """,
            unlike: .hiveMQ("0: it drops at once", "a short burst should cost nobody a message")),
        .broker(
            "restrictions/max-client-id-length", or: ["mqtt/max-client-id-length"],
            .integer(\.limits.maximumClientIdentifierLength, 1...65_535), unit: "bytes",
            "The longest client identifier accepted."),
        .broker(
            "restrictions/max-topic-length", .integer(\.limits.maximumTopicLength, 1...65_535), unit: "bytes",
            "The longest topic name or filter accepted."),
        .broker(
            "restrictions/max-topic-levels", .integer(\.limits.maximumTopicLevels, 1...65_535), unit: "levels",
            "The deepest topic name or filter accepted.",
            unlike: .hiveMQ("no such limit", "each level of a wildcard filter costs memory")),
    ]

    static let sessionOptions: [SettingsOption] = [
        .broker(
            "restrictions/no-connect-idle-timeout",
            or: [
                "mqtt/no-connect-packet-idle-timeout-millis", "throttling/no-connect-packet-idle-timeout-millis",
            ],
            .integer(\.limits.connectTimeoutMilliseconds, 100...3_600_000), unit: "milliseconds",
            "How long a socket may stay open without a CONNECT.",
            hint: { text in
                guard let number = Int(text), (1..<100).contains(number) else { return nil }
                return "the unit is milliseconds, did you mean \(number)000?"
            }),
        .broker(
            "restrictions/departed-client-timeout-millis",
            .integer(\.limits.departedClientTimeoutMilliseconds, 0...3_600_000), unit: "milliseconds",
            """
            How long the last packets of a client that has closed its connection may wait for what delays them, such as \
            a plugin that has to be asked.
            """),
        .broker(
            "restrictions/authority-timeout-millis",
            .integer(\.limits.authorityTimeoutMilliseconds, 100...3_600_000), unit: "milliseconds",
            "How long a plugin that decides who may do what may take for one answer before it counts as a refusal."),
        .broker(
            "restrictions/max-sessions", .integer(\.limits.maximumSessions, 1...100_000_000), unit: "sessions",
            "Sessions of the whole broker, online and offline.",
            unlike: .hiveMQ("no such limit", "each costs about a kilobyte")),
        .broker(
            "restrictions/max-subscriptions-per-client",
            .integer(\.limits.maximumSubscriptionsPerClient, 1...10_000_000), unit: "subscriptions",
            "Subscriptions of one client.",
            unlike: .hiveMQ("no such limit", "one client could fill the memory")),
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
