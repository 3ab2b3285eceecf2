import BrokerCore
import BrokerValues
import MQTTWire
import MetricCatalog
import SimulationKit
import Testing

/// Publishers who always have something to send, and one receiver of everything.
private struct Setting {
    let broker: SimulatedBroker
    let observer = RecordingObserver()
    let publishers: [TestClient]
    private let packet: [UInt8]

    init(
        publishers count: Int, payload: Int, shardCount: Int = 1, hasReceiver: Bool = false,
        _ change: (inout BrokerLimits) -> Void
    ) throws {
        var limits = BrokerLimits()
        change(&limits)
        let observer = self.observer
        let broker = SimulatedBroker(shardCount: shardCount, limits: limits) { _ in BrokerPorts(observer: observer) }
        self.broker = broker
        packet = ClientPacket.publish("t", [UInt8](repeating: 1, count: payload), version: .v5)
        if hasReceiver {
            let receiver = try TestClient.connected(broker, ConnectFields("receiver"), capacity: 1 << 28)
            _ = try receiver.subscribe("t", 0)
        }
        publishers = try (0..<count).map { number in
            try TestClient.connected(broker, ConnectFields("p\(number)"), shard: number % broker.shardCount)
        }
    }

    /// Lets time pass with all publishers having enough to send; returns the bytes that were handled of each.
    func run(seconds: Int, supply: Int) -> [Int] {
        for publisher in publishers {
            publisher.link.clientSends([UInt8]((0..<supply / packet.count).map { _ in packet }.joined()))
        }
        let before = publishers.map { $0.link.unhandledCount }
        broker.settle()
        for _ in 0..<(seconds * 200) { broker.advanceSettling(milliseconds: 5) }
        return zip(before, publishers).map { $0 - $1.link.unhandledCount }
    }
}

struct BandwidthTests {
    @Test(
        "All clients together send as many bytes in ten seconds as the limit says, within five percent, in fair shares",
        arguments: [(50_000, 1), (50_000, 10), (200_000, 5)], [1, 2])
    func incoming(_ rate: (bytes: Int, publishers: Int), shardCount: Int) throws {
        let setting = try Setting(publishers: rate.publishers, payload: 400, shardCount: shardCount) {
            $0.incomingBytesPerSecond = rate.bytes
        }
        let handled = setting.run(seconds: 10, supply: 13 * rate.bytes / rate.publishers)
        let total = handled.reduce(0, +)
        #expect(abs(total - 10 * rate.bytes) <= rate.bytes / 2)
        let fair = total / rate.publishers
        #expect(handled.allSatisfy { abs($0 - fair) <= max(fair / 5, 3_000) }, "\(handled)")
    }

    @Test("What the broker sends is limited by not reading from those who cause it, and nothing is dropped")
    func outgoing() throws {
        let setting = try Setting(publishers: 4, payload: 100, hasReceiver: true) {
            $0.outgoingBytesPerSecond = 100_000
        }
        let handled = setting.run(seconds: 10, supply: 350_000)
        // One receiver gets each message once, and a PUBLISH goes out as large as it came in.
        let total = handled.reduce(0, +)
        #expect(abs(total - 1_000_000) <= 50_000, "\(total)")
        #expect(setting.observer.drops.isEmpty)
        let fair = total / 4
        #expect(handled.allSatisfy { abs($0 - fair) <= fair / 5 }, "\(handled)")
    }

    @Test(
        "What other shards send for a message counts for its publisher, however many receivers it has there",
        arguments: [1, 10, 100])
    func receiversElsewhere(_ receivers: Int) throws {
        let limit = 1_000_000
        let setting = try Setting(publishers: 1, payload: 1_000, shardCount: 2) { $0.outgoingBytesPerSecond = limit }
        let clients = try (0..<receivers).map { number in
            let client = try TestClient.connected(
                setting.broker, ConnectFields("r\(number)"), shard: 1, capacity: 1 << 28)
            _ = try client.subscribe("t", 0)
            return client
        }
        setting.broker.settle()
        let start = sent(setting.broker)
        // How many receivers there are elsewhere is not known before the first messages: what they overdraw is paid back.
        _ = setting.run(seconds: 1, supply: 14 * limit / receivers)
        let before = sent(setting.broker)
        #expect(before - start <= 4 * limit)
        _ = setting.run(seconds: 10, supply: 0)
        let total = sent(setting.broker) - before
        #expect(abs(total - 10 * limit) <= limit / 2, "\(total) bytes to \(clients.count) clients")
        #expect(setting.observer.drops.isEmpty)
    }

    /// Bytes that the broker has sent.
    private func sent(_ broker: SimulatedBroker) -> Int {
        let family = ShardCounters.bytesSent
        return (0..<broker.shardCount).reduce(0) { sum, shard in
            sum + (family.base..<(family.base + family.count)).reduce(0) { $0 + broker.shards[shard].counters[$1] }
        }
    }

    @Test("A large packet takes the time that it is worth, and only its sender waits for it")
    func largePacket() throws {
        let setting = try Setting(publishers: 1, payload: 300_000) { $0.incomingBytesPerSecond = 100_000 }
        let light = try TestClient.connected(setting.broker, ConnectFields("light"))
        setting.publishers[0].link.clientSends(
            ClientPacket.publish("t", [UInt8](repeating: 1, count: 300_000), version: .v5))
        setting.broker.settle()
        var longest = 0
        var milliseconds = 0
        while setting.publishers[0].link.unhandledCount > 0, milliseconds < 10_000 {
            light.send(ClientPacket.pingreq)
            var waited = 0
            while try light.receive().isEmpty, waited < 1_000 {
                setting.broker.advanceSettling(milliseconds: 5)
                waited += 5
            }
            longest = max(longest, waited)
            setting.broker.advanceSettling(milliseconds: 50)
            milliseconds += 50 + waited
        }
        #expect((2_500...3_500).contains(milliseconds), "\(milliseconds)")
        #expect(longest <= 100, "\(longest)")
    }

    @Test("Below the limit nobody waits", arguments: [0, 1_000_000_000])
    func belowLimit(limit: Int) throws {
        let setting = try Setting(publishers: 3, payload: 100) { $0.incomingBytesPerSecond = limit }
        for publisher in setting.publishers { publisher.send(ClientPacket.publish("t", [1], version: .v5)) }
        #expect(setting.publishers.allSatisfy { !$0.link.isPaused && $0.link.unhandledCount == 0 })
    }

    @Test("A client that says little gets through beside those who use up the limit")
    func lightClient() throws {
        let setting = try Setting(publishers: 10, payload: 1_000) { $0.incomingBytesPerSecond = 1_000_000 }
        let light = try TestClient.connected(setting.broker, ConnectFields("light"))
        for publisher in setting.publishers {
            let packet = ClientPacket.publish("t", [UInt8](repeating: 1, count: 1_000), version: .v5)
            publisher.link.clientSends([UInt8]((0..<700).map { _ in packet }.joined()))
        }
        setting.broker.settle()
        var longest = 0
        for _ in 0..<20 {
            light.send(ClientPacket.pingreq)
            var waited = 0
            while try light.receive().isEmpty, waited < 1_000 {
                setting.broker.advanceSettling(milliseconds: 5)
                waited += 5
            }
            longest = max(longest, waited)
        }
        #expect(longest <= 300)
    }
}
