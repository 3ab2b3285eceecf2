import BrokerValues
import Introspection
import MQTTWire
import SimulationKit
import StressModel
import Testing

@testable import BrokerCore

/// A broker with a heavy client, whose account is almost empty and each of whose SUBSCRIBEs costs three hundred credits,
/// and a light one.
private struct Setting {
    let broker: SimulatedBroker
    let observer = RecordingObserver()
    let heavy: TestClient
    let light: TestClient
    /// Reads a little now and then.
    var slow: TestClient?
    /// So many are handled before it has no credits left.
    static let affordable = 14

    init(level: Int, limits: BrokerLimits = BrokerLimits(), keepAlive: Int = 60) throws {
        let observer = self.observer
        broker = SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
        var fields = ConnectFields("heavy")
        fields.keepAlive = keepAlive
        heavy = try TestClient.connected(broker, fields)
        light = try TestClient.connected(broker, ConnectFields("light"))
        broker.gates.setStressLevel(level)
        broker.advanceSettling(milliseconds: 100)
        let connection = try #require(heavy.link.connection)
        broker.shard.spend(CreditAccount.full - Self.affordable * 300, connection)
    }

    private static let filters = (0..<10).map { (filter: "f/\($0)", options: UInt8(0)) }

    /// The heavy client sends so many SUBSCRIBEs.
    func spend(_ packets: Int) {
        for _ in 0..<packets {
            heavy.link.clientSends(ClientPacket.subscribe(heavy.identifier(), Self.filters, version: .v5))
        }
        broker.settle()
    }

    /// SUBACKs that have come.
    func answers() throws -> Int {
        try heavy.receive().count { if case .subscription(.suback, _, _) = $0 { true } else { false } }
    }

    var slowed: [PauseCause] {
        observer.facts.compactMap { fact in
            if case .clientSlowed(_, _, _, let cause) = fact { return cause }
            return nil
        }
    }
}

struct CreditProtectionTests {
    @Test("Below the shedding level nobody is slowed, whatever he causes", arguments: [0, 3])
    func lowLevels(level: Int) throws {
        let setting = try Setting(level: level)
        setting.spend(20)
        #expect(try setting.answers() == 20)
        #expect(setting.slowed == [])
    }

    @Test("At a high level a client without credits is not read from, and the broker names it", arguments: [4, 10])
    func highLevels(level: Int) throws {
        let setting = try Setting(level: level)
        setting.spend(20)
        #expect(setting.heavy.link.isPaused)
        #expect(try setting.answers() == Setting.affordable)
        #expect(setting.slowed == [.credits])
        let snapshot = setting.broker.shard.snapshot(of: "heavy", now: setting.broker.now)
        #expect(snapshot?.connection?.pauseCause == .credits)
        #expect(snapshot?.connection?.credits ?? 1 <= 0)
        // Others notice nothing.
        setting.light.publish("t", "x")
        #expect(!setting.light.link.isPaused)
        #expect(try setting.light.exchange(ClientPacket.pingreq) == [.pingresp])
    }

    @Test("A client below its limit is not slowed")
    func justBelow() throws {
        let setting = try Setting(level: 10)
        setting.spend(Setting.affordable - 1)
        #expect(!setting.heavy.link.isPaused)
        #expect(setting.slowed == [])
    }

    @Test("A paused client goes on and loses nothing, at every level", arguments: 4...10)
    func resumes(level: Int) throws {
        let setting = try Setting(level: level)
        setting.spend(16)
        var answered = try setting.answers()
        #expect(answered < 16)
        for _ in 0..<3_000 where answered < 16 {
            setting.broker.advanceSettling(milliseconds: 100)
            answered += try setting.answers()
        }
        #expect(answered == 16)
        #expect(!setting.heavy.isClosed)
    }

    @Test("When the level falls clients get back more and more, and in the end nobody is limited")
    func levelFalls() throws {
        let setting = try Setting(level: 10, keepAlive: 0)
        setting.spend(30)
        #expect(setting.heavy.link.isPaused)
        #expect(try setting.answers() == Setting.affordable)
        setting.broker.gates.setStressLevel(3)
        setting.broker.advanceSettling(milliseconds: 140_000)
        #expect(try setting.answers() == 30 - Setting.affordable)
        let connection = try #require(setting.heavy.link.connection)
        setting.broker.shard.spend(CreditAccount.full, connection)
        setting.spend(20)
        #expect(try setting.answers() == 20)
    }

    @Test("When protection is switched off everybody goes on at once")
    func switchedOffLater() throws {
        let setting = try Setting(level: 10)
        setting.spend(20)
        #expect(setting.heavy.link.isPaused)
        var limits = BrokerLimits()
        limits.protectsFromOverload = false
        setting.broker.gates.apply(limits, connectRates: [], now: setting.broker.now)
        setting.broker.shard.limitsChanged(limits, now: setting.broker.now)
        setting.broker.advanceSettling(milliseconds: 100)
        #expect(try setting.answers() == 20)
    }

    @Test("A paused client is answered PINGREQ within half of its keep-alive and is not cut for its silence")
    func keepAlive() throws {
        let setting = try Setting(level: 10, keepAlive: 2)
        setting.spend(Setting.affordable + 1)
        #expect(setting.heavy.link.isPaused)
        #expect(try setting.answers() == Setting.affordable)
        setting.broker.advanceSettling(milliseconds: 1_100)  // the last SUBSCRIBE is handled, on credit
        #expect(try setting.answers() == 1)
        setting.heavy.send(ClientPacket.pingreq)
        #expect(try setting.heavy.receive() == [])
        setting.broker.advanceSettling(milliseconds: 1_100)
        #expect(try setting.heavy.receive() == [.pingresp])
        #expect(setting.heavy.link.isPaused)
    }

    @Test("A paused client that falls silent is given up when its keep-alive has passed while it was read from")
    func silence() throws {
        let setting = try Setting(level: 10, keepAlive: 2)
        setting.spend(Setting.affordable)
        #expect(setting.heavy.link.isPaused)
        setting.broker.advanceSettling(milliseconds: 2_800)
        #expect(!setting.heavy.isClosed)
        setting.broker.advanceSettling(milliseconds: 3_000)
        #expect(setting.observer.causes == [.keepAliveExpired])
    }

    @Test("A client whose socket moves nothing though bytes wait for it is given up after the named time")
    func stalled() throws {
        var limits = BrokerLimits()
        limits.stalledSocketMilliseconds = 30_000
        var setting = try Setting(level: 0, limits: limits)
        for name in ["stuck", "slow"] {
            let client = try TestClient.connected(setting.broker, ConnectFields(name), capacity: 100)
            _ = try client.subscribe("t", 0)
            if name == "slow" { setting.slow = client }
        }
        setting.light.publish("t", String(repeating: ".", count: 1_000))
        for _ in 0..<29 {
            setting.broker.advanceSettling(milliseconds: 1_000)
            _ = setting.slow?.link.clientReads(10)
        }
        #expect(setting.observer.causes == [])
        setting.broker.advanceSettling(milliseconds: 3_000)
        #expect(setting.observer.causes == [.limitExceeded(reasonCode: 0x97)])
    }

    @Test("A paused client that resets its connection is seen to have gone")
    func resetWhilePaused() throws {
        let setting = try Setting(level: 10)
        setting.spend(Setting.affordable)
        #expect(setting.heavy.link.isPaused)
        setting.heavy.lose()
        #expect(setting.observer.causes == [.socketFailed])
    }

    @Test("Coming back does not pay a debt")
    func reconnecting() throws {
        let setting = try Setting(level: 10)
        setting.spend(Setting.affordable)
        setting.heavy.lose()
        let again = try TestClient.connected(setting.broker, ConnectFields("heavy"))
        again.publish("t", "x")
        #expect(again.link.isPaused)
    }

    @Test("With protection off nobody is slowed at any level")
    func switchedOff() throws {
        var limits = BrokerLimits()
        limits.protectsFromOverload = false
        let setting = try Setting(level: 10, limits: limits)
        setting.spend(20)
        #expect(try setting.answers() == 20)
    }
}
