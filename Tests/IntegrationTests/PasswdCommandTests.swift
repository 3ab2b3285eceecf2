import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep passwd")
    struct PasswdCommandTests {
        private let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        private var users: String { directory.file("users") }

        private func skep(_ arguments: String...) async throws -> (ending: ChildProcess.Ending, text: String) {
            let child = try ChildProcess(try Project.skep(), arguments, directory: directory.path)
            return (try await child.ending(), child.output + child.errors)
        }

        private func lines() throws -> [String] {
            try String(contentsOfFile: users, encoding: .utf8).split(separator: "\n").map(String.init)
        }

        private func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }

        @Test("A file is made for its owner alone, users are added, changed and removed, and all else in it stays")
        func life() async throws {
            let added = try await skep("passwd", "-b", users, "alice", "first")
            #expect(added.ending == .exit(0) && added.text == "The user is added.\n")
            #expect(try mode(users) == 0o600)
            #expect(try lines().count == 1 && lines()[0].hasPrefix("alice:$scrypt$ln=15,r=8,p=1$"))
            try Data("# our users\n\n".utf8 + Data(contentsOf: URL(filePath: users))).write(to: URL(filePath: users))
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: users)
            let second = try await skep("passwd", "--algorithm", "pbkdf2", "-b", users, "bob smith", "second")
            #expect(second.ending == .exit(0))
            let before = try lines()
            #expect(before.count == 3 && before[0] == "# our users" && before[2].hasPrefix("bob smith:$7$210000$"))
            let changed = try await skep("passwd", "-b", users, "alice", "first")
            #expect(changed.text == "The password is changed.\n")
            let after = try lines()
            #expect(after[0] == before[0] && after[1] != before[1] && after[2] == before[2])
            #expect(try mode(users) == 0o640)
            #expect(try await skep("passwd", "-D", users, "alice").ending == .exit(0))
            #expect(try lines() == [before[0], before[2]])
            let missing = try await skep("passwd", "-D", users, "alice")
            #expect(missing.ending == .exit(1) && missing.text.contains("no such user"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["users"])
        }

        @Test("A password may come over standard input, and must be there")
        func standardInput() async throws {
            let child = try ChildProcess(
                try Project.skep(), ["passwd", "--stdin", users, "alice"], input: "a secret\nmore\n")
            #expect(try await child.ending() == .exit(0))
            #expect(try lines().count == 1 && lines()[0].hasPrefix("alice:$scrypt$"))
            let before = try lines()
            let silent = try await skep("passwd", "--stdin", users, "alice")
            #expect(silent.ending == .exit(1) && silent.text.contains("nothing has changed"))
            let noTerminal = try await skep("passwd", users, "alice")
            #expect(noTerminal.ending == .exit(64) && noTerminal.text.contains("no terminal"))
            #expect(try lines() == before)
        }

        @Test("Of many at once none loses what another has written, and a name that only looks like another is refused")
        func concurrent() async throws {
            let names = (0..<8).map { "user \($0)" } + ["caf\u{E9}"]
            let children = try names.map { try ChildProcess(try Project.skep(), ["passwd", "-b", users, $0, "x"]) }
            for child in children { try await child.success() }
            let found = try lines().compactMap { $0.split(separator: ":").first.map { Array($0.utf8) } }
            #expect(Set(found) == Set(names.map { Array($0.utf8) }) && found.count == names.count)
            let before = try lines()
            #expect(try await skep("passwd", "-b", users, "cafe\u{301}", "x").ending == .exit(65))
            #expect(try lines() == before)
        }

        @Test("A link to a file stays a link")
        func link() async throws {
            let real = directory.file("real")
            try Data().write(to: URL(filePath: real))
            try FileManager.default.createSymbolicLink(atPath: users, withDestinationPath: real)
            #expect(try await skep("passwd", "-b", users, "alice", "x").ending == .exit(0))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: users) == real)
            #expect(try String(contentsOfFile: real, encoding: .utf8).hasPrefix("alice:"))
        }

        @Test("What could not be read back, or is not asked for rightly, is refused and changes nothing")
        func refused() async throws {
            for (arguments, words) in [
                (["-b", users, "a:b", "x"], "cannot hold \":\""), (["-b", users, "", "x"], "name is empty"),
                (["-b", users, "a\nb", "x"], "control characters"),
                (["-b", users, "a\u{FFFD}", "x"], "have to be UTF-8"),
                (["-b", users, "a"], "--batch needs the password"),
                ([users, "a", "x"], "needs --batch"), (["-b", "-D", users, "a", "x"], "Only one of"),
                (["--algorithm", "md5", "-b", users, "a", "x"], "algorithm"),
            ] {
                let child = try ChildProcess(try Project.skep(), ["passwd"] + arguments)
                #expect(try await child.ending() == .exit(64), "\(arguments)")
                #expect(child.errors.contains(words), "\(child.errors)")
            }
            let empty = try await skep("passwd", "-b", users, "a", "")
            #expect(empty.ending == .exit(1))
            #expect(!FileManager.default.fileExists(atPath: users))
            try Data("alice:plain\n".utf8).write(to: URL(filePath: users))
            let plain = try await skep("passwd", "-b", users, "bob", "x")
            #expect(plain.ending == .exit(65) && plain.text.contains("mosquitto_passwd -U"))
            #expect(try lines() == ["alice:plain"])
        }

        @Test("A broker's files are read with all their faults by skep check")
        func check() async throws {
            try Data("alice\nbob:plain-secret\n".utf8).write(to: URL(filePath: users))
            let acl = directory.file("acl")
            try Data("topic a#\n".utf8).write(to: URL(filePath: acl))
            let file = try directory.write(
                """
                <skep>
                <authentication><password-file><path>\(users)</path></password-file></authentication>
                <authorization><access-file><path>\(acl)</path></access-file></authorization>
                </skep>
                """, to: "config.xml")
            let check = try await skep("check", "--config", file)
            #expect(check.ending == .exit(78))
            for words in ["\(users):1: ", "\(users):2: ", "\(acl):1: ", "have 3 faults"] {
                #expect(check.text.contains(words), "\(check.text)")
            }
            #expect(!check.text.contains("plain-secret"))
        }
    }
}
