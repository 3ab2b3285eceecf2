import BrokerCore
import BrokerValues
import Introspection
import RandomKit
import SimulationKit
import Testing

@Suite("Attributes of sessions")
struct AttributeTests {
    private let broker = SimulatedBroker()
    private var shard: Shard { broker.shard }

    private func put(
        _ key: String, _ value: [UInt8], _ timestamp: Int64 = 0, _ condition: AttributeCondition = .always,
        of name: String = "c"
    ) throws -> AttributePut {
        var answers: [Result<AttributePut, AttributeFailure>] = []
        shard.putAttribute(key, value, timestamp: timestamp, condition, of: name, now: broker.now) {
            answers.append($0)
        }
        #expect(answers.count == 1, "without a storage nothing waits")
        return try #require(answers.first).get()
    }

    private func remove(_ key: String) throws -> SessionAttribute? {
        var answers: [Result<SessionAttribute?, AttributeFailure>] = []
        shard.removeAttribute(key, of: "c", now: broker.now) { answers.append($0) }
        return try #require(answers.first).get()
    }

    private func attribute(_ key: String, _ value: [UInt8], _ timestamp: Int64 = 0) -> SessionAttribute {
        SessionAttribute(key: Array(key.utf8), value: value, timestamp: timestamp)
    }

    private var figures: HeapPart? { shard.heapSummary().first { $0.name == "session-attributes" } }

    @Test("An attribute is there until it is replaced or taken away, by its exact key")
    func life() throws {
        _ = try TestClient.connected(broker, .durable("c"))
        #expect(try put("a", [1], 5) == AttributePut(previous: nil, isStored: true))
        #expect(try put("a", [2], 3) == AttributePut(previous: attribute("a", [1], 5), isStored: true))
        #expect(try put("A", []) == AttributePut(previous: nil, isStored: true))
        #expect(try shard.attribute("a", of: "c") == attribute("a", [2], 3))
        #expect(try shard.attribute("b", of: "c") == nil)
        #expect(try shard.attributes(of: "c") == [attribute("a", [2], 3), attribute("A", [])])
        #expect(broker.client("c")?.attributeCount == 2)
        #expect(figures?.count == 2)
        #expect(try remove("a") == attribute("a", [2], 3))
        #expect(try remove("a") == nil)
        var removed: [Result<Int, AttributeFailure>] = []
        for _ in 0..<2 { shard.removeAttributes(of: "c", now: broker.now) { removed.append($0) } }
        #expect(removed == [.success(1), .success(0)])
        #expect(try shard.attributes(of: "c") == [])
        #expect(figures?.count == 0)
        #expect(figures?.bytes == 0)
    }

    @Test("A put that must be newer takes the place of an older value only, and an equal one's only if it may")
    func conditions() throws {
        _ = try TestClient.connected(broker, .durable("c"))
        #expect(try put("a", [1], .min, .ifNewer).isStored, "there was none")
        #expect(try put("a", [2], .min, .ifNewer) == AttributePut(previous: attribute("a", [1], .min), isStored: false))
        #expect(try put("a", [3], .min, .ifNewerOrEqual).isStored)
        #expect(try put("a", [4], 7, .ifNewer).isStored)
        #expect(try !put("a", [5], 6, .ifNewerOrEqual).isStored)
        #expect(try put("a", [6], .max, .ifNewerOrEqual).previous == attribute("a", [4], 7))
        #expect(try !put("a", [7], .max, .ifNewer).isStored)
        #expect(try put("a", [8], 1, .always).isStored)
        #expect(try shard.attributes(of: "c") == [attribute("a", [8], 1)])
    }

    @Test("What is too long or too much is refused, and changes nothing")
    func limits() throws {
        _ = try TestClient.connected(broker, .durable("c"))
        let key = String(repeating: "é", count: AttributeLimits.keyBytes / 2)
        let value = [UInt8](repeating: 1, count: AttributeLimits.valueBytes)
        #expect(try put(key, value).isStored)
        #expect(throws: AttributeFailure.keyTooLong) { try put(key + "a", [1]) }
        #expect(throws: AttributeFailure.valueTooLong) { try put("a", value + [1]) }
        for number in 1..<AttributeLimits.count { #expect(try put("\(number)", [1]).isStored) }
        #expect(throws: AttributeFailure.tooMany) { try put("a", [1]) }
        #expect(try put("1", [2]).isStored, "it takes the place of another")
        #expect(try shard.attributes(of: "c").count == AttributeLimits.count)
        #expect(throws: AttributeFailure.absent) { try put("a", [1], of: "nobody") }
        #expect(throws: AttributeFailure.absent) { try shard.attributes(of: "nobody") }
    }

    @Test("All sessions together have a limit, which a value that becomes shorter may pass")
    func memory() throws {
        let value = [UInt8](repeating: 1, count: AttributeLimits.valueBytes)
        var number = 0
        var isFull = false
        while !isFull, number < 1_000 {
            number += 1
            _ = try TestClient.connected(broker, .durable("\(number)"))
            for key in 0..<AttributeLimits.count where !isFull {
                do { _ = try put("\(key)", value, of: "\(number)") } catch AttributeFailure.noMemory { isFull = true }
            }
        }
        #expect(isFull)
        let bytes = try #require(figures?.bytes)
        #expect(bytes <= AttributeLimits.brokerBytes)
        #expect(bytes > AttributeLimits.brokerBytes - 2 * AttributeLimits.valueBytes)
        #expect(try put("0", value, of: "1").isStored)
        #expect(try put("0", [1], of: "1").isStored)
        #expect(try put("0", value, of: "1").isStored)
    }

    @Test("Attributes end with their session, and stay when its client comes again")
    func end() throws {
        let client = try TestClient.connected(broker, .durable("c", expiry: 10))
        _ = try put("a", [1])
        client.lose()
        broker.advanceSettling(milliseconds: 9_000)
        _ = try TestClient.connected(broker, .durable("c", expiry: 10)).lose()
        #expect(try shard.attributes(of: "c").count == 1)
        broker.advanceSettling(milliseconds: 12_000)
        #expect(throws: AttributeFailure.absent) { try shard.attributes(of: "c") }
        #expect(figures?.count == 0)
        #expect(figures?.bytes == 0)
        _ = try TestClient.connected(broker, .durable("c"))
        #expect(try shard.attributes(of: "c") == [])
        _ = try put("a", [1])
        var clean = ConnectFields.durable("c")
        clean.cleanStart = true
        _ = try TestClient.connected(broker, clean)
        #expect(try shard.attributes(of: "c") == [])
    }

    @Test("A session takes its attributes along to another shard, and has none to be asked for on its way")
    func moving() throws {
        var failures = Set<AttributeFailure>()
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed))
            let broker = SimulatedBroker(shardCount: 4, mailOrder: random.chance(50) ? .arrival : .pairwise)
            let from = random.below(4)
            let old = try TestClient.connected(broker, .durable("c"), shard: from)
            broker.shards[from].putAttribute("a", [1], timestamp: 7, of: "c", now: broker.now) { _ in }
            old.lose()
            let link = broker.connect(shard: (from + 1) % 4)
            link.clientSends(ConnectFields.durable("c").bytes)
            for _ in 0..<40 {
                _ = broker.step(&random)
                var found: [[SessionAttribute]] = []
                for shard in broker.shards {
                    do throws(AttributeFailure) { found.append(try shard.attributes(of: "c")) } catch {
                        failures.insert(error)
                    }
                }
                #expect(found.allSatisfy { $0 == [attribute("a", [1], 7)] }, "seed \(seed)")
                #expect(found.count <= 1, "seed \(seed)")
            }
            broker.settle()
            #expect(try broker.shards[(from + 1) % 4].attribute("a", of: "c")?.value == [1], "seed \(seed)")
            let counts = broker.shards.map { $0.heapSummary().first { $0.name == "session-attributes" }?.count }
            #expect(counts.compactMap { $0 }.sorted() == [0, 0, 0, 1], "seed \(seed)")
        }
        #expect(failures == [.absent, .moving], "not every moment was met")
    }
}
