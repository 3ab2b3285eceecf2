import Introspection
import Testing

@testable import SkepControl

struct PrintableJSONTests {
    @Test("What is written can be read again, and holds no control character but line breaks")
    func roundTrip() throws {
        let value: JSONValue = [
            "text": "a\"\\\n\u{1B}[31m\u{202E}\u{7F}\u{9B}é😀\u{E0041}", "list": [1, .null, true, []], "empty": [:],
            "number": .number(0.1),
        ]
        for text in [PrintableJSON.compact(value), PrintableJSON.indented(value)] {
            #expect(try JSONReader.value(Array(text.utf8)) == value)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || Printable.isPrintable($0) })
        }
        #expect(!PrintableJSON.compact(value).contains("\n"))
    }

    @Test("Indented text has a line for each member, in the order of the keys")
    func indented() {
        #expect(PrintableJSON.indented(["b": [1], "a": .null]) == "{\n  \"a\": null,\n  \"b\": [\n    1\n  ]\n}")
    }

    @Test("JSON has no word for what is no number")
    func notANumber() { #expect(PrintableJSON.compact(.number(.infinity)) == "null") }
}
