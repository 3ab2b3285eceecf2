import PluginAPI
import Synchronization
import Testing

@testable import BundledPlugins

@Suite("The token plugin")
struct TokenPluginTests {
    private func withPlugin(
        _ change: (inout TokenConfiguration) -> Void = { _ in },
        _ body: (TokenPlugin, FakeBroker, TestClock, TokenConfiguration) async throws -> Void
    ) async throws {
        try await withDirectory { (directory) async throws in
            var configuration = TokenConfiguration()
            configuration.secretPath = directory + "/secret"
            try write(TokenVectors.secret, to: configuration.secretPath)
            change(&configuration)
            let clock = TestClock()
            let broker = FakeBroker()
            let plugin = try TokenPlugin(configuration) { clock.now }
            try await plugin.start(broker.services)
            try await body(plugin, broker, clock, configuration)
        }
    }

    /// A token of `a` that expires in so many seconds.
    private func token(_ seconds: Int64 = 100, _ more: String = "") -> String {
        TokenMaker.token("{\"sub\":\"a\",\"exp\":\(TokenMaker.now / 1000 + seconds)\(more)}")
    }

    /// Lets a client in and tells the plugin that it is connected.
    private func connect(
        _ plugin: TokenPlugin, _ broker: FakeBroker, _ identifier: String, _ token: String, address: String
    ) async throws {
        let answer = try await plugin.authenticate(attempt(nil, token, identifier: "", address: address))
        #expect(answer == .accept(userName: "a"))
        await plugin.loginSucceeded(client(identifier, "a", address: address))
        broker.connect(identifier, userName: "a", address: address)
    }

    @Test("A good token gives its client the user name; another one of the client's own is refused")
    func names() async throws {
        try await withPlugin { (plugin, _, _, _) async throws in
            #expect(try await plugin.authenticate(attempt(nil, token())) == .accept(userName: "a"))
            #expect(try await plugin.authenticate(attempt("", token())) == .accept(userName: "a"))
            #expect(try await plugin.authenticate(attempt("a", token())) == .accept(userName: "a"))
            #expect(try await plugin.authenticate(attempt("b", token())) == .refuse(.badUserNameOrPassword))
        }
    }

    @Test("A wrong token is refused, what is none is left to others, and neither is logged")
    func wrong() async throws {
        try await withPlugin { (plugin, broker, _, _) async throws in
            #expect(try await plugin.authenticate(attempt("a", "password")) == .abstain)
            #expect(try await plugin.authenticate(attempt("a", nil)) == .abstain)
            #expect(try await plugin.authenticate(attempt("a", token(-31))) == .refuse(.badUserNameOrPassword))
            #expect(try await plugin.authenticate(attempt("a", TokenVectors.none)) == .refuse(.badUserNameOrPassword))
            #expect(broker.lines.contains("debug: A token was refused: it has expired"))
            #expect(!broker.lines.contains { $0.contains("eyJ") || $0.contains("password\"") })
        }
    }

    @Test("A client is cut off when its token expires, once, and others are not")
    func expiry() async throws {
        try await withPlugin { (plugin, broker, clock, _) async throws in
            try await connect(plugin, broker, "short", token(10), address: "1")
            try await connect(plugin, broker, "long", token(1_000), address: "2")
            clock.advance(seconds: 39)
            await broker.repeatWork()
            #expect(broker.disconnected.isEmpty)
            clock.advance(seconds: 1)
            await broker.repeatWork()
            await broker.repeatWork()
            #expect(broker.disconnected == ["short"])
        }
    }

    @Test("Two clients that a proxy gives the same address are told apart, and each is cut off by its own token")
    func sameAddress() async throws {
        try await withPlugin { (plugin, broker, clock, _) async throws in
            func proxied(_ number: Int) -> ConnectionInformation {
                ConnectionInformation(
                    address: "unix:/run/x", listener: "tcp", version: .v5,
                    proxy: ProxyInformation(proxyAddress: "10.0.0.1:\(number)"))
            }
            for (number, name, life) in [(1, "short", Int64(10)), (2, "long", 1_000)] {
                let attempt = LoginAttempt(
                    clientIdentifier: name, userName: nil, password: Secret(Array(token(life).utf8)),
                    connection: proxied(number))
                #expect(try await plugin.authenticate(attempt) == .accept(userName: "a"))
                await plugin.loginSucceeded(Client(identifier: name, userName: "a", connection: proxied(number)))
            }
            broker.state.withLock { state in
                state.sessions = ["short", "long"].map { FakeBroker.session($0, "a", "unix:/run/x") }
            }
            clock.advance(seconds: 50)
            await broker.repeatWork()
            #expect(broker.disconnected == ["short"])
        }
    }

    @Test("A client that has come back with a new token stays when the old one expires")
    func renewal() async throws {
        try await withPlugin { (plugin, broker, clock, _) async throws in
            try await connect(plugin, broker, "c", token(10), address: "1")
            _ = try await plugin.authenticate(attempt(nil, token(1_000), identifier: "c", address: "2"))
            await plugin.loginSucceeded(client("c", "a", address: "2"))
            broker.state.withLock { $0.sessions = [FakeBroker.session("c", "a", "2")] }
            clock.advance(seconds: 50)
            await broker.repeatWork()
            #expect(broker.disconnected.isEmpty, "the session has another address now")
        }
    }

    @Test("Who has gone, or was not let in after all, is forgotten")
    func forgotten() async throws {
        try await withPlugin { (plugin, broker, clock, _) async throws in
            try await connect(plugin, broker, "c", token(10), address: "1")
            await plugin.disconnected(
                client("c", "a", address: "1"), Disconnection(timestamp: 0, isGraceful: true, cause: "disconnect"))
            let refused = attempt(nil, token(10), identifier: "d", address: "2")
            _ = try await plugin.authenticate(refused)
            await plugin.loginFailed(refused, reason: .notAuthorized)
            clock.advance(seconds: 50)
            await broker.repeatWork()
            #expect(broker.disconnected.isEmpty)
        }
    }

    @Test("Entries of logins that nothing more is heard of do not gather")
    func bounded() async throws {
        var sessions = TokenSessions()
        let token = VerifiedToken(userName: "a", end: nil, rules: nil, key: [])
        for number in 0..<10_000 {
            let isKept = sessions.insert(token, connection("\(number % 100)"), now: Int64(number))
            #expect(isKept)
        }
        #expect(sessions.count == 100)
        let expired = sessions.takeExpired(now: 10_000 + TokenSessions.patience, limit: 100_000)
        #expect(expired.isEmpty)
        #expect(sessions.count == 0)
    }

    @Test("When a key is taken away, clients whose tokens it has signed are cut off and not let in again")
    func keys() async throws {
        try await withPlugin { (plugin, broker, _, configuration) async throws in
            try await connect(plugin, broker, "c", token(), address: "1")
            await plugin.settingsReloaded()
            #expect(broker.disconnected.isEmpty, "the key is the same")
            try write("too short", to: configuration.secretPath)
            await plugin.settingsReloaded()
            #expect(broker.disconnected.isEmpty, "a fault changes nothing")
            #expect(broker.lines.contains { $0.hasPrefix("error: ") && $0.contains("9 bytes") })
            try write(String(TokenVectors.secret.reversed()), to: configuration.secretPath)
            await plugin.settingsReloaded()
            #expect(broker.disconnected == ["c"])
            #expect(try await plugin.authenticate(attempt(nil, token())) == .refuse(.badUserNameOrPassword))
        }
    }

    @Test("What a token allows its client may do; of clients without such a token nothing is said")
    func permissions() async throws {
        try await withPlugin({ $0.permissionsClaim = "rights" }) { (plugin, broker, _, _) async throws in
            let authorizer = TokenPermissionsPlugin(plugin)
            let rights = ",\"rights\":[\"deny all topic a/secret\",\"allow publish qos 0 topic ${username}/#\"]"
            try await connect(plugin, broker, "c", token(100, rights), address: "1")
            let permissions = try await authorizer.permissions(of: client("c", "a", address: "1"))
            #expect(permissions.allows(.publish, "a/x"))
            #expect(!permissions.allows(.publish, "a/secret") && !permissions.allows(.subscribe, "a/x"))
            #expect(permissions.otherwise == .next)
            #expect(try await authorizer.permissions(of: client("d", "a", address: "2")) == .none)
        }
    }

    @Test(
        "Algorithms that do not exist, or that no key is for, are faults of the settings",
        arguments: [
            ("HS256 none", "there is no algorithm \"none\" for tokens"),
            ("RS256, ES256", "no key is for the algorithms"),
        ])
    func algorithms(_ names: String, _ words: String) async throws {
        try await withDirectory { (directory) async throws in
            var configuration = TokenConfiguration()
            configuration.secretPath = directory + "/secret"
            configuration.algorithms = names
            try write(TokenVectors.secret, to: configuration.secretPath)
            let found = problems { () throws(KeyFileFaults) in _ = try TokenPlugin(configuration) }
            #expect(found.count == 1 && found[0].contains(words), "\(found)")
        }
    }
}
