import Testing

@testable import BundledPlugins

/// Hashes made with `mosquitto_passwd` 2.0.11.
enum MosquittoVectors {
    static let file = """
        alice:$7$101$gDhqJnP59pD/Ise6$qR3qCqi5nCB/5cztDDx8eYFUZmt4xoHgbMmm1gP/JNp5ruC7XlBvK1ojf7ifECkOXPWrl16Ur3gpnHhnNz9CMQ==
        bob smith:$7$101$VT50S0asVnqRcTzH$gc77JidoLLYszml0mzrS/5hGl3Vac5qhoNY9YU3J3AUYqsF/u08HgqZokSzDg5db+/Dp9waAXDfMZ7MXYlhHSQ==
        carol:$6$Dl6I417qi+hQgCTT$6F8ehOcyIpHfWAOiIvvU/1dcogLkHIY4jYs0AoylgtqUXgjW3X881pyBCH9CULzH2FK/RCPY7X2edOIJbuWbAw==
        dave:$7$20000$YFS8QhrniAGhncIe$lOIxMUBwONLPC56Z3wl5tEniHSQ+ziWDYlhxQvLa0QQv9sLhnyZ48qz6dsmcpD6KFtgnvQhPCYebA1FsRM7sew==

        """
    static let passwords = [
        "alice": "correct horse", "bob smith": "pässwörd", "carol": "tr0ub4dor&3", "dave": "x",
    ]
}

@Suite("Password hashes")
struct PasswordHashTests {
    @Test("Each password of a file of Mosquitto's is right for its user and wrong for all others")
    func mosquitto() throws {
        let table = try PasswordTable(Array(MosquittoVectors.file.utf8), file: "users")
        #expect(table.users.count == MosquittoVectors.passwords.count)
        for (user, hash) in table.users {
            for (other, password) in MosquittoVectors.passwords {
                #expect(hash.matches(Array(password.utf8)) == (user == other), "\(user), the password of \(other)")
            }
        }
    }

    @Test("The example of RFC 7914 is what scrypt comes to")
    func scrypt() throws {
        let hash: [UInt8] = [
            0x70, 0x23, 0xBD, 0xCB, 0x3A, 0xFD, 0x73, 0x48, 0x46, 0x1C, 0x06, 0xCD, 0x81, 0xFD, 0x38, 0xEB, 0xFD, 0xA8,
            0xFB, 0xBA, 0x90, 0x4F, 0x8E, 0x3E, 0xA9, 0xB5, 0x43, 0xF6, 0x54, 0x5D, 0xA1, 0xF2, 0xD5, 0x43, 0x29, 0x55,
            0x61, 0x3F, 0x0F, 0xCF, 0x62, 0xD4, 0x97, 0x05, 0x24, 0x2A, 0x9A, 0xF9, 0xE6, 0x1E, 0x85, 0xDC, 0x0D, 0x65,
            0x1E, 0x40, 0xDF, 0xCF, 0x01, 0x7B, 0x45, 0x57, 0x58, 0x87,
        ]
        let text = "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" + Base64.encode(hash, .unpadded)
        let parsed = try PasswordHash(text)
        #expect(parsed.matches(Array("pleaseletmein".utf8)))
        #expect(!parsed.matches(Array("pleaseletmeon".utf8)))
        #expect(parsed.text == text)
    }

    @Test(
        "A new hash has a salt of its own, reads back as itself and knows its password",
        arguments: PasswordAlgorithm.allCases)
    func new(_ algorithm: PasswordAlgorithm) throws {
        let password = Array("fünf Wörter".utf8)
        let first = try #require(PasswordHash.make(password, algorithm))
        let second = try #require(PasswordHash.make(password, algorithm))
        #expect(first != second)
        #expect(try PasswordHash(first.text) == first)
        #expect(first.matches(password))
        #expect(!first.matches(Array("funf Worter".utf8)))
        #expect(!first.isWeak)
    }

    @Test("An empty password is no password", arguments: PasswordAlgorithm.allCases)
    func empty(_ algorithm: PasswordAlgorithm) throws {
        #expect(PasswordHash.make([], algorithm) == nil)
        let other = try #require(PasswordHash.make([1], algorithm))
        #expect(!other.matches([]))
        // What mosquitto_passwd makes of an empty password.
        let hash = try PasswordHash(
            "$7$101$fBvbn7RZ/LHXvOtL$2Z9xYRe5RjHw7CGvK71HAD8alOFAeFvnGyqupL7I5OmAJZEJ8WsXIZRac8HaWHmte5iK/DqAq51kn0MiN09QRw=="
        )
        #expect(!hash.matches([]))
    }

    @Test(
        "What is no hash is refused with words that show nothing of it",
        arguments: [
            ("sEcReT-words", "is not hashed"), ("$5$c2VjcmV0$c2VjcmV0", "unknown form"), ("$6$", "not complete"),
            ("$6$c2VjcmV0", "not complete"), ("$6$c2VjcmV0c2Vj$c2VjcmV0", "hash is damaged"),
            ("$7$0$c2VjcmV0c2Vj$c2VjcmV0", "iterations"), ("$7$999999999999$c2VjcmV0c2Vj$c2VjcmV0", "iterations"),
            ("$7$-5$c2VjcmV0c2Vj$c2VjcmV0", "iterations"), ("$7$101$s!ecret$c2VjcmV0", "salt"),
            ("$7$101$$c2VjcmV0", "salt"), ("$argon2id$v=19$m=65536,t=3,p=4$c2VjcmV0$c2VjcmV0", "Argon2"),
            ("$scrypt$ln=40,r=8,p=1$c2VjcmV0$c2VjcmV0c2VjcmV0c2VjcmV0", "cost"),
            ("$scrypt$ln=20,r=64,p=1$c2VjcmV0$c2VjcmV0c2VjcmV0c2VjcmV0", "cost"),
            ("$scrypt$r=8,ln=15,p=1$c2VjcmV0$c2VjcmV0c2VjcmV0c2VjcmV0", "cost"),
            ("$scrypt$ln=15,r=8,p=1$c2VjcmV0$c2VjcmV0", "hash is damaged"),
            ("$scrypt$ln=15,r=8,p=1$c2VjcmV0$c2VjcmV0c2VjcmV0c2VjcmV0$more", "something behind"),
        ])
    func refused(_ text: String, _ words: String) {
        do throws(PasswordHash.Fault) {
            _ = try PasswordHash(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.problem.contains(words), "\(error.problem)")
            #expect(!error.problem.contains("c2VjcmV0") && !error.problem.contains("sEcReT"))
        }
    }

    @Test("A hash shows nothing of itself when it is printed or dumped")
    func hidden() throws {
        let table = try PasswordTable(Array(MosquittoVectors.file.utf8), file: "users")
        let hash = try #require(table.users["alice"])
        var dumped = ""
        dump(hash, to: &dumped)
        for text in ["\(hash)", String(reflecting: hash), dumped, "\(table)"] {
            #expect(!text.contains("qR3q") && !text.contains("gDhq") && !text.contains("169, 29, 234"), "\(text)")
        }
    }
}
