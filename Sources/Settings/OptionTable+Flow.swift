import BrokerValues

extension OptionTable {
    static let flowOptions: [SettingsOption] = [
        .broker(
            "mqtt/receive-maximum/server-receive-maximum", .integer(\.limits.serverReceiveMaximum, 1...65_535),
            unit: "messages",
            "QoS 1 and 2 messages that a client may have unacknowledged towards the broker.",
            unlike: .hiveMQ("10", "with 10 every publisher waits for a round trip after ten messages"),
            hint: packetIdentifiers),
        .broker(
            "mqtt/max-inflight", or: ["mqtt/max-queued-messages"], .integer(\.limits.maximumInflight, 1...65_535),
            unit: "messages",
            """
            QoS 1 and 2 messages that one client may leave unacknowledged; if its Receive Maximum is smaller, that \
            counts. HiveMQ 3.x calls it max-queued-messages.
            """,
            unlike: .hiveMQ(
                "3.x: 1000; 4.x: always 50", "as in 3.x: with 50 a distant client gets 50 messages a round trip"),
            hint: packetIdentifiers),
        .broker(
            "mqtt/topic-alias/enabled", .boolean(\.topicAliasEnabled),
            "Whether clients may use topic aliases towards the broker."),
        .broker(
            "mqtt/topic-alias/max-per-client", .integer(\.limits.topicAliasMaximum, 1...65_535), unit: "aliases",
            "The largest topic alias that a client may use. No effect when topic aliases are not enabled."),
        .broker(
            "mqtt/topic-alias/max-outbound-per-client", .integer(\.limits.outboundTopicAliasMaximum, 0...65_535),
            unit: "aliases", "Aliases that the broker itself uses towards one client, if the client allows as many.",
            unlike: .hiveMQ("it uses none", "long topic names need not be repeated")),
        .broker(
            "mqtt/quality-of-service/max-qos",
            .integer(
                0...2, read: { Int($0.limits.maximumQoS.rawValue) },
                write: { $0.limits.maximumQoS = QualityOfService(rawValue: UInt8(clamping: $1)) ?? .exactlyOnce }),
            "The highest QoS that is accepted and granted."),
        .broker(
            "mqtt/message-expiry/max-interval",
            .integer(
                0...messageExpiryOff, read: { $0.limits.maximumMessageExpiry.map { Int($0) } ?? messageExpiryOff },
                write: { $0.limits.maximumMessageExpiry = (1..<messageExpiryOff).contains($1) ? UInt32($1) : nil }),
            unit: "seconds",
            "The longest message expiry. 4294967296, and as in HiveMQ also 0, leave it to the publisher."),
        .broker(
            "mqtt/wildcard-subscriptions/enabled", .boolean(\.limits.wildcardSubscriptionsAvailable),
            "Whether filters may have `+` and `#`."),
        .broker(
            "mqtt/subscription-identifier/enabled", .boolean(\.limits.subscriptionIdentifiersAvailable),
            "Whether subscriptions may carry an identifier."),
        .broker(
            "mqtt/shared-subscriptions/enabled", .boolean(\.limits.sharedSubscriptionsAvailable),
            "Whether `$share/group/filter` is accepted."),
    ]

    /// Said to whoever wants more in flight than packets can be told apart.
    private static let packetIdentifiers: @Sendable (String) -> String? = { text in
        guard let number = Int(text), number > 65_535 else { return nil }
        return "\(number) messages cannot be in flight, since MQTT has 65535 packet identifiers"
    }

    /// HiveMQ's word for "no limit": one more than the protocol can express.
    static let messageExpiryOff = 4_294_967_296
}
