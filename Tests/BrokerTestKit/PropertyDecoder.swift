/// Reads the property lists of packets from the broker.
enum PropertyDecoder {
    static let connack: Set<Int> = [
        0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A,
    ]
    static let publish: Set<Int> = [0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26]
    static let acknowledgement: Set<Int> = [0x1F, 0x26]
    static let disconnect: Set<Int> = [0x1C, 0x1F, 0x26]
    static let auth: Set<Int> = [0x15, 0x16, 0x1F, 0x26]

    /// Those whose value is 0 or 1.
    private static let switches: Set<Int> = [0x01, 0x24, 0x25, 0x28, 0x29, 0x2A]
    /// Those that may not be 0.
    private static let positive: Set<Int> = [0x0B, 0x21, 0x23, 0x27]

    static func list(_ cursor: inout ByteCursor, allowed: Set<Int>) throws -> [WireProperty] {
        var inner = ByteCursor(try cursor.take(try cursor.varint()))
        var list: [WireProperty] = []
        while !inner.isAtEnd {
            let id = try inner.varint()
            guard allowed.contains(id) else { throw TestFailure("property \(id) may not stand here") }
            // A PUBLISH may carry several Subscription Identifiers, every packet several User Properties.
            guard id == 0x26 || id == 0x0B || !list.contains(where: { $0.id == id }) else {
                throw TestFailure("property \(id) stands there twice")
            }
            let property = WireProperty(id, try value(id, &inner))
            try check(property)
            list.append(property)
        }
        return list
    }

    private static func value(_ id: Int, _ cursor: inout ByteCursor) throws -> WireProperty.Value {
        switch id {
        case 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A: .byte(try cursor.byte())
        case 0x13, 0x21, 0x22, 0x23: .twoBytes(try cursor.twoBytes())
        case 0x02, 0x11, 0x18, 0x27: .fourBytes(try cursor.fourBytes())
        case 0x0B: .varint(try cursor.varint())
        case 0x09, 0x16: .bytes(try cursor.binary())
        case 0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F: .bytes(try cursor.string())
        case 0x26: .pair(try cursor.string(), try cursor.string())
        default: throw TestFailure("property \(id) is unknown")
        }
    }

    private static func check(_ property: WireProperty) throws {
        guard let number = [property].number(property.id) else { return }
        if switches.contains(property.id), number > 1 {
            throw TestFailure("property \(property.id) is neither 0 nor 1")
        }
        if positive.contains(property.id), number == 0 { throw TestFailure("property \(property.id) is 0") }
    }
}
