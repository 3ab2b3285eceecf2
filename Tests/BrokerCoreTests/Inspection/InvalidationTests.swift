import BrokerCore
import BrokerValues
import Introspection
import MQTTWire
import RandomKit
import SimulationKit
import Testing

@Suite("An operator ends a session, with one shard and with four")
struct InvalidationTests {
    private func invalidate(_ broker: SimulatedBroker, _ name: String) -> Bool {
        let answers = broker.shards.map { $0.invalidateSession(name, now: broker.now) }
        broker.settle()
        return answers.contains(.ended)
    }

    private func willed(delay: UInt32 = 0) -> ConnectFields {
        var fields = ConnectFields.durable("c")
        fields.willTopic = "will"
        fields.willPayload = Array("gone".utf8)
        if delay > 0 { fields.willProperties.add(0x18, uint32: delay) }
        return fields
    }

    @Test(
        "A connected client is told, its will is published at once, and its session is gone on every shard",
        arguments: [(1, 0), (4, 0), (4, 1), (4, 2), (4, 3)], [0, 100])
    func online(place: (shardCount: Int, shard: Int), delay: Int) throws {
        let observer = RecordingObserver()
        let broker = SimulatedBroker(shardCount: place.shardCount) { _ in BrokerPorts(observer: observer) }
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("will", 1)
        let client = try TestClient.connected(broker, willed(delay: UInt32(delay)), shard: place.shard)
        _ = try client.subscribe("t", 1)
        _ = try client.subscribe("$share/g/t", 1)
        #expect(invalidate(broker, "c"))
        #expect(try client.receive().last == .disconnect(reason: 0x98))
        #expect(client.isClosed)
        broker.advanceSettling(milliseconds: 100)
        #expect(try watcher.payloads() == ["gone"])
        #expect(broker.client("c") == nil)
        #expect(observer.endedSessions == ["c"])
        #expect(observer.expiredSessions.isEmpty)
        #expect(observer.causes == [.administrative])
        // Nothing of it is left in the index, and the client starts anew wherever it comes.
        watcher.publish("t", "nobody", qos: 1)
        #expect(try watcher.receive() == [.acknowledgement(.puback, identifier: 2, reason: 0x10)])
        for shard in 0..<place.shardCount {
            let again = TestClient(broker, shard: shard)
            let answer = try again.exchange(ConnectFields.durable("c").bytes).first
            guard case .connack(let isPresent, 0, _) = answer else {
                Issue.record("\(String(describing: answer))")
                continue
            }
            #expect(isPresent == (shard > 0))
            #expect(broker.client("c")?.subscriptionCount == 0)
        }
        #expect(!invalidate(broker, "nobody"))
    }

    @Test("A session without connection loses its messages, and a will that waits is published", arguments: [1, 4])
    func offline(shardCount: Int) throws {
        let observer = RecordingObserver()
        let broker = SimulatedBroker(shardCount: shardCount) { _ in BrokerPorts(observer: observer) }
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("will", 1)
        let client = try TestClient.connected(broker, willed(delay: 1_000), shard: shardCount - 1)
        _ = try client.subscribe("t", 1)
        client.lose()
        for number in 0..<3 { watcher.publish("t", "\(number)", qos: 1) }
        _ = try watcher.receive()
        #expect(broker.client("c")?.queuedMessages == 3)
        #expect(invalidate(broker, "c"))
        broker.advanceSettling(milliseconds: 100)
        #expect(try watcher.payloads() == ["gone"])
        #expect(observer.count(of: .sessionEnded) == 3)
        #expect(observer.endedSessions == ["c"])
        #expect(broker.client("c") == nil)
        #expect(!invalidate(broker, "c"))
        // Its timer went with it: nothing ends a second time.
        broker.advanceSettling(milliseconds: 2_000)
        #expect(observer.endedSessions == ["c"])
    }

    @Test("A session that is ended at any moment of its move to another shard is gone, and a new one can be had")
    func moving() throws {
        var moments = Set<Shard.Invalidation>()
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed))
            let broker = SimulatedBroker(shardCount: 4, mailOrder: random.chance(50) ? .arrival : .pairwise)
            let old = try TestClient.connected(broker, .durable("c"), shard: random.below(4))
            _ = try old.subscribe("old/#", 1)
            old.lose()
            let link = broker.connect(shard: random.below(4))
            link.clientSends(ConnectFields.durable("c").bytes)
            for _ in 0..<random.below(40) { _ = broker.step(&random) }
            var hasEnded = false
            for _ in 0..<100 where !hasEnded {
                let answers = broker.shards.map { $0.invalidateSession("c", now: broker.now) }
                moments.formUnion(answers)
                hasEnded = answers.contains(.ended)
                if !hasEnded { _ = broker.step(&random) }
            }
            #expect(hasEnded, "seed \(seed)")
            broker.settle()
            #expect(broker.client("c")?.subscriptionCount ?? 0 == 0, "seed \(seed)")
            for shard in 0..<4 {
                _ = try TestClient.connected(broker, .durable("c"), shard: shard)
                #expect(broker.client("c")?.subscriptionCount == 0, "seed \(seed)")
            }
            let sessions = broker.shards.reduce(0) { $0 + $1.sessionCount }
            #expect(sessions == 1, "seed \(seed)")
        }
        #expect(moments == [.absent, .ended, .leaving], "not every moment was met")
    }
}
