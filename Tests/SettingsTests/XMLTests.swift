import RandomKit
import Testing

@testable import Settings

@Suite("XML of a settings file")
struct XMLTests {
    private func read(_ text: String) throws(XMLFault) -> XMLElement { try ExpatReader.read(Array(text.utf8)) }

    private func fault(_ text: String) -> XMLFault? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test("Elements come with name, line, attributes, trimmed text and children")
    func tree() throws {
        let root = try read(
            "<?xml version=\"1.0\"?>\n<a x=\"1\" y=\"2\">\n  <b> t &amp;<!-- c --> <![CDATA[<u>]]>\n</b><c/></a>")
        let b = XMLElement(name: "b", line: 3, attributes: [], text: "t & <u>", children: [])
        let c = XMLElement(name: "c", line: 4, attributes: [], text: "", children: [])
        #expect(root == XMLElement(name: "a", line: 2, attributes: ["x", "y"], text: "", children: [b, c]))
    }

    @Test("UTF-8 and UTF-16 are both read")
    func encodings() throws {
        #expect(try read("<a>Bienenkörbe 🐝</a>").text == "Bienenkörbe 🐝")
        let utf16: [UInt8] = [0xFE, 0xFF] + "<a>ö</a>".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect(try ExpatReader.read(utf16).text == "ö")
    }

    @Test(
        "Malformed XML is a fault with its line",
        arguments: [
            ("<a>\n<b>\n</a>", 3), ("", 1), ("\n\n", 3), ("<a/>\n<b/>", 2), ("<a>\n&nowhere;</a>", 2), ("text", 1),
            ("<a>\n", 2), ("<a>\u{0}</a>", 1),
        ])
    func malformed(text: String, line: Int) throws {
        let found = try #require(fault(text))
        #expect(found.line == line)
        #expect(found.message.hasPrefix("not well-formed XML: "))
    }

    @Test("Bytes that are no UTF-8 are malformed")
    func invalidUTF8() {
        #expect(faults([0x3C, 0x61, 0x3E, 0xFF, 0xFE, 0x3C, 0x2F, 0x61, 0x3E]).count == 1)
    }

    @Test(
        "A document type is refused before an entity of it can be used",
        arguments: [
            """
            <?xml version="1.0"?>
            <!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
            <skep>&d;</skep>
            """,
            "<?xml version=\"1.0\"?>\n<!DOCTYPE skep [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><skep>&f;</skep>",
            "\n<!DOCTYPE skep SYSTEM \"skep.dtd\"><skep/>",
        ])
    func documentType(text: String) {
        #expect(
            faults(text) == ["config.xml:2: a document type (<!DOCTYPE ...>) is not allowed in a settings file"])
    }

    @Test("32 elements inside each other are read, 33 are not")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(fault(nested(32)) == nil)
        #expect(fault(nested(33)) == XMLFault(line: 1, message: "elements nested deeper than 32"))
        #expect(fault(nested(500_000))?.message == "elements nested deeper than 32")
    }

    @Test("10,000 elements are read, one more is not")
    func elements() {
        func wide(_ count: Int) -> String { "<a>" + String(repeating: "<b/>", count: count - 1) + "</a>" }
        #expect(fault(wide(10_000)) == nil)
        #expect(fault(wide(10_001)) == XMLFault(line: 1, message: "more than 10000 elements"))
    }

    @Test("4 MiB are read, one byte more is not")
    func size() {
        func large(_ count: Int) -> String { "<a>" + String(repeating: "x", count: count - 7) + "</a>" }
        #expect(fault(large(4 * 1024 * 1024)) == nil)
        #expect(
            fault(large(4 * 1024 * 1024 + 1))
                == XMLFault(line: 1, message: "the file is larger than 4194304 bytes"))
    }

    @Test("The root is <skep> or <hivemq>, with whatever attributes")
    func root() throws {
        #expect(faults("<skep/>").isEmpty)
        let attributes =
            "xmlns=\"u\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:noNamespaceSchemaLocation=\"c.xsd\""
        #expect(faults("<hivemq \(attributes)/>").isEmpty)
        #expect(
            faults("\n<mosquitto/>")
                == ["config.xml:2: found the root element <mosquitto>, allowed is <skep> or <hivemq>"])
    }

    @Test("2,000 random changes of a valid file end in settings or in faults, never in a crash")
    func mutations() {
        let original = Array(HiveMQFileTests.version4.utf8)
        var generator = SeededGenerator(seed: 20_260_101)
        var accepted = 0
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 20))
                }
            }
            let found = faults(bytes)
            if found.isEmpty { accepted += 1 } else { refused += 1 }
            #expect(found.allSatisfy { $0.hasPrefix("config.xml:") && !$0.contains("\n") })
        }
        #expect(accepted > 20)
        #expect(refused > 1_000)
    }
}
