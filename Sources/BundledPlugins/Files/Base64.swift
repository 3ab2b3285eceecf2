/// Base64 (RFC 4648), strictly: nothing but its letters, and only one way to write any bytes.
enum Base64 {
    /// Which letters, and whether `=` fills the last group.
    enum Form {
        /// `+` and `/`, filled.
        case standard
        /// `+` and `/`, not filled: the PHC string format.
        case unpadded
        /// `-` and `_`, not filled: tokens (RFC 7515, section 2).
        case url
    }

    static func encode(_ bytes: [UInt8], _ form: Form) -> String {
        let letters = letters(form)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var value: UInt32 = 0
            for byte in group { value = value << 8 | UInt32(byte) }
            value <<= UInt32(8 * (3 - group.count))
            for index in 0...group.count { result.append(letters[Int(value >> UInt32(18 - 6 * index)) & 63]) }
            if form == .standard { result.append(contentsOf: Array(repeating: 0x3D, count: 3 - group.count)) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Nil for what ``encode(_:_:)`` does not make.
    static func decode(_ text: some Collection<UInt8>, _ form: Form) -> [UInt8]? {
        var digits = Array(text)
        if form == .standard {
            guard digits.count % 4 == 0 else { return nil }
            for _ in 0..<2 where digits.last == 0x3D { digits.removeLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(digits.count / 4 * 3 + 2)
        for start in stride(from: 0, to: digits.count, by: 4) {
            let group = digits[start..<min(start + 4, digits.count)]
            var value: UInt32 = 0
            for digit in group {
                guard let bits = bits(digit, form) else { return nil }
                value = value << 6 | UInt32(bits)
            }
            value <<= UInt32(6 * (4 - group.count))
            let bytes = [UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
            guard bytes[(group.count - 1)...].allSatisfy({ $0 == 0 }) else { return nil }
            result.append(contentsOf: bytes[..<(group.count - 1)])
        }
        return result
    }

    private static let common = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    private static func letters(_ form: Form) -> [UInt8] { common + Array(form == .url ? "-_".utf8 : "+/".utf8) }

    private static func bits(_ digit: UInt8, _ form: Form) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: form == .url ? "-" : "+"): 62
        case UInt8(ascii: form == .url ? "_" : "/"): 63
        default: nil
        }
    }
}
