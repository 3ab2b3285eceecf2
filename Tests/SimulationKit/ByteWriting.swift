extension [UInt8] {
    /// Appends a big-endian 16-bit number.
    package mutating func write(uint16 number: Int) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    /// Appends a big-endian 32-bit number.
    package mutating func write(uint32 number: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends bytes behind a two-byte length.
    package mutating func write(binary bytes: [UInt8]) {
        write(uint16: bytes.count)
        append(contentsOf: bytes)
    }

    /// Appends text behind a two-byte length.
    package mutating func write(string text: String) { write(binary: Array(text.utf8)) }

    /// Appends a variable byte integer in its shortest form.
    package mutating func write(varint value: Int) {
        var rest = value
        repeat {
            let digit = UInt8(rest % 128)
            rest /= 128
            append(rest > 0 ? digit + 128 : digit)
        } while rest > 0
    }

    /// A packet of a first byte and a body.
    package static func packet(_ firstByte: UInt8, _ body: [UInt8]) -> [UInt8] {
        var result = [firstByte]
        result.write(varint: body.count)
        return result + body
    }
}
