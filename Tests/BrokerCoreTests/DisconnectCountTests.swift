import RandomKit
import BrokerCore
import BrokerValues
import MQTTWire
import MetricCatalog
import SimulationKit
import Testing

/// Ends connections in every way there is, and holds the counters against it.
private struct Setting {
    let broker: SimulatedBroker

    init(shardCount: Int, ports: (ShardIndex) -> BrokerPorts = { _ in BrokerPorts() }) {
        var limits = BrokerLimits()
        limits.connectTimeoutMilliseconds = 1_000
        broker = SimulatedBroker(shardCount: shardCount, limits: limits, ports: ports)
    }

    func sum(_ slot: Int) -> Int { broker.shards.reduce(0) { $0 + $1.counters[slot] } }

    func sum(_ family: CounterFamily) -> Int { (family.base..<(family.base + family.count)).reduce(0) { $0 + sum($1) } }

    func disconnects(_ reason: String) -> Int {
        MetricLabels.disconnectReasons.firstIndex(of: reason).map { sum(ShardCounters.disconnects.base + $0) } ?? -1
    }

    /// Every socket is in exactly one of the counters once all have gone.
    func expectBalance() {
        broker.advanceSettling(milliseconds: 200)
        let accounted =
            sum(ShardCounters.socketsOpen) + sum(ShardCounters.socketsClosedEarly) + sum(ShardCounters.connectsRefused)
            + sum(ShardCounters.disconnects)
        #expect(sum(ShardCounters.socketsAccepted) == accounted)
        #expect(sum(ShardCounters.connectsAccepted) == sum(ShardCounters.disconnects))
        #expect(sum(ShardCounters.sessions.base) == 0)
    }
}

/// A storage whose disk is gone: what is to be made safe never is.
private final class BrokenStorage: StoragePort {
    private(set) var batches: [UInt64] = []
    let clock = StorageClock(start: 0, at: Instant(milliseconds: 0))
    let firstSequence: UInt64 = 1

    func submit(_ batch: StorageBatch) { batches.append(batch.number) }

    func load(_ question: LoadQuestion) {}
}

struct DisconnectCountTests {
    @Test("Ends for the broker's own faults and for its limits have reasons of their own")
    func ownFaults() throws {
        let storage = BrokenStorage()
        let setting = Setting(shardCount: 1) { _ in BrokerPorts(storage: storage) }
        let publisher = try TestClient.connected(setting.broker, ConnectFields("a"))
        publisher.publish("t", "x", qos: 1, retain: true)
        try #require(!storage.batches.isEmpty)
        setting.broker.shard.storageDelayed(by: 0, now: setting.broker.now)
        setting.broker.settle()
        #expect(setting.disconnects("server_failed") == 1)

        var limits = BrokerLimits()
        limits.maximumReassemblyBytes = 1_000
        limits.maximumConnectPacketSize = 500
        let small = SimulatedBroker(limits: limits)
        let hoarder = try TestClient.connected(small, ConnectFields("b"))
        hoarder.send([0x30, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 2_000))
        let place = try #require(MetricLabels.disconnectReasons.firstIndex(of: "limit_exceeded"))
        #expect(small.shard.counters[ShardCounters.disconnects.base + place] == 1)
    }

    @Test(
        "Every end of a connection has its own reason, and only a DISCONNECT of the client is graceful",
        arguments: [1, 2])
    func everyWay(shardCount: Int) throws {
        let setting = Setting(shardCount: shardCount)
        let broker = setting.broker
        // Graceful: a DISCONNECT, of whatever version and code.
        try TestClient.connected(broker, ConnectFields("a")).disconnect()
        try TestClient.connected(broker, ConnectFields("b", version: .v3_1_1)).disconnect()
        let withWill = try TestClient.connected(broker, ConnectFields("c"))
        withWill.send(ClientPacket.disconnect(reason: 0x04))
        withWill.link.clientCloses()
        broker.settle()
        #expect(setting.disconnects("client_disconnected") == 3)
        // Closed without a word, and reset.
        let closing = try TestClient.connected(broker, ConnectFields("d"))
        closing.link.clientCloses()
        broker.settle()
        #expect(setting.disconnects("peer_closed") == 1)
        try TestClient.connected(broker, ConnectFields("e")).lose()
        #expect(setting.disconnects("socket_failed") == 1)
        // Keep-alive.
        var silent = ConnectFields("f")
        silent.keepAlive = 1
        _ = try TestClient.connected(broker, silent)
        broker.advanceSettling(milliseconds: 3_000)
        #expect(setting.disconnects("keep_alive") == 1)
        // Takeover, from the same shard and from another.
        _ = try TestClient.connected(broker, ConnectFields("g"))
        let second = try TestClient.connected(broker, ConnectFields("g"), shard: shardCount - 1)
        #expect(setting.disconnects("taken_over") == 1)
        second.disconnect()
        // A second CONNECT is a protocol error, and so is a packet that cannot be read.
        let twice = try TestClient.connected(broker, ConnectFields("h"))
        twice.send(ConnectFields("h").bytes)
        let garbled = try TestClient.connected(broker, ConnectFields("i"))
        garbled.send([0xF1, 0x00])
        #expect(setting.disconnects("protocol_error") == 2)
        for link in broker.links { link.clientResets() }
        broker.settle()
        #expect(setting.sum(ShardCounters.disconnects) == 10)
        setting.expectBalance()
    }

    @Test("Sockets without CONNECT and refused CONNECTs are in counters of their own", arguments: [1, 2])
    func notConnected(shardCount: Int) throws {
        let setting = Setting(shardCount: shardCount)
        let broker = setting.broker
        broker.connect().clientResets()
        broker.settle()
        _ = broker.connect()
        broker.advanceSettling(milliseconds: 2_000)
        broker.connect().clientSends(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        broker.settle()
        #expect(setting.sum(ShardCounters.socketsClosedEarly) + setting.sum(ShardCounters.socketsOpen) >= 1)
        var badMethod = ConnectFields("a")
        badMethod.properties.add(0x15, string: "unknown")
        #expect(throws: (any Error).self) { try TestClient.connected(broker, badMethod) }
        let refusals = MetricLabels.connectRefusalIndex(of: 0x8C)
        #expect(setting.sum(ShardCounters.connectsRefused.base + refusals) == 1)
        for link in broker.links { link.clientResets() }
        broker.settle()
        #expect(setting.sum(ShardCounters.socketsClosedEarly) == 3)
        #expect(setting.sum(ShardCounters.connectsRefused) == 1)
        #expect(setting.sum(ShardCounters.disconnects) == 0)
        setting.expectBalance()
    }

    @Test("A shutdown ends all connections for its own reason")
    func shutdown() throws {
        let setting = Setting(shardCount: 1)
        for name in ["a", "b", "c"] { _ = try TestClient.connected(setting.broker, ConnectFields(name)) }
        setting.broker.shard.beginShutdown(now: setting.broker.now)
        setting.broker.shard.disconnectAll(now: setting.broker.now)
        setting.broker.settle()
        for link in setting.broker.links { link.clientCloses() }
        setting.broker.settle()
        #expect(setting.disconnects("server_shutdown") == 3)
        setting.expectBalance()
    }

    @Test("Gauges return to where they were when everything has gone", arguments: [1, 2, 3])
    func gauges(shardCount: Int) throws {
        let setting = Setting(shardCount: shardCount)
        let broker = setting.broker
        var random = SeededGenerator(seed: UInt64(shardCount))
        for round in 0..<40 {
            let name = "client-\(random.below(6))"
            let client = try TestClient.connected(
                broker, random.chance(50) ? .durable(name) : ConnectFields(name), shard: random.below(shardCount))
            _ = try client.subscribe("t/\(random.below(3))", UInt8(random.below(3)))
            _ = try client.subscribe("t/+", 2)
            _ = try client.subscribe("$share/g/t/#", 1)
            for number in 0..<random.below(10) {
                client.publish("t/\(number % 3)", "\(round)", qos: UInt8(random.below(3)), retain: random.chance(20))
            }
            if random.chance(30) { client.lose() } else if random.chance(50) { client.disconnect() }
        }
        for number in 0..<6 {
            let last = try TestClient.connected(broker, ConnectFields("client-\(number)"))
            last.disconnect()
        }
        for link in broker.links { link.clientResets() }
        broker.advanceSettling(milliseconds: 1_000)
        let gauges: [(String, CounterFamily)] = [
            ("sessions", ShardCounters.sessions), ("expiring", ShardCounters.sessionsExpiring),
            ("persistent", ShardCounters.sessionsPersistentOnline), ("subscriptions", ShardCounters.subscriptions),
            ("queued", ShardCounters.queuedMessages), ("queued bytes", ShardCounters.queuedBytes),
            ("half full", ShardCounters.queuesHalfFull), ("in flight out", ShardCounters.inflightSent),
            ("in flight in", ShardCounters.inflightReceived), ("unsent", ShardCounters.unsentBytes),
            ("paused", ShardCounters.connectionsPaused), ("congested", ShardCounters.connectionsCongested),
            ("held", ShardCounters.publishersHeld), ("open", ShardCounters.socketsOpen),
        ]
        for (name, family) in gauges { #expect(setting.sum(family) == 0, "\(name)") }
        setting.expectBalance()
    }
}
