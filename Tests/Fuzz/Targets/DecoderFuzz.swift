import BrokerValues
package import MQTTWire
import NIOCore

/// Decodes bytes as the packets of a client and looks whether what comes out is consistent.
package enum DecoderFuzz {
    private static let limits = BrokerLimits()

    /// For a fuzzer: the first byte chooses the version, the others are packets. Traps on a contradiction.
    package static func fuzz(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let versions = ProtocolVersion.allCases
        let version = versions[Int(first) % versions.count]
        Array(bytes.dropFirst()).withByteView { _ = packets($0, version: version) }
    }

    /// Decodes packet after packet until one is not complete or not right.
    ///
    /// - Returns: how many were right.
    package static func packets(_ bytes: ByteView, version: ProtocolVersion) -> Int {
        var offset = 0
        var count = 0
        while offset < bytes.count {
            let rest = bytes.dropping(offset)
            guard let header = try? FixedHeader.parse(rest), header.packetLength <= rest.count else { break }
            precondition(header.length >= 2 && header.length <= 5 && header.packetLength >= header.length)
            guard decode(rest.slice(0, header.packetLength), header, version) else { break }
            offset += header.packetLength
            count += 1
        }
        return count
    }

    /// Whether one packet is right.
    private static func decode(_ packet: ByteView, _ header: FixedHeader, _ version: ProtocolVersion) -> Bool {
        let body = packet.dropping(header.length)
        guard let type = header.type else { return false }
        switch type {
        case .connect:
            guard let connect = try? ConnectPacket.decode(body, limits: limits) else { return false }
            if let will = connect.will { precondition(will.message.withParts { topic, _, _ in !topic.isEmpty }) }
        case .publish:
            guard let view = try? PublishView.decode(packet, header: header, version: version) else { return false }
            check(view, version)
        case .puback, .pubrec, .pubrel, .pubcomp:
            guard let packet = try? AcknowledgementPacket.decode(body, type: type, version: version) else {
                return false
            }
            precondition(packet.packetIdentifier > 0)
        case .subscribe:
            guard let packet = try? SubscribeView.decode(body, version: version) else { return false }
            precondition(!packet.entries.isEmpty && packet.packetIdentifier > 0)
            for entry in packet.entries { check(filter: entry.filter) }
        case .unsubscribe:
            guard let packet = try? UnsubscribeView.decode(body, version: version) else { return false }
            precondition(!packet.filters.isEmpty)
            for filter in packet.filters { check(filter: filter) }
        case .disconnect: return (try? DisconnectPacket.decode(body, version: version)) != nil
        case .auth: return (try? AuthPacket.decode(body)) != nil
        case .pingreq: return body.isEmpty
        case .connack, .suback, .unsuback, .pingresp: return false
        }
        return true
    }

    private static func check(filter: ByteView) {
        precondition(String(validating: filter.bytes, as: UTF8.self) != nil)
        guard let parts = FilterParts.split(filter) else { return }
        precondition(!parts.filter.isEmpty || parts.shareName == nil)
        _ = TopicSyntax.faultInFilter(parts.filter, maximumLength: 65_535, maximumLevels: 128)
    }

    /// What a PUBLISH is taken apart into, put together again, says the same.
    private static func check(_ view: PublishView, _ version: ProtocolVersion) {
        precondition(String(validating: view.topic.bytes, as: UTF8.self) != nil)
        precondition((view.packetIdentifier == 0) == (view.qos == .atMostOnce))
        var envelope = PublishEnvelope(qos: view.qos, retain: view.retain)
        envelope.duplicate = view.duplicate
        envelope.packetIdentifier = view.packetIdentifier
        envelope.expirySeconds = view.properties.messageExpiry
        envelope.topicAlias = view.properties.topicAlias
        var out = OutBuffer()
        view.properties.forwarded().withByteView { properties in
            out.appendPublish(
                envelope, version: version, topic: view.topic, properties: properties, payload: view.payload)
        }
        var bytes: [UInt8] = []
        out.drain { bytes += $0.readableBytesView }
        bytes.withByteView { again in
            guard let header = try? FixedHeader.parse(again), header.packetLength == again.count,
                let other = try? PublishView.decode(again, header: header, version: version)
            else { preconditionFailure("a PUBLISH that was decoded cannot be decoded when encoded again") }
            precondition(other.topic.elementsEqual(view.topic) && other.payload.elementsEqual(view.payload))
            precondition(other.qos == view.qos && other.packetIdentifier == view.packetIdentifier)
            precondition(other.properties.messageExpiry == view.properties.messageExpiry)
            precondition(other.properties.topicAlias == view.properties.topicAlias)
            precondition(other.properties.forwarded() == view.properties.forwarded())
        }
    }
}
