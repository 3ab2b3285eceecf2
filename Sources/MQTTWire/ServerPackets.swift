/// The properties of a packet that the server builds, before they are encoded.
package struct ServerProperties: Hashable, Sendable {
    /// As they stand in a packet, without their length.
    package fileprivate(set) var encoded: [UInt8] = []
    fileprivate var reasonString: [UInt8] = []

    /// No properties.
    package init() {}

    /// Adds a property whose value is one byte.
    package mutating func add(_ property: Property, byte: UInt8) { encoded += [property.rawValue, byte] }

    /// Adds a property whose value is a two-byte number.
    package mutating func add(_ property: Property, uint16 number: UInt16) {
        encoded += [property.rawValue, UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    /// Adds a property whose value is a four-byte number.
    package mutating func add(_ property: Property, uint32 number: UInt32) {
        encoded.append(property.rawValue)
        for shift in [24, 16, 8, 0] { encoded.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
    }

    /// Adds a property whose value is a string; see ``add(_:binary:)`` for its limit.
    package mutating func add(_ property: Property, string: String) { add(property, binary: Array(string.utf8)) }

    /// Adds a property whose value is a pair of strings; see ``add(_:binary:)`` for the limit of each.
    package mutating func add(_ property: Property, name: String, value: String) {
        encoded.append(property.rawValue)
        for text in [name, value] {
            let bytes = Array(text.utf8.prefix(Int(UInt16.max)))
            encoded += [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
            encoded += bytes
        }
    }

    /// Bytes beyond 65,535 do not fit a property and are cut off.
    package mutating func add(_ property: Property, binary: [UInt8]) {
        let bytes = binary.prefix(Int(UInt16.max))
        encoded += [property.rawValue, UInt8(bytes.count >> 8), UInt8(truncatingIfNeeded: bytes.count)] + bytes
    }

    /// Text for a human; the first to be left out when the packet would be too large for the client
    /// [MQTT5-3.4.2-2] and its likes.
    package mutating func setReasonString(_ text: String) {
        // Cut between characters: half of one would make the packet malformed.
        var length = 0
        let utf8 = text.prefix { character in
            length += character.utf8.count
            return length <= 1024
        }.utf8
        reasonString =
            [Property.reasonString.rawValue, UInt8(utf8.count >> 8), UInt8(truncatingIfNeeded: utf8.count)] + utf8
    }
}

extension OutBuffer {
    /// CONNACK of version 3.x.
    package mutating func appendConnack(sessionPresent: Bool, returnCode: ConnectReturnCode) {
        appendBytes([0x20, 2, sessionPresent ? 1 : 0, returnCode.rawValue])
    }

    /// CONNACK of version 5. Returns false, and appends nothing, if it does not fit the client.
    @discardableResult
    package mutating func appendConnack(
        sessionPresent: Bool, reason: ReasonCode, properties: ServerProperties, maximumPacketSize: Int
    ) -> Bool {
        appendPacket(
            firstByte: 0x20, head: [sessionPresent ? 1 : 0, reason.rawValue], properties: properties,
            maximumPacketSize: maximumPacketSize)
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP that says success: four bytes in every version.
    @inline(__always)
    package mutating func appendAcknowledgement(_ type: PacketType, packetIdentifier: UInt16) {
        let first = type.rawValue << 4 | (type == .pubrel ? 2 : 0)
        // Safe: four bytes are written.
        unsafe append(size: 4) { start in
            unsafe start.storeBytes(
                of: (UInt32(first) << 24 | 2 << 16 | UInt32(packetIdentifier)).bigEndian, as: UInt32.self)
        }
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP of version 5 with a reason.
    package mutating func appendAcknowledgement(
        _ type: PacketType, packetIdentifier: UInt16, reason: ReasonCode, properties: ServerProperties,
        maximumPacketSize: Int
    ) {
        let first = type.rawValue << 4 | (type == .pubrel ? 2 : 0)
        if maximumPacketSize < 5 { return appendAcknowledgement(type, packetIdentifier: packetIdentifier) }
        if properties.reasonString.isEmpty, properties.encoded.isEmpty {
            appendBytes([
                first, 3, UInt8(packetIdentifier >> 8), UInt8(truncatingIfNeeded: packetIdentifier), reason.rawValue,
            ])
            return
        }
        let head = [UInt8(packetIdentifier >> 8), UInt8(truncatingIfNeeded: packetIdentifier), reason.rawValue]
        appendPacket(firstByte: first, head: head, properties: properties, maximumPacketSize: maximumPacketSize)
    }

    /// SUBACK or UNSUBACK: one code for each filter in its order [MQTT-3.9.3-1]. Returns false, and appends nothing, if
    /// it does not fit the client.
    @discardableResult
    package mutating func appendSubscriptionAcknowledgement(
        _ type: PacketType, packetIdentifier: UInt16, codes: [UInt8], version: ProtocolVersion,
        properties: ServerProperties = ServerProperties(), maximumPacketSize: Int = .max
    ) -> Bool {
        let head = [UInt8(packetIdentifier >> 8), UInt8(truncatingIfNeeded: packetIdentifier)]
        let first = type.rawValue << 4
        if version.hasProperties {
            return appendPacket(
                firstByte: first, head: head, properties: properties, payload: codes,
                maximumPacketSize: maximumPacketSize)
        } else {
            let payload = type == .suback ? codes : []  // UNSUBACK of 3.x has no payload
            return appendPacket(
                firstByte: first, head: head, properties: nil, payload: payload, maximumPacketSize: .max)
        }
    }

    /// PINGRESP: the same two bytes in every version.
    package mutating func appendPingresp() { appendBytes([0xD0, 0]) }

    /// DISCONNECT of version 5.
    package mutating func appendDisconnect(
        reason: ReasonCode, properties: ServerProperties = ServerProperties(), maximumPacketSize: Int
    ) {
        appendPacket(
            firstByte: 0xE0, head: [reason.rawValue], properties: properties, maximumPacketSize: maximumPacketSize)
    }

    /// AUTH of version 5.
    package mutating func appendAuth(reason: ReasonCode, properties: ServerProperties, maximumPacketSize: Int) {
        appendPacket(
            firstByte: 0xF0, head: [reason.rawValue], properties: properties, maximumPacketSize: maximumPacketSize)
    }

    /// Leaves out the reason string if the packet would not fit with it; a packet that does not fit without it either
    /// is not appended [MQTT5-3.1.2-24].
    @discardableResult
    private mutating func appendPacket(
        firstByte: UInt8, head: [UInt8], properties: ServerProperties?, payload: [UInt8] = [], maximumPacketSize: Int
    ) -> Bool {
        var body = head
        if let properties {
            let full = properties.encoded + properties.reasonString
            let size = head.count + variableIntegerSize(full.count) + full.count + payload.count
            let fits = 1 + variableIntegerSize(size) + size <= maximumPacketSize
            let chosen = fits ? full : properties.encoded
            body.append(variableInteger: chosen.count)
            body += chosen
        }
        body += payload
        var packet = [firstByte]
        packet.append(variableInteger: body.count)
        packet += body
        if packet.count > maximumPacketSize { return false }
        appendBytes(packet)
        return true
    }

    private mutating func appendBytes(_ bytes: [UInt8]) { bytes.withByteView { append($0) } }
}

extension [UInt8] {
    /// Appends a variable byte integer (MQTT 5 section 1.5.5).
    package mutating func append(variableInteger value: Int) {
        var rest = value
        repeat {
            let byte = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            append(rest > 0 ? byte | 0x80 : byte)
        } while rest > 0
    }
}
