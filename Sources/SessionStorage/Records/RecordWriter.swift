import MQTTWire

/// Puts records together in memory that is used again for each.
struct RecordWriter {
    /// The record so far.
    private(set) var bytes: [UInt8] = []

    /// Begins a record.
    mutating func begin(_ type: RecordType) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(type.rawValue)
        bytes.append(type.version)
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func fixed<T: FixedWidthInteger>(_ value: T) {
        var rest = value.littleEndian
        // Safe: the bytes of a number on the stack.
        unsafe withUnsafeBytes(of: &rest) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func raw(_ view: ByteView) {
        // Safe: the view holds for the call.
        unsafe view.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func text(_ view: ByteView) {
        number(UInt64(view.count))
        raw(view)
    }
}
