import BrokerValues
import MQTTWire

/// A PUBLISH that is sent again and again, with where what differs stands.
struct PublishForm: Sendable {
    var bytes: [UInt8]
    /// Where the packet identifier stands; 0 if there is none.
    let identifierOffset: Int
    let payloadOffset: Int

    /// The same without the payload's bytes.
    var head: PublishForm {
        PublishForm(
            bytes: Array(bytes[..<payloadOffset]), identifierOffset: identifierOffset, payloadOffset: payloadOffset)
    }
}

/// Writes the packets that only clients send; `MQTTWire` reads these, and writes those of a server.
///
/// Topics and identifiers are the generator's own and short: a string is cut at 65,535 bytes.
struct ClientEncoder: Sendable {
    let version: ProtocolVersion
    /// What every CONNECT gives.
    var user: String?
    var password: String?

    /// A will of QoS 0 or 1, not retained.
    struct Will: Sendable {
        let topic: String
        let payload: [UInt8]
        let qos: QualityOfService
    }

    /// What a client asks of its session.
    struct Session: Sendable {
        /// Whether it begins anew.
        var cleanStart = true
        /// Whether it outlives the connection: before version 5 whatever does not begin anew does, in version 5 for
        /// ``longestExpiry`` seconds.
        var isKept = false

        /// Seconds: an hour, so that a broker is not left with what an interrupted run has made.
        static let longestExpiry: UInt32 = 3_600
    }

    /// CONNECT.
    ///
    /// In version 5 it asks for a Receive Maximum of 65,535, which is what there is without one.
    func connect(
        identifier: String, keepAlive: UInt16, session: Session = Session(), will: Will? = nil
    ) -> [UInt8] {
        var body = string(version == .v3_1 ? "MQIsdp" : "MQTT")
        body.append(version.rawValue)
        body.append(
            (session.cleanStart ? 0x02 : 0) | (will.map { 0x04 | $0.qos.rawValue << 3 } ?? 0)
                | (user == nil ? 0 : 0x80) | (password == nil ? 0 : 0x40))
        body += number(keepAlive)
        if version.hasProperties, session.isKept {
            body += [5, Property.sessionExpiryInterval.rawValue]
            body += stride(from: 24, through: 0, by: -8).map { UInt8(Session.longestExpiry >> $0 & 0xFF) }
        } else {
            body += noProperties
        }
        body += string(identifier)
        if let will {
            body += noProperties + string(will.topic) + number(UInt16(clamping: will.payload.count)) + will.payload
        }
        if let user { body += string(user) }
        if let password { body += string(password) }
        return packet(PacketType.connect.rawValue << 4, body)
    }

    /// SUBSCRIBE to one filter.
    func subscribe(packetIdentifier: UInt16, filter: String, qos: QualityOfService) -> [UInt8] {
        subscribe(packetIdentifier: packetIdentifier, filters: [filter], qos: qos)
    }

    /// SUBSCRIBE to several filters.
    func subscribe(packetIdentifier: UInt16, filters: [String], qos: QualityOfService) -> [UInt8] {
        var body = number(packetIdentifier) + noProperties
        for filter in filters { body += string(filter) + [qos.rawValue] }
        return packet(PacketType.subscribe.rawValue << 4 | 2, body)
    }

    /// UNSUBSCRIBE from one filter.
    func unsubscribe(packetIdentifier: UInt16, filter: String) -> [UInt8] {
        packet(PacketType.unsubscribe.rawValue << 4 | 2, number(packetIdentifier) + noProperties + string(filter))
    }

    /// PUBLISH.
    func publish(topic: String, payload: [UInt8], qos: QualityOfService, isRetained: Bool = false) -> PublishForm {
        let name = string(topic)
        let identifier = qos == .atMostOnce ? [] : number(1)
        let body = name + identifier + noProperties + payload
        let bytes = packet(PacketType.publish.rawValue << 4 | qos.rawValue << 1 | (isRetained ? 1 : 0), body)
        let start = bytes.count - body.count + name.count
        return PublishForm(
            bytes: bytes, identifierOffset: qos == .atMostOnce ? 0 : start, payloadOffset: bytes.count - payload.count)
    }

    /// PUBACK.
    func acknowledge(_ packetIdentifier: UInt16) -> [UInt8] {
        packet(PacketType.puback.rawValue << 4, number(packetIdentifier))
    }

    /// PINGREQ.
    var ping: [UInt8] { packet(PacketType.pingreq.rawValue << 4, []) }

    /// DISCONNECT, which takes the will back.
    var disconnect: [UInt8] { packet(PacketType.disconnect.rawValue << 4, []) }

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
