import BrokerValues
import MQTTWire

/// Writes the packets that only clients send; `MQTTWire` reads these, and writes those of a server.
///
/// Topics and identifiers are the generator's own and short: a string is cut at 65,535 bytes.
struct ClientEncoder: Sendable {
    let version: ProtocolVersion

    /// A will of QoS 0 or 1, not retained.
    struct Will: Sendable {
        let topic: String
        let payload: [UInt8]
        let qos: QualityOfService
    }

    /// CONNECT of a session that ends with its connection.
    func connect(identifier: String, keepAlive: UInt16, will: Will? = nil) -> [UInt8] {
        var body = string(version == .v3_1 ? "MQIsdp" : "MQTT")
        body.append(version.rawValue)
        body.append(0x02 | (will.map { 0x04 | $0.qos.rawValue << 3 } ?? 0))
        body += number(keepAlive) + noProperties + string(identifier)
        if let will {
            body += noProperties + string(will.topic) + number(UInt16(clamping: will.payload.count)) + will.payload
        }
        return packet(PacketType.connect.rawValue << 4, body)
    }

    /// SUBSCRIBE to one filter.
    func subscribe(packetIdentifier: UInt16, filter: String, qos: QualityOfService) -> [UInt8] {
        packet(
            PacketType.subscribe.rawValue << 4 | 2,
            number(packetIdentifier) + noProperties + string(filter) + [qos.rawValue])
    }

    /// PUBLISH, with where its packet identifier (0 for QoS 0) and its payload stand, so that both can be written over.
    func publish(
        topic: String, payload: [UInt8], qos: QualityOfService
    ) -> (bytes: [UInt8], identifierOffset: Int, payloadOffset: Int) {
        let name = string(topic)
        let identifier = qos == .atMostOnce ? [] : number(1)
        let body = name + identifier + noProperties + payload
        let bytes = packet(PacketType.publish.rawValue << 4 | qos.rawValue << 1, body)
        let start = bytes.count - body.count + name.count
        return (bytes, qos == .atMostOnce ? 0 : start, bytes.count - payload.count)
    }

    /// PUBACK.
    func acknowledge(_ packetIdentifier: UInt16) -> [UInt8] {
        packet(PacketType.puback.rawValue << 4, number(packetIdentifier))
    }

    /// PINGREQ.
    var ping: [UInt8] { packet(PacketType.pingreq.rawValue << 4, []) }

    private var noProperties: [UInt8] { version.hasProperties ? [0] : [] }

    private func number(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    private func string(_ text: String) -> [UInt8] {
        let bytes = text.utf8.prefix(Int(UInt16.max))
        return number(UInt16(bytes.count)) + bytes
    }

    private func packet(_ firstByte: UInt8, _ body: [UInt8]) -> [UInt8] {
        var bytes = [firstByte]
        var rest = body.count
        repeat {
            let byte = UInt8(rest & 0x7F)
            rest >>= 7
            bytes.append(rest > 0 ? byte | 0x80 : byte)
        } while rest > 0
        return bytes + body
    }
}
