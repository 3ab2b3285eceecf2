import BrokerCore
import BrokerValues
import Introspection
import MQTTWire
import SimulationKit
import Testing

@Suite("Retained messages for operators, with one shard and with four")
struct RetainedQueryTests {
    private func retained(
        _ broker: SimulatedBroker, _ filter: String, count: Int = 3, maximum: Int = 2, between: () -> Void = {}
    ) -> [RetainedSnapshot] {
        var found: [RetainedSnapshot] = []
        for shard in broker.shards {
            var position: Int? = 0
            while let begin = position {
                let step = shard.retained(
                    matching: Array(filter.utf8), from: begin, count: count, maximum: maximum, now: broker.now)
                found += step.messages
                position = step.next
                between()
            }
        }
        return found
    }

    private func delete(_ broker: SimulatedBroker, _ filter: String) -> Int {
        var count = 0
        for shard in broker.shards {
            var position: Int? = 0
            while let begin = position {
                let step = shard.deleteRetained(
                    matching: Array(filter.utf8), from: begin, count: 4, maximum: 2, now: broker.now)
                count += step.deleted
                position = step.next
            }
        }
        broker.settle()
        return count
    }

    private func populated(
        _ shardCount: Int, storage: ModelStorage? = nil
    ) throws -> (SimulatedBroker, TestClient) {
        let broker = SimulatedBroker(shardCount: shardCount, storage: storage)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for number in 0..<30 { publisher.publish("a/\(number)", "text \(number)", qos: 1, retain: true) }
        publisher.publish("a/b/c", "deep", retain: true)
        publisher.publish("a", "top", retain: true)
        broker.shard.publishOwn(topic: "$SYS/broker/x", payload: [1], now: broker.now)
        broker.settle()
        return (broker, publisher)
    }

    @Test("A filter finds exactly what it matches, each once", arguments: [1, 4])
    func filters(shardCount: Int) throws {
        let (broker, _) = try populated(shardCount)
        let leaves = (0..<30).map { "a/\($0)" }
        let table: [(String, [String])] = [
            ("a/+", leaves), ("a/#", leaves + ["a/b/c", "a"]), ("#", leaves + ["a/b/c", "a"]),
            ("+", ["a"]), ("a/7", ["a/7"]), ("a/77", []), ("+/b/#", ["a/b/c"]), ("$SYS/#", ["$SYS/broker/x"]),
        ]
        for (filter, expected) in table {
            #expect(retained(broker, filter).map(\.topic).sorted() == expected.sorted(), "\(filter)")
        }
        let one = try #require(retained(broker, "a/7").first)
        #expect(one.qos == 1)
        #expect(one.payloadSize == 6)
        #expect(one.preview == Array("text 7".utf8))
        #expect(one.expiresIn == nil)
        for position in [Int.min, 1 << 40, Int.max] {
            for filter in ["#", "a/7"] {
                let step = broker.shard.retained(
                    matching: Array(filter.utf8), from: position, count: 1, maximum: 1, now: broker.now)
                #expect(position > 0 ? step.next == nil && step.messages.isEmpty : step.messages.count <= 1)
            }
        }
    }

    @Test("The preview is the beginning of a large payload, and a message that has expired is not shown")
    func previewAndExpiry() throws {
        let (broker, publisher) = try populated(1)
        publisher.publish("large", String(repeating: "x", count: 5_000), retain: true)
        var properties = PropertyBytes()
        properties.add(0x02, uint32: 10)
        publisher.send(ClientPacket.publish("short", [1], retain: true, properties: properties))
        broker.advanceSettling(milliseconds: 3_000)
        #expect(retained(broker, "large").first?.payloadSize == 5_000)
        #expect(retained(broker, "large").first?.preview.count == 256)
        #expect(retained(broker, "short").first?.expiresIn == 7)
        broker.advance(milliseconds: 7_000)
        #expect(retained(broker, "short").isEmpty)
    }

    @Test("What stays, or is replaced, is listed once while other messages come and go", arguments: [1, 4])
    func changes(shardCount: Int) throws {
        let (broker, publisher) = try populated(shardCount)
        var number = 0
        let found = retained(broker, "a/+") {
            number += 1
            publisher.publish("a/\(number % 30)", "again", qos: 1, retain: true)
            publisher.publish("guest/\(number)", "x", retain: true)
            publisher.publish("guest/\(number - 2)", "", retain: true)
        }
        #expect(found.map(\.topic).sorted() == (0..<30).map { "a/\($0)" }.sorted())
        #expect(number > 10)
    }

    @Test("Deleting removes what the filter matches, from the memory and from the storage", arguments: [1, 4])
    func deletion(shardCount: Int) throws {
        let storage = ModelStorage()
        let (broker, _) = try populated(shardCount, storage: storage)
        broker.settle()
        #expect(storage.retained.count == 32)
        let before = storage.batches.count
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("live/#", 0)
        #expect(delete(broker, "a/+") == 30)
        #expect(retained(broker, "#").map(\.topic).sorted() == ["a", "a/b/c"])
        broker.settle()
        let cleared = storage.batches[before...].flatMap(\.retained).filter { $0.payloadCount == 0 }.map(\.topicText)
        #expect(cleared.sorted() == (0..<30).map { "a/\($0)" }.sorted())
        #expect(try watcher.publishes().isEmpty)
        #expect(delete(broker, "a/+") == 0)
        // What the broker tells of itself is not deleted, whatever the filter.
        #expect(delete(broker, "#") == 2)
        #expect(delete(broker, "$SYS/#") == 0)
        #expect(broker.shards.reduce(0) { $0 + $1.retainedCount } == 1)
        _ = try watcher.subscribe("#", 0)
        #expect(try watcher.publishes().isEmpty)
    }
}
