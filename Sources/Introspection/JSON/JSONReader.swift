/// Reads a JSON text (RFC 8259) in one pass.
///
/// Stricter and cheaper than the JSON decoder of Foundation: a limit on nesting that small stacks bear, and no error
/// values on the way to an answer, so that time and memory are in proportion to the bytes. Of equal keys in an object
/// the last one counts. Whole numbers beyond 64 bits become floating point numbers; what these cannot hold is refused.
package struct JSONReader {
    /// Arrays and objects within each other that are read if nobody says otherwise.
    package static let standardNesting = 64

    private let bytes: [UInt8]
    private let nesting: Int
    private var place = 0

    /// The value that the bytes are the text of.
    ///
    /// - Parameter nesting: how many arrays and objects may stand within each other.
    package static func value(_ bytes: [UInt8], nesting: Int = standardNesting) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(bytes: bytes, nesting: nesting)
        let value = try reader.takeValue(depth: 0)
        reader.skipSpace()
        guard reader.place == bytes.count else { throw reader.fault("there is more behind the value") }
        return value
    }

    private init(bytes: [UInt8], nesting: Int) {
        self.bytes = bytes
        self.nesting = nesting
    }

    // MARK: - Values

    private mutating func takeValue(depth: Int) throws(JSONFault) -> JSONValue {
        skipSpace()
        guard let first = next else { throw fault("a value is missing") }
        switch first {
        case UInt8(ascii: "{"): return try takeObject(depth: depth)
        case UInt8(ascii: "["): return try takeArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try takeString())
        case UInt8(ascii: "t"): return try takeWord("true", .boolean(true))
        case UInt8(ascii: "f"): return try takeWord("false", .boolean(false))
        case UInt8(ascii: "n"): return try takeWord("null", .null)
        default: return try takeNumber()
        }
    }

    private mutating func takeObject(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < nesting else { throw fault("more than \(nesting) levels") }
        place += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if takeIf("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("a key in quotes is missing") }
            let key = try takeString()
            skipSpace()
            guard takeIf(":") else { throw fault("a colon is missing") }
            members[key] = try takeValue(depth: depth + 1)
            skipSpace()
            if takeIf("}") { return .object(members) }
            guard takeIf(",") else { throw fault("a comma or a closing brace is missing") }
        }
    }

    private mutating func takeArray(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < nesting else { throw fault("more than \(nesting) levels") }
        place += 1
        var elements: [JSONValue] = []
        skipSpace()
        if takeIf("]") { return .array(elements) }
        while true {
            elements.append(try takeValue(depth: depth + 1))
            skipSpace()
            if takeIf("]") { return .array(elements) }
            guard takeIf(",") else { throw fault("a comma or a closing bracket is missing") }
        }
    }

    private mutating func takeWord(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let text = "\(word)"
        guard bytes[place...].starts(with: text.utf8) else { throw fault("this is no value") }
        place += text.utf8.count
        return value
    }

    // MARK: - Numbers

    private mutating func takeNumber() throws(JSONFault) -> JSONValue {
        let start = place
        _ = takeIf("-")
        if !takeIf("0") { try takeDigits() }
        var isWhole = true
        if takeIf(".") {
            isWhole = false
            try takeDigits()
        }
        if takeIf("e") || takeIf("E") {
            isWhole = false
            if !takeIf("+") { _ = takeIf("-") }
            try takeDigits()
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw fault("this number is too large") }
        return .number(value)
    }

    private mutating func takeDigits() throws(JSONFault) {
        let start = place
        while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) { place += 1 }
        guard place > start else { throw fault(start < bytes.count ? "this is no value" : "a digit is missing") }
    }

    // MARK: - Strings

    private mutating func takeString() throws(JSONFault) -> String {
        place += 1
        var text: [UInt8] = []
        var start = place
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                text += bytes[start..<place]
                place += 1
                guard let result = String(validating: text, as: UTF8.self) else { throw fault("this is not UTF-8") }
                return result
            case UInt8(ascii: "\\"):
                text += bytes[start..<place]
                place += 1
                try takeEscape(into: &text)
                start = place
            case 0..<0x20: throw fault("a control character must be escaped")
            default: place += 1
            }
        }
        throw fault("a closing quote is missing")
    }

    private mutating func takeEscape(into text: inout [UInt8]) throws(JSONFault) {
        guard let letter = next else { throw fault("a closing quote is missing") }
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += String(try takeScalar()).utf8
        default: throw fault("there is no such escape")
        }
    }

    /// What stands behind `\u`; two of them for a character beyond 16 bits.
    private mutating func takeScalar() throws(JSONFault) -> Character {
        let first = try takeHexadecimal()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard first < 0xDC00, takeIf("\\"), takeIf("u") else { throw fault("half a character") }
        let second = try takeHexadecimal()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw fault("half a character") }
        return Character(scalar)
    }

    private mutating func takeHexadecimal() throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits are missing")
            }
            value = (value << 4) + UInt32(digit)
            place += 1
        }
        return value
    }

    // MARK: - Places

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func takeIf(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private func fault(_ message: String) -> JSONFault { JSONFault(message: message, offset: place) }
}
