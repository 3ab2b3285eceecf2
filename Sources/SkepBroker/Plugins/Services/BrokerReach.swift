import BrokerCore
import BrokerTransport
import BrokerValues
import MQTTWire
import PluginAPI

/// What the services need of the broker: its shards, and who asks them.
struct BrokerReach: Sendable {
    let runners: [ShardRunner]
    let inspector: BrokerInspector
    let rate: PluginRate

    /// Times that a session which is between two event loops is looked for.
    private static let attempts = 200

    /// Asks the shards one after the other for a client until one has it.
    ///
    /// - Throws: ``PluginServiceError/noSuchClient(_:)`` if none does.
    func find(
        _ identifier: String, _ body: @escaping @Sendable (Shard, Instant) -> Shard.ClientAnswer
    ) async throws(PluginServiceError) -> Bool {
        for attempt in 0..<Self.attempts {
            for runner in runners {
                switch await runner.ask({ body($0, ShardRunner.now()) }) {
                case .done: return true
                case .refused: return false
                case .absent, nil: break
                }
            }
            // One that moves from one event loop to another is known to both as a client.
            guard await inspector.client(identifier) != nil, attempt + 1 < Self.attempts else { break }
            try? await Task.sleep(for: .milliseconds(10))
        }
        throw .noSuchClient(identifier)
    }

    /// A message that clients may get.
    func message(_ message: PublishedMessage, retain: Bool) throws(PluginServiceError) -> Message {
        let topic = Array(message.topic.utf8)
        let fault = topic.withByteView { bytes -> String? in
            if TopicSyntax.isReserved(bytes) { return "what stands below $SYS is the broker's own" }
            return TopicSyntax.faultInName(bytes, maximumLength: 65_535, maximumLevels: .max)
        }
        if let fault { throw .invalid(fault) }
        guard message.payload.count <= FixedHeader.maximumPacketLength - 70_000 else {
            throw .limitExceeded("the payload is too large for a packet")
        }
        var properties = ServerProperties()
        if message.isText { properties.add(.payloadFormatIndicator, byte: 1) }
        for (property, text) in [(Property.contentType, message.contentType), (.responseTopic, message.responseTopic)] {
            guard let text else { continue }
            guard text.utf8.count <= 65_535 else { throw .limitExceeded("a property has 65,535 bytes at most") }
            properties.add(property, string: text)
        }
        if let data = message.correlationData {
            guard data.count <= 65_535 else { throw .limitExceeded("a property has 65,535 bytes at most") }
            properties.add(.correlationData, binary: data)
        }
        for pair in message.userProperties {
            guard pair.name.utf8.count <= 65_535, pair.value.utf8.count <= 65_535 else {
                throw .limitExceeded("a property has 65,535 bytes at most")
            }
            properties.add(.userProperty, name: pair.name, value: pair.value)
        }
        return topic.withByteView { topic in
            properties.encoded.withByteView { properties in
                message.payload.withByteView { payload in
                    Message.make(
                        topic: topic, properties: properties, payload: payload, qos: QualityOfService(message.qos),
                        retain: retain, expirySeconds: message.expirySeconds, arrival: ShardRunner.now())
                }
            }
        }
    }

    /// Filters that a client may be subscribed to, or unsubscribed from.
    func filters(_ all: [String]) throws(PluginServiceError) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for filter in all {
            let bytes = Array(filter.utf8)
            let fault = bytes.withByteView { bytes -> String? in
                guard let parts = FilterParts.split(bytes) else { return "\(filter) is no topic filter" }
                if parts.shareName != nil { return "shared subscriptions are for clients only" }
                return TopicSyntax.faultInFilter(bytes, maximumLength: 65_535, maximumLevels: .max)
            }
            if let fault { throw .invalid(fault) }
            result.append(bytes)
        }
        return result
    }
}
