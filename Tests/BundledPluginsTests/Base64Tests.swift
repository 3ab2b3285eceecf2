import RandomKit
import Testing

@testable import BundledPlugins

@Suite("Base64")
struct Base64Tests {
    @Test(
        "The examples of RFC 4648 are written and read",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func examples(_ plain: String, _ encoded: String) {
        let bytes = Array(plain.utf8)
        let bare = String(encoded.prefix { $0 != "=" })
        #expect(Base64.encode(bytes, .standard) == encoded)
        #expect(Base64.encode(bytes, .unpadded) == bare)
        #expect(Base64.decode(encoded.utf8, .standard) == bytes)
        #expect(Base64.decode(bare.utf8, .unpadded) == bytes)
        #expect(Base64.decode(bare.utf8, .url) == bytes)
    }

    @Test("Any bytes come back in each form", arguments: Seeds.all)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for length in 0..<200 {
            let bytes = random.bytes(length)
            for form in [Base64.Form.standard, .unpadded, .url] {
                #expect(Base64.decode(Base64.encode(bytes, form).utf8, form) == bytes, "seed \(seed)")
            }
        }
    }

    @Test(
        "What is not the one way to write some bytes is refused",
        arguments: [
            "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm 9v", "Zm9v=", "Z", "Zm9-",
        ])
    func refused(_ text: String) {
        #expect(Base64.decode(text.utf8, .standard) == nil)
    }

    @Test("Letters of one form are none of the other")
    func forms() {
        #expect(Base64.decode("-_-_".utf8, .url) == [0xFB, 0xFF, 0xBF])
        #expect(Base64.decode("+/+/".utf8, .url) == nil)
        #expect(Base64.decode("-_-_".utf8, .unpadded) == nil)
        #expect(Base64.decode("Zg==".utf8, .url) == nil)
        #expect(Base64.decode("Zh".utf8, .url) == nil)
    }
}
