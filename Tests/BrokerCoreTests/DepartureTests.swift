import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

/// Leaves every question of the kinds given open until the test answers it.
private final class SlowAuthority: AuthorityPort {
    let isSlowAboutConnect: Bool
    let asksAboutPublishes: Bool
    var open: [RequestNumber] = []

    init(connect: Bool, publish: Bool) {
        isSlowAboutConnect = connect
        asksAboutPublishes = publish
    }

    func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
        guard isSlowAboutConnect, question.clientIdentifier == "leaver" else { return .now(.accept(data: nil)) }
        open.append(request)
        return .pending
    }

    func authenticate(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> { .now(.accept(data: nil)) }

    func publish(_ question: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict> {
        open.append(request)
        return .pending
    }
}

/// A broker, somebody who sees all messages and wills, and what a client with a will sends before it goes.
private struct Setting {
    let broker: SimulatedBroker
    let observer = RecordingObserver()
    let watcher: TestClient

    init(shardCount: Int = 1, limits: BrokerLimits = BrokerLimits(), authority: SlowAuthority? = nil) throws {
        let observer = self.observer
        broker = SimulatedBroker(shardCount: shardCount, limits: limits) { _ in
            BrokerPorts(authority: authority, observer: observer)
        }
        watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("last/#", 0)
        _ = try watcher.subscribe("will", 0)
    }

    static func connect(_ name: String = "leaver") -> [UInt8] {
        var fields = ConnectFields(name)
        fields.willTopic = "will"
        fields.willPayload = Array("will of \(name)".utf8)
        return fields.bytes
    }

    static func publishes(_ count: Int = 3, of name: String = "leaver") -> [UInt8] {
        (0..<count).flatMap { ClientPacket.publish("last/\(name)", Array("\($0)".utf8)) }
    }

    /// Nothing of the client is left, and it was seen to say goodbye.
    func expectGone(_ clients: Int = 1, connections: Int = 1) {
        let goodbyes = observer.causes.filter { $0 == .clientDisconnected(reasonCode: 0) }
        #expect(goodbyes.count == clients)
        expectNothingLeft(connections: connections)
    }

    func expectNothingLeft(connections: Int = 1) {
        #expect(broker.shards.reduce(0) { $0 + $1.connectionCount } == connections)
        #expect(broker.shards.allSatisfy { $0.reassemblyBytes == 0 })
    }
}

@Suite("A client that closes while its packets wait")
struct DepartureTests {
    @Test("What came with CONNECT is handled when the session is there, and DISCONNECT keeps the will back")
    func openingSession() throws {
        let setting = try Setting(shardCount: 2)
        for number in 0..<20 {
            let link = setting.broker.connect(shard: number % 2)
            let name = "leaver-\(number)"
            link.clientSends(Setting.connect(name) + Setting.publishes(of: name) + ClientPacket.disconnect())
            link.clientCloses()
        }
        #expect(try setting.watcher.payloads().sorted() == (0..<60).map { "\($0 / 20)" })
        setting.expectGone(20)
    }

    @Test("What waits for a receiver is handled when that has room", arguments: [0, 1])
    func heldPublisher(shard: Int) throws {
        var limits = BrokerLimits()
        limits.maximumInflight = 1
        limits.maximumQueuedMessages = 8
        let setting = try Setting(shardCount: 2, limits: limits)
        let receiver = try TestClient.connected(setting.broker, ConnectFields("receiver"))
        _ = try receiver.subscribe("t")
        let leaver = TestClient(setting.broker, shard: shard)
        let filling = (1...6).flatMap { ClientPacket.publish("t", [], qos: 1, identifier: $0) }
        leaver.send(Setting.connect() + filling)
        leaver.link.clientSends(Setting.publishes() + ClientPacket.disconnect())
        leaver.link.clientCloses()
        setting.broker.settle()
        #expect(try setting.watcher.payloads() == [])
        while let next = try receiver.publishes().first { receiver.acknowledge(.puback, next.identifier) }
        #expect(try setting.watcher.payloads() == ["0", "1", "2"])
        setting.expectGone(connections: 2)
    }

    @Test("What waits for the mail to another shard is handled when there is room")
    func mailFull() throws {
        var limits = BrokerLimits()
        limits.maximumMailMessages = 3
        let setting = try Setting(shardCount: 2, limits: limits)
        let receiver = try TestClient.connected(setting.broker, ConnectFields("receiver"), shard: 1)
        _ = try receiver.subscribe("t")
        let leaver = try TestClient.connected(setting.broker, ConnectFields("leaver"))
        let many = (1...40).flatMap { ClientPacket.publish("t", [], qos: 1, identifier: $0) }
        leaver.link.clientSends(many + Setting.publishes() + ClientPacket.disconnect())
        leaver.link.clientCloses()
        #expect(try setting.watcher.payloads() == ["0", "1", "2"])
        #expect(try receiver.publishes().count == 40)
        setting.expectGone(connections: 2)
    }

    @Test("What waits for the authority's word on CONNECT is handled when that has come")
    func judgedConnect() throws {
        let authority = SlowAuthority(connect: true, publish: false)
        let setting = try Setting(authority: authority)
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes() + ClientPacket.disconnect())
        leaver.link.clientCloses()
        setting.broker.settle()
        #expect(try setting.watcher.payloads() == [])
        let request = try #require(authority.open.last)
        setting.broker.shard.connectResolved(request, .accept(data: nil), now: setting.broker.now)
        #expect(try setting.watcher.payloads() == ["0", "1", "2"])
        setting.expectGone()
    }

    @Test("A client that the authority refuses after it has gone leaves nothing")
    func refusedConnect() throws {
        let authority = SlowAuthority(connect: true, publish: false)
        let setting = try Setting(authority: authority)
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes())
        leaver.link.clientCloses()
        setting.broker.settle()
        let request = try #require(authority.open.last)
        setting.broker.shard.connectResolved(request, .refuse(.notAuthorized, "no"), now: setting.broker.now)
        #expect(try setting.watcher.payloads() == [])
        setting.expectNothingLeft()
    }

    @Test("Publishes that wait for the authority are routed, the last as well, and then the will is due")
    func judgedPublishes() throws {
        let authority = SlowAuthority(connect: false, publish: true)
        let setting = try Setting(authority: authority)
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes())
        leaver.link.clientCloses()
        setting.broker.settle()
        var answered = 0
        while let request = authority.open.popLast() {
            answered += 1
            setting.broker.shard.publishResolved(request, .accept, now: setting.broker.now)
            setting.broker.settle()
        }
        #expect(answered == 3)
        #expect(try setting.watcher.payloads() == ["0", "1", "2", "will of leaver"])
        #expect(setting.observer.causes == [.peerClosed])
        setting.expectNothingLeft()
    }

    @Test("What has waited for too long is given up: the client counts as lost")
    func deadline() throws {
        var limits = BrokerLimits()
        limits.departedClientTimeoutMilliseconds = 1_000
        let setting = try Setting(limits: limits, authority: SlowAuthority(connect: false, publish: true))
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes() + ClientPacket.disconnect())
        leaver.link.clientCloses()
        setting.broker.advanceSettling(milliseconds: 900)
        #expect(setting.observer.causes == [])
        #expect(setting.broker.shard.reassemblyBytes > 0)
        setting.broker.advanceSettling(milliseconds: 400)
        #expect(setting.observer.causes == [.peerClosed])
        #expect(try setting.watcher.payloads() == ["will of leaver"])
        setting.expectNothingLeft()
        setting.broker.advanceSettling(milliseconds: 60_000)  // the question to the authority runs out as well
        #expect(try setting.watcher.payloads() == [])
    }

    @Test("Another connection takes the session over from a client that has gone")
    func takeover() throws {
        let authority = SlowAuthority(connect: false, publish: true)
        let setting = try Setting(authority: authority)
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes() + ClientPacket.disconnect())
        leaver.link.clientCloses()
        setting.broker.settle()
        let next = try TestClient.connected(setting.broker, ConnectFields("leaver"))
        #expect(setting.observer.causes == [.takenOver])
        setting.expectNothingLeft(connections: 2)
        for request in authority.open {
            setting.broker.shard.publishResolved(request, .accept, now: setting.broker.now)
        }
        setting.broker.settle()
        #expect(!next.isClosed)
        setting.expectNothingLeft(connections: 2)
    }

    @Test("A packet that is not whole is dropped at once")
    func incompletePacket() throws {
        let authority = SlowAuthority(connect: false, publish: true)
        let setting = try Setting(authority: authority)
        let leaver = TestClient(setting.broker)
        let publishes = Setting.publishes(2)
        leaver.send(Setting.connect() + publishes + publishes.dropLast())
        let waiting = setting.broker.shard.reassemblyBytes
        leaver.link.clientCloses()
        setting.broker.settle()
        #expect(setting.broker.shard.reassemblyBytes == waiting - publishes.count / 2 + 1)
        #expect(setting.broker.shard.connectionCount == 2)
    }

    @Test("A client of which only a part of a packet waits is gone at once")
    func onlyIncompletePacket() throws {
        let setting = try Setting(authority: SlowAuthority(connect: true, publish: false))
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes(1).dropLast())
        leaver.link.clientCloses()
        setting.broker.settle()
        setting.expectNothingLeft()
    }

    @Test("A client that breaks the protocol after it has gone is ended by that")
    func laterError() throws {
        let authority = SlowAuthority(connect: true, publish: false)
        let setting = try Setting(authority: authority)
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + [0x00, 0x00] + Setting.publishes())
        leaver.link.clientCloses()
        setting.broker.settle()
        let request = try #require(authority.open.last)
        setting.broker.shard.connectResolved(request, .accept(data: nil), now: setting.broker.now)
        #expect(try setting.watcher.payloads() == ["will of leaver"])
        #expect(setting.observer.causes == [.protocolError(reasonCode: 0x81)])
        setting.expectNothingLeft()
    }

    @Test("Clients that have gone do not hold up a shutdown")
    func shutdown() throws {
        let setting = try Setting(authority: SlowAuthority(connect: false, publish: true))
        let leaver = TestClient(setting.broker)
        leaver.send(Setting.connect() + Setting.publishes())
        leaver.link.clientCloses()
        setting.broker.settle()
        setting.broker.shard.beginShutdown(now: setting.broker.now)
        setting.broker.shard.disconnectAll(now: setting.broker.now)
        _ = try setting.watcher.receive()
        setting.expectNothingLeft(connections: 0)
    }

    @Test("What a connection kept is given back when the broker ends it")
    func endedWithRemainder() throws {
        let setting = try Setting()
        let first = try TestClient.connected(setting.broker, ConnectFields("twice"))
        first.send(Array(Setting.publishes(1).dropLast()))
        #expect(setting.broker.shard.reassemblyBytes > 0)
        _ = try TestClient.connected(setting.broker, ConnectFields("twice"))
        _ = try first.receive()
        setting.expectNothingLeft(connections: 2)
    }
}
