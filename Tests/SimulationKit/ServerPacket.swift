package import MQTTWire

/// A PUBLISH that a client got.
package struct ReceivedPublish: Hashable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var qos: UInt8
    package var retain: Bool
    package var duplicate: Bool
    package var identifier: Int
    package var properties: [ReceivedProperty]

    package func number(_ property: UInt8) -> UInt32? { properties.first { $0.identifier == property }?.number }

    /// The subscription identifiers in their order.
    package var subscriptionIdentifiers: [UInt32] { properties.filter { $0.identifier == 0x0B }.compactMap(\.number) }
}

/// One property of a packet from the broker.
package struct ReceivedProperty: Hashable, Sendable {
    package var identifier: UInt8
    /// The value of a numeric one.
    package var number: UInt32?
    /// The value of any other; name and value of a user property one behind the other.
    package var bytes: [UInt8] = []
    /// The value of a user property.
    package var second: [UInt8] = []
}

/// A packet that the broker sent, as a client understands it.
package enum ServerPacket: Hashable, Sendable {
    case connack(sessionPresent: Bool, code: UInt8, [ReceivedProperty])
    case publish(ReceivedPublish)
    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    case acknowledgement(PacketType, identifier: Int, reason: UInt8)
    /// SUBACK or UNSUBACK.
    case subscription(PacketType, identifier: Int, codes: [UInt8])
    case pingresp
    case disconnect(reason: UInt8)
    case auth(reason: UInt8, [ReceivedProperty])
}

/// The broker sent something that is not MQTT.
package struct UnreadablePacket: Error, CustomStringConvertible {
    package let text: String
    package let packet: [UInt8]

    package var description: String { "\(text): \(packet.prefix(64))" }
}

/// Takes packets out of the bytes that a broker sent; written from the standard, without any decoder of the broker.
package struct ServerPacketReader: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0
    private let version: ProtocolVersion

    package init(version: ProtocolVersion) { self.version = version }

    /// Bytes of a packet that is not complete.
    package var remainder: Int { bytes.count - start }

    package mutating func append(_ more: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    /// The next whole packet; nil if there is none.
    package mutating func next() throws -> ServerPacket? {
        var position = start + 1
        var length = 0
        var shift = 0
        while true {
            guard position < bytes.count else { return nil }
            guard shift < 28 else { throw unreadable("the length takes more than four bytes", bytes.count) }
            length |= Int(bytes[position] & 0x7F) << shift
            shift += 7
            position += 1
            if bytes[position - 1] < 0x80 { break }
        }
        guard position + length <= bytes.count else { return nil }
        var fields = Fields(bytes: bytes, position: position, end: position + length)
        let packet: ServerPacket
        do {
            packet = try fields.packet(first: bytes[start], version: version)
            if !fields.isAtEnd { throw Fields.Cut() }
        } catch {
            throw unreadable("fields and length do not agree", position + length)
        }
        start = position + length
        return packet
    }

    /// All whole packets.
    package mutating func all() throws -> [ServerPacket] {
        var packets: [ServerPacket] = []
        while let packet = try next() { packets.append(packet) }
        return packets
    }

    private func unreadable(_ text: String, _ end: Int) -> UnreadablePacket {
        UnreadablePacket(text: text, packet: Array(bytes[start..<end]))
    }
}

/// The fields of one packet.
private struct Fields {
    struct Cut: Error {}

    let bytes: [UInt8]
    var position: Int
    let end: Int

    var isAtEnd: Bool { position == end }

    mutating func byte() throws -> UInt8 {
        guard position < end else { throw Cut() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func uint16() throws -> Int { Int(try byte()) << 8 | Int(try byte()) }

    mutating func uint32() throws -> UInt32 { UInt32(try uint16()) << 16 | UInt32(try uint16()) }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard position + count <= end else { throw Cut() }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func binary() throws -> [UInt8] { try take(uint16()) }

    mutating func varint() throws -> Int {
        var value = 0
        for digit in 0..<4 {
            let next = try byte()
            value |= Int(next & 0x7F) << (7 * digit)
            if next < 0x80 { return value }
        }
        throw Cut()
    }

    mutating func properties() throws -> [ReceivedProperty] {
        let length = try varint()
        let stop = position + length
        guard stop <= end else { throw Cut() }
        var result: [ReceivedProperty] = []
        while position < stop { result.append(try property()) }
        guard position == stop else { throw Cut() }
        return result
    }

    private mutating func property() throws -> ReceivedProperty {
        let identifier = try byte()
        var property = ReceivedProperty(identifier: identifier)
        switch identifier {
        case 0x01, 0x24, 0x25, 0x28, 0x29, 0x2A: property.number = UInt32(try byte())
        case 0x13, 0x21, 0x22, 0x23: property.number = UInt32(try uint16())
        case 0x02, 0x11, 0x27: property.number = try uint32()
        case 0x0B: property.number = UInt32(try varint())
        case 0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F: property.bytes = try binary()
        case 0x26:
            property.bytes = try binary()
            property.second = try binary()
        default: throw Cut()  // no property that a server may send
        }
        return property
    }

    mutating func packet(first: UInt8, version: ProtocolVersion) throws -> ServerPacket {
        let isV5 = version == .v5
        guard let type = PacketType(rawValue: first >> 4) else { throw Cut() }
        if type != .publish, first & 0x0F != (type == .pubrel ? 2 : 0) { throw Cut() }
        switch type {
        case .connack: return try connack()
        case .publish: return try publish(first, isV5)
        case .puback, .pubrec, .pubrel, .pubcomp:
            let identifier = try uint16()
            let reason = isAtEnd || !isV5 ? 0 : try byte()
            if isV5, !isAtEnd { _ = try properties() }
            return .acknowledgement(type, identifier: identifier, reason: reason)
        case .suback, .unsuback:
            let identifier = try uint16()
            if isV5 { _ = try properties() }
            return .subscription(type, identifier: identifier, codes: try take(end - position))
        case .pingresp: return .pingresp
        case .disconnect:
            guard isV5 else { throw Cut() }
            let reason = isAtEnd ? 0 : try byte()
            if !isAtEnd { _ = try properties() }
            return .disconnect(reason: reason)
        case .auth:
            guard isV5 else { throw Cut() }
            return .auth(reason: try byte(), try properties())
        case .connect, .subscribe, .unsubscribe, .pingreq: throw Cut()
        }
    }

    private mutating func connack() throws -> ServerPacket {
        let flags = try byte()
        guard flags <= 1 else { throw Cut() }
        let code = try byte()
        // A refusal may come in the form of another version than the client's, so the length decides.
        let properties = isAtEnd ? [] : try properties()
        return .connack(sessionPresent: flags == 1, code: code, properties)
    }

    private mutating func publish(_ first: UInt8, _ isV5: Bool) throws -> ServerPacket {
        let qos = (first >> 1) & 3
        guard qos < 3, let topic = String(validating: try binary(), as: UTF8.self) else { throw Cut() }
        let identifier = qos == 0 ? 0 : try uint16()
        if qos > 0, identifier == 0 { throw Cut() }
        let properties = isV5 ? try properties() : []
        return .publish(
            ReceivedPublish(
                topic: topic, payload: try take(end - position), qos: qos, retain: first & 1 != 0,
                duplicate: first & 8 != 0, identifier: identifier, properties: properties))
    }
}
