import AuthorityKit
import BrokerCore
import BrokerValues
import Introspection
import MQTTWire
import MetricCatalog
import SimulationKit
import Testing

/// A broker with a restricted client, which may be set as it logs in or afterwards, and a free one.
private struct Setting {
    let broker: SimulatedBroker
    let observer = RecordingObserver()
    let restricted: TestClient
    let free: TestClient

    init(
        atLogin: Bool, expiry: UInt32 = 3_600, capacity: Int = 1 << 24, _ change: (inout ClientRestrictions) -> Void
    ) throws {
        var restrictions = ClientRestrictions()
        change(&restrictions)
        let observer = self.observer
        let authority = RestrictingAuthority(atLogin ? restrictions : ClientRestrictions())
        broker = SimulatedBroker { _ in BrokerPorts(authority: authority, observer: observer) }
        restricted = try TestClient.connected(broker, .durable("restricted", expiry: expiry), capacity: capacity)
        free = try TestClient.connected(broker, .durable("free"))
        if !atLogin {
            #expect(broker.shard.setRestrictions(restrictions, of: "restricted", now: broker.now))
            broker.settle()
        }
        for client in [restricted, free] { _ = try client.subscribe("t", 1) }
    }

    var snapshot: ClientSnapshot? { broker.shard.snapshot(of: "restricted", now: broker.now) }

    /// Lets time pass in small steps while the client reads; returns the bytes that it got.
    func read(milliseconds: Int) -> Int {
        var count = 0
        for _ in 0..<(milliseconds / 5) {
            broker.advanceSettling(milliseconds: 5)
            count += restricted.link.clientReads().count
        }
        return count
    }
}

@Suite("What one client may do, set at login (true) or while it is connected (false)")
struct RestrictionTests {
    @Test(
        "A PUBLISH may be as large as allowed and not a byte larger; other clients and packets are as before",
        arguments: [true, false])
    func publishSize(atLogin: Bool) throws {
        let setting = try Setting(atLogin: atLogin) { $0.maximumPublishSize = 50 }
        // Two bytes of header, three of topic, one of properties.
        for size in [43, 44] { setting.restricted.publish("t", String(repeating: ".", count: size)) }
        _ = try setting.restricted.subscribe(String(repeating: "f", count: 500), 0)
        #expect(!setting.restricted.isClosed)
        setting.free.publish("t", String(repeating: ".", count: 45))
        #expect(try setting.free.publishes().count == 3)
        setting.restricted.publish("t", String(repeating: ".", count: 45))
        #expect(setting.observer.causes == [.protocolError(reasonCode: 0x95)])
    }

    @Test("CONNACK announces the largest packet that this client may send")
    func announcedSize() throws {
        var restrictions = ClientRestrictions()
        restrictions.maximumPublishSize = 50
        let authority = RestrictingAuthority(restrictions)
        let broker = SimulatedBroker { _ in BrokerPorts(authority: authority) }
        let client = TestClient(broker, version: .v5)
        guard case .connack(_, 0, let properties) = try client.exchange(ConnectFields("restricted").bytes).first else {
            Issue.record("no CONNACK")
            return
        }
        #expect(properties.contains { $0.identifier == 0x27 && $0.number == 50 })
    }

    @Test(
        "Its queue takes as many messages as allowed and drops what its strategy says", arguments: [true, false],
        [true, false])
    func queue(atLogin: Bool, dropsOldest: Bool) throws {
        let setting = try Setting(atLogin: atLogin) {
            $0.maximumQueuedMessages = 3
            $0.queueStrategy = dropsOldest ? .discardOldest : .discard
        }
        for client in [setting.restricted, setting.free] { client.lose() }
        let publisher = try TestClient.connected(setting.broker, ConnectFields("publisher"))
        for number in 0..<5 { publisher.publish("t", "\(number)", qos: 1) }
        #expect(setting.observer.count(of: .clientQueueFull) == 2)
        #expect(setting.snapshot?.queuedMessages == 3)
        #expect(setting.snapshot?.maximumQueuedMessages == 3)
        let again = try TestClient.connected(setting.broker, .durable("restricted"))
        #expect(try again.payloads() == (dropsOldest ? ["2", "3", "4"] : ["0", "1", "2"]))
        #expect(try TestClient.connected(setting.broker, .durable("free")).payloads().count == 5)
    }

    @Test("It has no more messages in flight than allowed", arguments: [true, false])
    func inflight(atLogin: Bool) throws {
        let setting = try Setting(atLogin: atLogin) { $0.inflightQueueSize = 2 }
        for number in 0..<5 { setting.free.publish("t", "\(number)", qos: 1) }
        let first = try setting.restricted.publishes()
        #expect(first.count == 2)
        #expect(setting.snapshot?.connection?.inflightQueueSize == 2)
        setting.restricted.acknowledge(.puback, first[0].identifier)
        #expect(try setting.restricted.publishes().count == 1)
        #expect(try setting.free.publishes().count == 5)
    }

    @Test("Its session ends after the time that was set, whatever it asked for", arguments: [true, false])
    func sessionExpiry(atLogin: Bool) throws {
        let setting = try Setting(atLogin: atLogin) { $0.sessionExpiry = 5 }
        #expect(setting.snapshot?.sessionExpiry == 5)
        setting.restricted.disconnect()
        setting.broker.advanceSettling(milliseconds: 4_500)
        #expect(setting.observer.endedSessions == [])
        setting.broker.advanceSettling(milliseconds: 1_000)
        #expect(setting.observer.endedSessions == ["restricted"])
    }

    @Test("The time can be set for a client that is away, and counts from then")
    func sessionExpiryOffline() throws {
        let setting = try Setting(atLogin: false) { _ in }
        setting.restricted.lose()
        var restrictions = ClientRestrictions()
        restrictions.sessionExpiry = 2
        #expect(setting.broker.shard.setRestrictions(restrictions, of: "restricted", now: setting.broker.now))
        setting.broker.advanceSettling(milliseconds: 2_200)
        #expect(setting.observer.endedSessions == ["restricted"])
        #expect(!setting.broker.shard.setRestrictions(restrictions, of: "restricted", now: setting.broker.now))
    }

    @Test("It sends as many bytes a second as allowed, within five percent over ten seconds", arguments: [true, false])
    func incoming(atLogin: Bool) throws {
        let setting = try Setting(atLogin: atLogin) { $0.incomingBytesPerSecond = 10_000 }
        let packet = ClientPacket.publish("t", [UInt8](repeating: 1, count: 94), version: .v5)
        setting.restricted.link.clientSends([UInt8]((0..<1_500).map { _ in packet }.joined()))
        _ = setting.read(milliseconds: 10_000)
        let handled = 1_500 * packet.count - setting.restricted.link.unhandledCount
        #expect(abs(handled - 100_000) <= 5_000, "\(handled)")
        // The others are not slowed.
        for _ in 0..<300 { setting.free.publish("t", String(repeating: ".", count: 94)) }
        #expect(setting.free.link.unhandledCount == 0)
    }

    @Test("It is sent as many bytes a second as allowed, and QoS 1 waits for it", arguments: [true, false])
    func outgoing(atLogin: Bool) throws {
        let setting = try Setting(atLogin: atLogin) { $0.outgoingBytesPerSecond = 10_000 }
        for _ in 0..<900 { setting.free.publish("t", String(repeating: ".", count: 192), qos: 1) }
        #expect(try setting.free.publishes().count == 900)
        let received = setting.read(milliseconds: 10_000)
        #expect(abs(received - 100_000) <= 6_000, "\(received)")
        // Nothing was lost: taking the limit away lets all of it through.
        #expect(setting.broker.shard.setRestrictions(ClientRestrictions(), of: "restricted", now: setting.broker.now))
        #expect(received + setting.read(milliseconds: 200) >= 900 * 200)
        #expect(setting.observer.drops.isEmpty)
    }

    @Test("QoS 1 begins and ceases to wait at the thresholds of its own write buffer", arguments: [true, false])
    func writeBuffer(atLogin: Bool) throws {
        let setting = try Setting(atLogin: atLogin, capacity: 10) {
            $0.writeBuffer = ClientRestrictions.WriteBuffer(highThreshold: 1_000, lowThreshold: 100)
        }
        for _ in 0..<50 { setting.free.publish("t", String(repeating: ".", count: 92), qos: 1) }
        // Packets of a hundred bytes, of which the socket has taken ten: the eleventh is beyond the threshold.
        #expect(setting.snapshot?.connection?.unsentBytes == 1_090)
        #expect(setting.snapshot?.queuedMessages == 39)
        #expect(try setting.restricted.publishes().count == 50)
        #expect(ClientRestrictions.WriteBuffer(highThreshold: 1, lowThreshold: 2) == nil)
        #expect(ClientRestrictions.WriteBuffer(highThreshold: 1, lowThreshold: 0) == nil)
    }

    @Test("An operator ends a connection; the session stays, and the cause says who did it")
    func kick() throws {
        let setting = try Setting(atLogin: true) { _ in }
        #expect(setting.broker.shard.disconnectClient("restricted", now: setting.broker.now))
        #expect(try setting.restricted.receive().last == .disconnect(reason: 0x98))
        #expect(setting.observer.causes == [.administrative])
        let counted = ShardCounters.disconnects.base + DisconnectCause.administrative.counterIndex
        #expect(setting.broker.shard.counters[counted] == 1)
        #expect(setting.snapshot != nil)
        #expect(setting.snapshot?.connection == nil)
        #expect(!setting.broker.shard.disconnectClient("restricted", now: setting.broker.now))
        #expect(!setting.broker.shard.disconnectClient("nobody", now: setting.broker.now))
    }
}
