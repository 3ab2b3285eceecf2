import MQTTWire

/// Takes records apart. Whatever the bytes are, it answers or throws.
struct RecordReader {
    private let view: ByteView
    private var offset = 0

    /// Reads type and version.
    init(_ view: ByteView, _ type: RecordType) throws(RecordFault) {
        self.view = view
        let found = try byte()
        if found != type.rawValue { throw .type(found: found, wanted: type.rawValue) }
        let version = try byte()
        if version != type.version { throw .version(version) }
    }

    /// Bytes that are left.
    var left: Int { view.count - offset }

    mutating func byte() throws(RecordFault) -> UInt8 {
        guard offset < view.count else { throw .truncated }
        defer { offset += 1 }
        return view[offset]
    }

    mutating func number() throws(RecordFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = try self.byte()
            // The tenth byte has room for one bit.
            if shift == 63, byte > 1 { throw .value("a number") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .value("a number")
    }

    mutating func number(upTo greatest: Int, _ field: String) throws(RecordFault) -> Int {
        guard let value = Int(exactly: try number()), value <= greatest else { throw .value(field) }
        return value
    }

    mutating func number32(_ field: String) throws(RecordFault) -> UInt32 {
        guard let value = UInt32(exactly: try number()) else { throw .value(field) }
        return value
    }

    /// How many items of at least `size` bytes follow.
    mutating func count(ofSize size: Int, _ field: String) throws(RecordFault) -> Int {
        let value = try number()
        guard value <= UInt64(left / size) else { throw .value(field) }
        return Int(value)
    }

    mutating func fixed<T: FixedWidthInteger>(_: T.Type) throws(RecordFault) -> T {
        var value: T = 0
        for index in 0..<MemoryLayout<T>.size { value |= T(truncatingIfNeeded: try byte()) << T(8 * index) }
        return value
    }

    mutating func raw(_ count: Int) throws(RecordFault) -> ByteView {
        guard count >= 0, count <= left else { throw .truncated }
        defer { offset += count }
        return view.slice(offset, offset + count)
    }

    mutating func text() throws(RecordFault) -> ByteView {
        let count = try number()
        guard count <= UInt64(left) else { throw .truncated }
        return try raw(Int(count))
    }

    /// All that is left.
    mutating func rest() throws(RecordFault) -> ByteView { try raw(left) }

    /// Nothing may be left.
    func end() throws(RecordFault) { if left != 0 { throw .trailing } }
}
