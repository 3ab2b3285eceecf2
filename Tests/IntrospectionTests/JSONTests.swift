import FoundationEssentials
import Introspection
import RandomKit
import Testing

@Suite("JSON texts")
struct JSONTests {
    private static func read(_ text: String) throws(JSONFault) -> JSONValue { try JSONReader.value(Array(text.utf8)) }

    @Test(
        "A value is read",
        arguments: [
            ("null", .null), (" true\n", true), ("false", false), ("\"\"", ""), ("0", 0), ("-0", 0),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(0x1p63)), ("1.5e3", .number(1500)), ("1E-2", .number(0.01)),
            ("[ ]", []), ("{ }", [:]), ("[1,[2],{}]", [1, [2], [:]]),
            (#"{"a":1,"b":[null],"a":2}"#, ["a": 2, "b": [.null]]),
            (#""\"\\\/\b\f\n\r\t\u0041\ud83d\uDE00é""#, .string("\"\\/\u{8}\u{C}\n\r\tA😀é")),
        ] as [(String, JSONValue)])
    func reads(text: String, value: JSONValue) throws {
        #expect(try Self.read(text) == value)
    }

    @Test(
        "What is no JSON text is refused",
        arguments: [
            "", " ", "nul", "nulll", "tru", "True", "01", "-", "+1", ".5", "1.", "1e", "1e+", "1e999", "0x1", "NaN",
            "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}",
            "{1:1}", "{\"a\" 1}", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"", "\"\n\"", "\"\0\"", "1 2", "{} []", "'a'", "\u{FEFF}1", "// a\n1",
        ])
    func refuses(text: String) {
        #expect(throws: JSONFault.self) { try Self.read(text) }
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3]] as [[UInt8]])
    func refusesOtherThanUTF8(bytes: [UInt8]) {
        #expect(throws: JSONFault.self) { try JSONReader.value([0x22] + bytes + [0x22]) }
    }

    @Test("Levels are taken up to the limit")
    func nesting() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = { (levels: Int) in
                String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
            }
            #expect(throws: Never.self) { try Self.read(text(JSONReader.standardNesting)) }
            #expect(throws: JSONFault.self) { try Self.read(text(JSONReader.standardNesting + 1)) }
            #expect(throws: JSONFault.self) { try Self.read(text(50_000)) }
        }
    }

    @Test("What is written is read back the same", arguments: Seeds.all)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = Self.value(&random, depth: 0)
            let text = JSONWriter.text(value)
            #expect(try JSONReader.value(text) == value, "seed \(seed)")
            let decoded = try JSONDecoder().decode([JSONValue].self, from: Data([0x5B] + text + [0x5D]))
            #expect(decoded.map(Self.rounded) == [Self.rounded(value)], "seed \(seed)")
        }
    }

    @Test("Mutated texts that are taken mean what Foundation reads in them", arguments: Seeds.all)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array(#"[]{}",:0-1.eE5\u/ntrfals \#n\#t"#.utf8) + [0xFF, 0xC3, 0xA9, 0]
        for _ in 0..<1000 {
            var text = JSONWriter.text(.array([Self.value(&random, depth: 1)]))
            for _ in 0...random.below(2) where !text.isEmpty {
                let place = random.below(text.count)
                switch random.below(3) {
                case 0: text.remove(at: place)
                case 1: text.insert(random.pick(letters) ?? 0, at: place)
                default: text[place] = random.pick(letters) ?? 0
                }
            }
            // The other way round does not hold: Foundation also takes commas behind the last element.
            guard let mine = try? JSONReader.value(text) else { continue }
            let theirs = try? JSONDecoder().decode(JSONValue.self, from: Data(text))
            #expect(
                Self.rounded(mine) == theirs.map(Self.rounded), "seed \(seed): \(String(decoding: text, as: UTF8.self))"
            )
        }
    }

    @Test("Numbers keep all their digits, and what is no number becomes null")
    func writesNumbers() {
        let texts = [
            JSONValue.integer(.max), .integer(.min), .number(0.1), .number(1e300), .number(.nan), .number(.infinity),
        ]
        .map { String(decoding: JSONWriter.text($0), as: UTF8.self) }
        #expect(texts == ["9223372036854775807", "-9223372036854775808", "0.1", "1e+300", "null", "null"])
    }

    @Test("Control characters and quotes are escaped, keys sorted")
    func writesStrings() {
        let value: JSONValue = ["b": "\u{0}\u{1F}\n\r\t\"\\/é", "a": []]
        let text = String(decoding: JSONWriter.text(value), as: UTF8.self)
        #expect(text == #"{"a":[],"b":"\u0000\u001f\n\r\t\"\\/é"}"#)
    }

    /// Foundation reads whole numbers with an exponent exactly, which is not needed.
    private static func rounded(_ value: JSONValue) -> JSONValue {
        switch value {
        case .integer(let number): .number(Double(number))
        case .array(let elements): .array(elements.map(rounded))
        case .object(let members): .object(members.mapValues(rounded))
        case .null, .boolean, .number, .string: value
        }
    }

    private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch random.below(depth < 4 ? 7 : 5) {
        case 0: return .null
        case 1: return .boolean(random.chance(50))
        case 2: return .integer(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
        case 3:
            let number = Double(bitPattern: random.next())
            return number.isFinite ? .number(number) : .number(0.5)
        case 4: return .string(string(&random))
        case 5: return .array((0..<random.below(4)).map { _ in value(&random, depth: depth + 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<random.below(4) { members[string(&random)] = value(&random, depth: depth + 1) }
            return .object(members)
        }
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        let letters = ["a", "\"", "\\", "/", "\n", "\u{1}", "é", "😀", "\u{2028}", " "]
        return (0..<random.below(6)).compactMap { _ in random.pick(letters) }.joined()
    }
}

/// So that Foundation's decoder can read what ours does.
extension JSONValue: Decodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let members = try? container.decode([String: JSONValue].self) {
            self = .object(members)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }
}
