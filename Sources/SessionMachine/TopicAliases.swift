package import MQTTWire

/// Topic aliases that the client set on this connection (MQTT 5 section 3.3.2.3.4). They end with it [MQTT5-3.3.2-7].
package struct InboundTopicAliases: Sendable {
    private let maximum: UInt16
    private var topics: [[UInt8]] = []

    /// - Parameter maximum: what CONNACK announced.
    package init(maximum: UInt16) { self.maximum = maximum }

    /// Sets or replaces an alias.
    package mutating func set(_ alias: UInt16, _ topic: ByteView) throws(WireError) {
        try check(alias)
        while topics.count < Int(alias) { topics.append([]) }
        topics[Int(alias) - 1] = topic.bytes
    }

    /// The topic of an alias.
    package func topic(of alias: UInt16) throws(WireError) -> [UInt8] {
        try check(alias)
        guard Int(alias) <= topics.count, !topics[Int(alias) - 1].isEmpty else {
            throw .protocolError("the topic alias \(alias) was not set on this connection")
        }
        return topics[Int(alias) - 1]
    }

    private func check(_ alias: UInt16) throws(WireError) {
        guard alias >= 1, alias <= maximum else {  // [MQTT5-3.2.2-17], [MQTT5-3.2.2-18]
            throw WireError(.topicAliasInvalid, "the topic alias \(alias) is above the maximum of \(maximum)")
        }
    }
}

/// Topic aliases that the broker sets towards the client.
///
/// The first topics of the connection get one each, until the client's maximum or the broker's own limit is reached;
/// they keep it, so that no alias is ever rebound while a packet with it is on its way.
package struct OutboundTopicAliases: Sendable {
    private let maximum: Int
    private var topics: [[UInt8]] = []

    /// - Parameter maximum: the smaller of the client's Topic Alias Maximum and the broker's limit [MQTT5-3.1.2-26].
    package init(maximum: Int) { self.maximum = maximum }

    package var isOff: Bool { maximum == 0 }

    /// What to send for a topic.
    package enum Use: Equatable {
        /// The topic alone.
        case topic
        /// Topic and alias, which sets it.
        case set(UInt16)
        /// The alias alone.
        case alias(UInt16)
    }

    /// Decides for the next PUBLISH that is certain to be sent.
    package mutating func use(for topic: ByteView) -> Use {
        if maximum == 0 { return .topic }
        for (index, known) in topics.enumerated() where known.withByteView({ $0.elementsEqual(topic) }) {
            return .alias(UInt16(index + 1))
        }
        guard topics.count < maximum else { return .topic }
        topics.append(topic.bytes)
        return .set(UInt16(topics.count))
    }
}
