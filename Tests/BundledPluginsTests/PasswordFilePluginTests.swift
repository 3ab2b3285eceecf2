import PluginAPI
import Synchronization
import Testing

@testable import BundledPlugins

@Suite("The password file plugin")
struct PasswordFilePluginTests {
    /// A plugin on a file of its own.
    private func withPlugin(
        _ text: String = MosquittoVectors.file, cacheSeconds: Int = 300,
        _ body: (PasswordFilePlugin, FakeBroker, String) async throws -> Void
    ) async throws {
        try await withDirectory { (directory) async throws in
            var configuration = PasswordFileConfiguration()
            configuration.path = directory + "/users"
            configuration.cacheSeconds = cacheSeconds
            try write(text, to: configuration.path)
            let broker = FakeBroker()
            let plugin = try PasswordFilePlugin(configuration)
            try await plugin.start(broker.services)
            try await body(plugin, broker, configuration.path)
        }
    }

    @Test("Users of Mosquitto's file are let in with their passwords")
    func right() async throws {
        try await withPlugin { (plugin, _, _) async throws in
            for (user, password) in MosquittoVectors.passwords {
                #expect(try await plugin.authenticate(attempt(user, password)) == .accept())
            }
        }
    }

    @Test("A wrong password and an unknown user get the same answer, and each costs one hash")
    func wrong() async throws {
        try await withPlugin { (plugin, broker, _) async throws in
            #expect(try await plugin.authenticate(attempt("alice", "wrong")) == .abstain)
            #expect(broker.blockingCalls == 1)
            #expect(try await plugin.authenticate(attempt("nobody", "wrong")) == .abstain)
            #expect(broker.blockingCalls == 2)
        }
    }

    @Test("Who shows no password, an empty one, or none that this is for is left to others at no cost")
    func notMeant() async throws {
        try await withPlugin { (plugin, broker, _) async throws in
            for other in [attempt(nil, nil), attempt("alice", nil), attempt("alice", ""), attempt(nil, "x")] {
                #expect(try await plugin.authenticate(other) == .abstain)
            }
            let exchange = LoginAttempt(
                clientIdentifier: "a", userName: "alice", password: Secret(Array("correct horse".utf8)),
                connection: connection("a"),
                exchange: AuthenticationExchange(method: "SCRAM", data: nil, isReauthentication: false))
            #expect(try await plugin.authenticate(exchange) == .abstain)
            #expect(broker.blockingCalls == 0)
        }
    }

    @Test("A password that was right a moment ago costs no hash, a wrong one each time")
    func cache() async throws {
        try await withPlugin { (plugin, broker, _) async throws in
            for _ in 0..<5 { #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .accept()) }
            #expect(broker.blockingCalls == 1)
            for _ in 0..<3 { #expect(try await plugin.authenticate(attempt("alice", "correct horsf")) == .abstain) }
            #expect(broker.blockingCalls == 4)
        }
    }

    @Test("With no time to keep passwords for each login costs a hash")
    func noCache() async throws {
        try await withPlugin(cacheSeconds: 0) { (plugin, broker, _) async throws in
            for _ in 0..<3 { #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .accept()) }
            #expect(broker.blockingCalls == 3)
        }
    }

    @Test("When too many hashes wait, clients are told that the server is busy")
    func busy() async throws {
        try await withPlugin { (plugin, broker, _) async throws in
            broker.state.withLock { $0.isBusy = true }
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .refuse(.serverBusy))
        }
    }

    @Test("Beyond the logins that may wait for their hash the next one is told at once that the server is busy")
    func crowd() async throws {
        try await withPlugin { (plugin, broker, _) async throws in
            broker.state.withLock { $0.holds = true }
            try await withThrowingTaskGroup(of: AuthenticationResult.self) { group in
                for number in 0..<PasswordFilePlugin.maximumWaiting {
                    group.addTask { try await plugin.authenticate(attempt("alice", "guess \(number)")) }
                }
                while broker.state.withLock({ $0.held.count }) < PasswordFilePlugin.maximumWaiting {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .refuse(.serverBusy))
                #expect(broker.blockingCalls == PasswordFilePlugin.maximumWaiting)
                // None of their hashes has to be computed for this test.
                broker.state.withLock { $0.isBusy = true }
                broker.release()
                for try await answer in group { #expect(answer == .refuse(.serverBusy)) }
            }
            broker.state.withLock { $0.isBusy = false }
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .accept())
        }
    }

    @Test(
        "After reading again a user who is gone is not let in, and its clients are cut off, also against a rate limit")
    func reload() async throws {
        try await withPlugin { (plugin, broker, path) async throws in
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .accept())
            for number in 0..<4 { broker.connect("a\(number)", userName: "alice") }
            broker.connect("c", userName: "carol")
            broker.connect("n", userName: nil)
            broker.connect("t", userName: "somebody of a token")
            let rest = MosquittoVectors.file.split(separator: "\n").filter { !$0.hasPrefix("alice") }
            try write(rest.joined(separator: "\n"), to: path)
            broker.state.withLock { $0.refusals = 5 }
            await plugin.settingsReloaded()
            #expect(broker.disconnected == ["a0", "a1", "a2", "a3"])
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .abstain)
            #expect(try await plugin.authenticate(attempt("carol", "tr0ub4dor&3")) == .accept())
        }
    }

    @Test("A new password counts at once, and clients with the old one are cut off")
    func newPassword() async throws {
        try await withPlugin { (plugin, broker, path) async throws in
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .accept())
            broker.connect("a", userName: "alice")
            let hash = try #require(PasswordHash.make(Array("new".utf8), .scrypt))
            try write("alice:\(hash.text)\n", to: path)
            await plugin.settingsReloaded()
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .abstain)
            #expect(try await plugin.authenticate(attempt("alice", "new")) == .accept())
            #expect(broker.disconnected == ["a"])
        }
    }

    @Test("A file with a fault changes nothing and is logged without its secrets", arguments: ["alice:sEcReT\n", nil])
    func faulty(_ text: String?) async throws {
        try await withPlugin { (plugin, broker, path) async throws in
            broker.connect("a", userName: "alice")
            try write(text ?? "alice:$6$ sEcReT", to: path)
            await plugin.settingsReloaded()
            #expect(try await plugin.authenticate(attempt("alice", "correct horse")) == .accept())
            #expect(broker.disconnected.isEmpty)
            #expect(broker.lines.contains { $0.hasPrefix("error: \(path):1: ") })
            #expect(!broker.lines.contains { $0.contains("sEcReT") })
        }
    }

    @Test("Weak hashes are spoken of at the start, by their number alone")
    func weak() async throws {
        try await withPlugin { (_, broker, path) async throws in
            #expect(
                broker.lines.contains("warning: \(path) has weak hashes (3): 'skep passwd' makes strong ones"))
        }
    }

    @Test("A file that is not there, a directory and one that is too large are no password files")
    func unreadable() async throws {
        try await withDirectory { (directory) async throws in
            for (path, words) in [
                (directory + "/none", "No such file or directory"), (directory, "not a regular file"),
                ("/dev/zero", "not a regular file"),
            ] {
                var configuration = PasswordFileConfiguration()
                configuration.path = path
                let found = problems { () throws(KeyFileFaults) in _ = try PasswordFilePlugin(configuration) }
                #expect(found.count == 1 && found[0].contains(words), "\(found)")
            }
        }
    }

    @Test("What was found right is forgotten after its time and beyond its number")
    func lifetime() {
        var kept = VerifiedPasswords(lifetime: .seconds(10))
        let start = ContinuousClock.now
        func code(_ number: Int) -> [UInt8] { Array("\(number)".utf8) }
        kept.insert(code(1), now: start)
        #expect(kept.contains(code(1), now: start + .seconds(9)))
        #expect(!kept.contains(code(1), now: start + .seconds(10)))
        // A hit does not make it live longer, and neither does being right again meanwhile.
        kept.insert(code(1), now: start + .seconds(5))
        #expect(!kept.contains(code(1), now: start + .seconds(10)))
        for number in 0..<(VerifiedPasswords.limit * 3) { kept.insert(code(number), now: start + .seconds(11)) }
        #expect(kept.count == VerifiedPasswords.limit)
        #expect(kept.contains(code(VerifiedPasswords.limit * 3 - 1), now: start + .seconds(12)))
        #expect(!kept.contains(code(0), now: start + .seconds(12)))
        kept.insert(code(-1), now: start + .seconds(100))
        #expect(kept.count == 1)
    }
}
