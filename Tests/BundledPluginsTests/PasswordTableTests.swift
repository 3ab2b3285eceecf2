import Crypto
import Testing

@testable import BundledPlugins

@Suite("Password files")
struct PasswordTableTests {
    private let good =
        "$7$101$gDhqJnP59pD/Ise6$qR3qCqi5nCB/5cztDDx8eYFUZmt4xoHgbMmm1gP/JNp5ruC7XlBvK1ojf7ifECkOXPWrl16Ur3gpnHhnNz9CMQ=="

    private func faults(in text: String) -> [String] {
        problems { () throws(KeyFileFaults) in _ = try PasswordTable(Array(text.utf8), file: "users") }
    }

    @Test("Comments, empty lines, line breaks of Windows and spaces around a name say nothing")
    func form() throws {
        let text = "\u{FEFF}# users\r\n\r\n  alice : \(good)  \r\n#bob:x\n\tcarol:\(good)"
        let table = try PasswordTable(Array(text.utf8), file: "users")
        #expect(Set(table.users.keys) == ["alice", "carol"])
    }

    @Test("All faults of a file are told at once, with their lines and without its secrets")
    func faultsAtOnce() {
        let text = "alice:\(good)\nnothing here\n:\(good)\nbob:plain-secret\nalice:\(good)\ncarol:$6$xx$yy"
        #expect(
            faults(in: text) == [
                "users:2: there is no \":\" between user name and hash",
                "users:3: there is no user name before the \":\"",
                "users:4: the password is not hashed; 'mosquitto_passwd -U FILE' hashes all passwords of a file, "
                    + "'skep passwd FILE USER' sets one anew",
                "users:5: the user \"alice\" is there already in line 1",
                "users:6: the salt of the hash is damaged",
            ])
    }

    @Test("Bytes that are no text, zero bytes and endless lines are refused with their lines")
    func lines() {
        let bytes = Array("a:b\n".utf8) + [0xFF, 0x0A, 0x61, 0x00, 0x0A] + Array(repeating: 0x61, count: 5_000)
        let found = problems { () throws(KeyFileFaults) in _ = try PasswordTable(bytes, file: "users") }
        #expect(
            found == [
                "users:2: the line is not UTF-8", "users:3: there is a zero byte in the line",
                "users:4: the line is longer than 4096 bytes",
            ])
    }

    @Test("A name in a fault cannot play tricks on a terminal")
    func names() {
        let name = "a\u{1B}[2J" + String(repeating: "b", count: 200)
        let found = faults(in: "\(name):\(good)\n\(name):\(good)")
        #expect(found.count == 1 && !found[0].contains("\u{1B}") && found[0].utf8.count < 200)
    }

    @Test("A file of faults alone ends with a limited number of them")
    func manyFaults() {
        #expect(faults(in: String(repeating: "x\n", count: 10_000)).count == KeyFileFaults.limit)
    }

    @Test("For a user who is not there the hash of another one is computed, always the same")
    func decoys() throws {
        let table = try PasswordTable(Array(MosquittoVectors.file.utf8), file: "users")
        let key = SymmetricKey(size: .bits256)
        let (known, isKnown) = table.hash(of: "alice", key: key)
        #expect(isKnown && known == table.users["alice"])
        var chosen: Set<PasswordHash> = []
        for number in 0..<200 {
            let (decoy, isThere) = table.hash(of: "nobody-\(number)", key: key)
            #expect(!isThere && table.users.values.contains(decoy))
            #expect(table.hash(of: "nobody-\(number)", key: key).hash == decoy)
            chosen.insert(decoy)
        }
        #expect(chosen.count == table.users.count, "each form has its share")
        #expect(!PasswordTable().hash(of: "nobody", key: key).isKnown)
    }

    @Test("A name that looks the same but is written in other bytes is another one")
    func bytes() throws {
        let table = try PasswordTable(Array("\u{E9}:\(good)".utf8), file: "users")
        let key = SymmetricKey(size: .bits256)
        #expect(table.hash(of: "\u{E9}", key: key).isKnown)
        #expect(!table.hash(of: "e\u{301}", key: key).isKnown)
    }

    @Test("Users that are gone or have another password are told")
    func gone() throws {
        let old = try PasswordTable(Array("alice:\(good)\nbob:\(good)\ncarol:\(good)".utf8), file: "users")
        let other = try #require(PasswordHash.make([1], .scrypt))
        let new = try PasswordTable(Array("alice:\(good)\nbob:\(other.text)\ndave:\(good)".utf8), file: "users")
        #expect(old.usersGone(in: new) == ["bob", "carol"])
    }

    @Test("Setting and removing a user leaves everything else of a file as it is")
    func text() throws {
        let hash = try PasswordHash(good)
        var file = PasswordFileText(Array("# head\nalice:old\r\n\nbob:x".utf8))
        let wasThere = file.set("alice", hash)
        let isNew = file.set("carol", hash)
        #expect(wasThere && !isNew)
        #expect(String(decoding: file.bytes, as: UTF8.self) == "# head\nalice:\(good)\n\nbob:x\ncarol:\(good)\n")
        let isRemoved = file.remove("alice")
        let isMissing = file.remove("alice")
        #expect(isRemoved && !isMissing)
        #expect(String(decoding: file.bytes, as: UTF8.self) == "# head\n\nbob:x\ncarol:\(good)\n")
    }

    @Test(
        "A name that could not be read back is refused",
        arguments: [
            ("", PasswordFileText.NameFault.empty), ("a:b", .colon), ("a\nb", .control), ("#a", .comment),
            (" a", .blank),
            ("a ", .blank), (String(repeating: "a", count: 1_025), .tooLong),
        ])
    func badNames(_ name: String, _ fault: PasswordFileText.NameFault) {
        #expect(throws: fault) { try PasswordFileText.check(name) }
    }

    @Test("A name with spaces and letters of any language within is good")
    func goodNames() throws { try PasswordFileText.check("Jürgen Müller 🐝") }
}
