/// Checks of the strings in packets (MQTT 5 section 1.5.4, MQTT 3.1.1 section 1.5.3).
package enum UTF8Check {
    /// Whether the bytes are well-formed UTF-8 without U+0000 and without surrogates, overlong or cut forms
    /// [MQTT5-1.5.4-1] [MQTT5-1.5.4-2]. U+FEFF is a character like any other [MQTT5-1.5.4-3].
    ///
    /// Cost: one load and three operations for every eight ASCII bytes.
    @inline(__always)
    package static func isValid(_ bytes: ByteView) -> Bool {
        var index = 0
        while index &+ 8 <= bytes.count {
            let word = bytes.word(at: index)
            // A set high bit in any byte, or (the usual trick) a byte that is zero.
            if (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 != 0 {
                return isValidSlow(bytes, from: index)
            }
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0 || byte >= 0x80 { return isValidSlow(bytes, from: index) }
            index &+= 1
        }
        return true
    }

    private static func isValidSlow(_ bytes: ByteView, from start: Int) -> Bool {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0 { return false }
            guard byte >= 0x80 else {
                index += 1
                continue
            }
            guard let length = sequenceLength(bytes, at: index) else { return false }
            index += length
        }
        return true
    }

    /// Length of the well-formed multi-byte sequence at `index`, after table 3-7 of the Unicode standard.
    private static func sequenceLength(_ bytes: ByteView, at index: Int) -> Int? {
        let lead = bytes[index]
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEC, 0xEE, 0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return nil }
        return length
    }
}
