import BrokerTestKit
import BrokerValues
import Monitoring
import PluginAPI
import Testing

@testable import SkepBroker

/// Lets in by user name: `good` with password `right` is accepted, `bad` is refused at once, `slow` never answered,
/// `broken` throws; of all others it says nothing.
private final class Doorman: Authenticator, LoginObserver, RestrictionProvider, ConnectInterceptor, ConnectionObserver {
    let information: PluginInformation
    let priority: PluginPriority
    let heard: Heard

    init(_ name: String = "doorman", priority: PluginPriority = .medium, heard: Heard = Heard()) {
        information = PluginInformation(name: name, version: "1")
        self.priority = priority
        self.heard = heard
    }

    struct Broken: Error {}

    func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult {
        heard.add("asked \(information.name)")
        if let exchange = attempt.exchange {
            return exchange.data?.text == "two" ? .accept(data: Secret(Array("done".utf8))) : .challenge(exchange.data)
        }
        switch attempt.userName {
        case "good": return attempt.password?.text == "right" ? .accept(userName: "the good") : .abstain
        case "bad": return .refuse(.banned)
        case "slow":
            try await Task.sleep(for: .seconds(3_600))
            return .accept()
        case "broken": throw Broken()
        default: return .abstain
        }
    }

    func loginSucceeded(_ client: Client) async { heard.add("in \(client.identifier) \(client.userName ?? "-")") }

    func loginFailed(_ attempt: LoginAttempt, reason: RefusalReason) async {
        heard.add("out \(attempt.clientIdentifier) \(reason.rawValue)")
    }

    func restrictions(of client: Client) async throws -> Restrictions {
        var restrictions = Restrictions()
        restrictions.inflightQueueSize = 7
        return restrictions
    }

    func connect(_ client: Client) async throws -> RefusalReason? {
        client.identifier == "unwanted" ? .quotaExceeded : nil
    }

    func sessionReady(_ client: Client, isResumed: Bool) async { heard.add("ready \(client.identifier) \(isResumed)") }

    func disconnected(_ client: Client, _ end: Disconnection) async {
        heard.add("gone \(client.identifier) \(end.cause) \(end.isGraceful) \(end.timestamp > 1_700_000_000_000)")
    }
}

@Suite("Plugins that decide about logins")
struct LoginTests {
    private var quick: PluginLimits {
        var limits = PluginLimits()
        limits.callMilliseconds = 2_000
        limits.maximumLoginDelayMilliseconds = 0
        return limits
    }

    @Test("One yes is enough, a refusal ends it, and who shows wrong credentials is not told which were wrong")
    func verdicts() async throws {
        let heard = Heard()
        try await PluginBroker.with([Doorman(heard: heard)], limits: quick, isAnonymous: false) { setting in
            func code(_ user: String?, _ password: String?, id: String = "c") async throws -> UInt8 {
                let client = try await TestClient.open(setting.broker)
                client.sendConnect(ConnectFields(id: id, version: .v5, userName: user, password: password))
                return try await client.nextConnack().code
            }
            #expect(try await code("good", "right") == 0)
            #expect(try await code("good", "wrong") == 0x86)
            #expect(try await code("nobody", "right") == 0x86)
            #expect(try await code(nil, nil) == 0x87)
            #expect(try await code("bad", "x") == 0x8A)
            #expect(try await code("slow", "x") == 0x88, "nobody has said that it is wrong")
            #expect(try await code("broken", "x") == 0x88)
            #expect(setting.host.brake.addressCount == 1)
            #expect(try await code("good", "right", id: "unwanted") == 0x97)
            try await heard.wait(for: "in c the good")
            try await heard.wait(for: "out c 138")
            let figures = setting.host.entries[0].figures
            #expect(figures.failures == [.timedOut: 1, .threw: 1])
        }
    }

    @Test("A listener that says so lets in who shows nothing, but nobody with wrong credentials")
    func anonymous() async throws {
        try await PluginBroker.with([Doorman()], limits: quick) { setting in
            for (user, code) in [(nil, UInt8(0)), ("nobody", 0x86)] {
                let client = try await TestClient.open(setting.broker)
                client.sendConnect(ConnectFields(id: "c", version: .v5, userName: user))
                #expect(try await client.nextConnack().code == code)
            }
        }
    }

    @Test("They are asked by priority, and none after the first that accepts")
    func order() async throws {
        let heard = Heard()
        let plugins = [
            Doorman("late", priority: .low, heard: heard), Doorman("early", priority: .high, heard: heard),
            Doorman("middle", heard: heard),
        ]
        try await PluginBroker.with(plugins, limits: quick, isAnonymous: false) { setting in
            let client = try await TestClient.open(setting.broker)
            client.sendConnect(ConnectFields(id: "c", version: .v5, userName: "nobody"))
            #expect(try await client.nextConnack().code == 0x86)
            let other = try await TestClient.open(setting.broker)
            try await other.connect(ConnectFields(id: "d", userName: "good", password: "right"))
        }
        #expect(
            heard.all.filter { $0.hasPrefix("asked") } == [
                "asked early", "asked middle", "asked late", "asked early",
            ])
    }

    @Test("User name and restrictions that they say are in force, and they hear of sessions that begin and end")
    func grants() async throws {
        let heard = Heard()
        try await PluginBroker.with([Doorman(heard: heard)], limits: quick, isAnonymous: false) { setting in
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c", userName: "good", password: "right"))
            let session = try #require(try await setting.services.clients.session(of: "c"))
            #expect(session.userName == "the good")
            #expect(session.restrictions.inflightQueueSize == 7)
            try await heard.wait(for: "ready c false")
            try await client.disconnect()
            try await heard.wait(for: "gone c client_disconnected true true")
        }
    }

    @Test("An authentication method of MQTT 5 asks for more until they accept")
    func exchange() async throws {
        try await PluginBroker.with([Doorman()], limits: quick, isAnonymous: false) { setting in
            let client = try await TestClient.open(setting.broker, version: .v5)
            client.sendConnect(
                ConnectFields(
                    id: "c", version: .v5,
                    properties: [.authenticationMethod("steps"), .authenticationData(Array("one".utf8))]))
            guard case .auth(let challenge) = try await client.next() else {
                Issue.record("no AUTH")
                return
            }
            #expect(challenge.reason == 0x18)
            client.send(
                .auth(
                    reason: 0x18, properties: [.authenticationMethod("steps"), .authenticationData(Array("two".utf8))]))
            #expect(try await client.nextConnack().code == 0)
        }
    }

    @Test("After some failures logins from the same address wait, one after the other, and too many are refused unseen")
    func brake() {
        var limits = PluginLimits()
        limits.freeLoginFailures = 3
        limits.maximumLoginDelayMilliseconds = 1_000
        let brake = LoginBrake(limits)
        for number in 0..<3 {
            #expect(brake.begins(from: "a", at: Int64(number)) == .go)
            brake.failed(from: "a", at: Int64(number))
        }
        #expect(brake.begins(from: "b", at: 3) == .go)
        #expect(brake.begins(from: "a", at: 3) == .wait(milliseconds: 100))
        #expect(brake.begins(from: "a", at: 3) == .wait(milliseconds: 200))
        brake.waited("a")
        brake.waited("a")
        for _ in 0..<10 { brake.failed(from: "a", at: 300) }
        #expect(brake.begins(from: "a", at: 300) == .wait(milliseconds: 1_000))
        #expect(brake.begins(from: "a", at: 300) == .wait(milliseconds: 2_000))
        #expect(brake.begins(from: "a", at: 300) == .refuse)
        brake.waited("a")
        brake.waited("a")
        #expect(brake.begins(from: "a", at: 300 + LoginBrake.memory + 1) == .go)
    }

    @Test("Failures from very many addresses do not fill the memory")
    func manyAddresses() {
        let brake = LoginBrake(PluginLimits())
        for number in 0..<(LoginBrake.maximumAddresses * 3) { brake.failed(from: "\(number)"[...], at: 1) }
        #expect(brake.addressCount <= LoginBrake.maximumAddresses)
    }
}
