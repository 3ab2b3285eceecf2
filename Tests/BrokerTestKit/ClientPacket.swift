/// A packet that a test client sends: what the standard allows, and anything else.
///
/// It becomes bytes when it is sent, in the form of the client's version: version 5 gets the property list that the
/// packet has there, the others get none. Everything can be overridden to make malformed packets.
package struct ClientPacket: Sendable {
    /// The property list of a packet.
    package enum Properties: Sendable {
        /// The packet has none in any version.
        case none
        case list([WireProperty])
        /// The bytes that stand where the list (with its length) belongs, in version 5.
        case raw([UInt8])
    }

    /// Packet type and flags.
    package var firstByte: UInt8
    /// What stands before the properties: the variable header.
    package var head: [UInt8]
    package var properties: Properties
    /// What stands after the properties: the payload.
    package var tail: [UInt8]
    /// Written instead of the true remaining length.
    package var remainingLength: [UInt8]?

    package init(_ firstByte: UInt8, head: [UInt8] = [], properties: Properties = .none, tail: [UInt8] = []) {
        self.firstByte = firstByte
        self.head = head
        self.properties = properties
        self.tail = tail
    }

    /// A packet of any first byte and body.
    package static func raw(_ firstByte: UInt8, _ body: [UInt8]) -> ClientPacket { ClientPacket(firstByte, head: body) }

    /// Everything behind the fixed header.
    package func body(_ version: MQTTVersion) -> [UInt8] {
        guard version == .v5 else { return head + tail }
        switch properties {
        case .none: return head + tail
        case .raw(let bytes): return head + bytes + tail
        case .list(let list):
            let encoded = list.flatMap(\.encoded)
            return head + .varint(encoded.count) + encoded + tail
        }
    }

    /// The bytes on the wire.
    package func bytes(_ version: MQTTVersion) -> [UInt8] {
        let body = body(version)
        return [firstByte] + (remainingLength ?? .varint(body.count)) + body
    }

    // MARK: - Malformed variants

    /// The same packet with other flags in its first byte.
    package func withFlags(_ flags: UInt8) -> ClientPacket {
        var copy = self
        copy.firstByte = firstByte & 0xF0 | flags & 0x0F
        return copy
    }

    /// The same packet with these bytes as its remaining length.
    package func withRemainingLength(_ bytes: [UInt8]) -> ClientPacket {
        var copy = self
        copy.remainingLength = bytes
        return copy
    }

    /// The same packet with more bytes at its end, which its remaining length counts.
    package func appending(_ bytes: [UInt8]) -> ClientPacket {
        var copy = self
        copy.tail += bytes
        return copy
    }

    /// The same packet with these bytes where its property list belongs (version 5).
    package func withRawProperties(_ bytes: [UInt8]) -> ClientPacket {
        var copy = self
        copy.properties = .raw(bytes)
        return copy
    }
}

// Every packet of a client but CONNECT.
extension ClientPacket {
    package static func publish(
        _ topic: String, _ payload: String = "", qos: UInt8 = 0, id: UInt16? = nil, retain: Bool = false,
        dup: Bool = false, properties: [WireProperty] = []
    ) -> ClientPacket {
        publish(
            topic: [UInt8](topic.utf8), payload: [UInt8](payload.utf8), qos: qos, id: id, retain: retain, dup: dup,
            properties: properties)
    }

    /// - Parameters:
    ///   - qos: 3 is possible, and malformed.
    ///   - id: written whenever it is not nil, also at QoS 0; 1 is taken for QoS 1 and 2 if it is nil.
    package static func publish(
        topic: [UInt8], payload: [UInt8] = [], qos: UInt8 = 0, id: UInt16? = nil, retain: Bool = false,
        dup: Bool = false, properties: [WireProperty] = []
    ) -> ClientPacket {
        let flags: UInt8 = (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0)
        let identifier = id ?? (qos > 0 ? 1 : nil)
        return ClientPacket(
            0x30 | flags, head: .field(topic) + (identifier.map { .big($0) } ?? []), properties: .list(properties),
            tail: payload)
    }

    /// Without reason and properties the short form of two bytes, else (version 5) the long one.
    package static func puback(_ id: UInt16, reason: UInt8? = nil, properties: [WireProperty]? = nil) -> ClientPacket {
        acknowledgement(0x40, id, reason, properties)
    }

    package static func pubrec(_ id: UInt16, reason: UInt8? = nil, properties: [WireProperty]? = nil) -> ClientPacket {
        acknowledgement(0x50, id, reason, properties)
    }

    package static func pubrel(_ id: UInt16, reason: UInt8? = nil, properties: [WireProperty]? = nil) -> ClientPacket {
        acknowledgement(0x62, id, reason, properties)
    }

    package static func pubcomp(_ id: UInt16, reason: UInt8? = nil, properties: [WireProperty]? = nil) -> ClientPacket {
        acknowledgement(0x70, id, reason, properties)
    }

    private static func acknowledgement(
        _ first: UInt8, _ id: UInt16, _ reason: UInt8?, _ properties: [WireProperty]?
    ) -> ClientPacket {
        let code = reason ?? (properties == nil ? nil : 0)
        return ClientPacket(
            first, head: .big(id) + (code.map { [$0] } ?? []), properties: properties.map { .list($0) } ?? .none)
    }

    package static func subscribe(
        _ id: UInt16, _ filters: [FilterRequest], properties: [WireProperty] = []
    ) -> ClientPacket {
        ClientPacket(
            0x82, head: .big(id), properties: .list(properties),
            tail: filters.flatMap { [UInt8].field($0.filter) + [$0.options] })
    }

    package static func subscribe(
        _ id: UInt16, _ filter: String, qos: UInt8 = 0, properties: [WireProperty] = []
    ) -> ClientPacket {
        subscribe(id, [FilterRequest(filter, qos: qos)], properties: properties)
    }

    package static func unsubscribe(
        _ id: UInt16, _ filters: [String], properties: [WireProperty] = []
    ) -> ClientPacket {
        ClientPacket(
            0xA2, head: .big(id), properties: .list(properties), tail: filters.flatMap { [UInt8].field($0) })
    }

    package static var pingreq: ClientPacket { ClientPacket(0xC0) }

    /// Without reason and properties the form of two bytes, which is the only one before version 5.
    package static func disconnect(reason: UInt8? = nil, properties: [WireProperty]? = nil) -> ClientPacket {
        ending(0xE0, reason, properties)
    }

    package static func auth(reason: UInt8? = nil, properties: [WireProperty]? = nil) -> ClientPacket {
        ending(0xF0, reason, properties)
    }

    private static func ending(_ first: UInt8, _ reason: UInt8?, _ properties: [WireProperty]?) -> ClientPacket {
        let code = reason ?? (properties == nil ? nil : 0)
        return ClientPacket(first, head: code.map { [$0] } ?? [], properties: properties.map { .list($0) } ?? .none)
    }
}

/// One filter of a SUBSCRIBE with its options byte.
package struct FilterRequest: Sendable {
    package var filter: [UInt8]
    package var options: UInt8

    /// Any bytes with any options, also forbidden ones.
    package init(filter: [UInt8], options: UInt8) {
        self.filter = filter
        self.options = options
    }

    package init(
        _ filter: String, qos: UInt8 = 0, noLocal: Bool = false, retainAsPublished: Bool = false,
        retainHandling: UInt8 = 0
    ) {
        self.init(
            filter: [UInt8](filter.utf8),
            options: qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | retainHandling << 4)
    }
}
