import BrokerTestKit
import BrokerValues
import MetricCatalog
import Testing

@Suite("Retained messages and wills")
struct RetainedLimitTests {
    private func retained(_ broker: TestBroker) async throws -> Set<String> {
        let reader = try await TestClient.connect5(broker)
        try await reader.subscribe("r/#")
        return Set(try await reader.takeAll())
    }

    @Test("As many messages are kept as the limit says; others are delivered all the same", arguments: [2, 3, 4])
    func count(published: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumRetainedMessages = 3 }) { broker in
            let live = try await TestClient.connect5(broker)
            try await live.subscribe("r/#")
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<published {
                try await publisher.publish("r/\(number)", "\(number)", qos: 1, retain: true)
            }
            let beyond = max(0, published - 3)
            #expect(broker.refusals(.retained) == beyond)
            #expect(broker.drops(.retainedStoreFull) == beyond)
            #expect(try await live.takeAll().count == published)
            #expect(try await retained(broker) == Set((0..<min(published, 3)).map { "\($0)" }))
            // One that is there can be replaced; one that is cleared makes room.
            try await publisher.publish("r/0", "new", qos: 1, retain: true)
            try await publisher.publish("r/1", "", qos: 1, retain: true)
            try await publisher.publish("r/9", "9", qos: 1, retain: true)
            #expect(try await retained(broker).isSuperset(of: ["new", "9"]))
            #expect(broker.refusals(.retained) == beyond)
        }
    }

    @Test("As many bytes are kept as the limit says", arguments: -1...1)
    func bytes(difference: Int) async throws {
        try await TestBroker.with { broker in
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("r/0", "0" + text(99), qos: 1, retain: true)
            try await waitUntil("the gauge is shown") { broker.counter(ShardCounters.retainedBytes.base) > 0 }
            let one = broker.counter(ShardCounters.retainedBytes.base)
            try await broker.apply(.with { $0.maximumRetainedBytes = 2 * one })
            try await publisher.publish("r/1", "1" + text(99 + difference), qos: 1, retain: true)
            #expect(broker.refusals(.retained) == max(0, difference))
            #expect(broker.drops(.retainedStoreFull) == max(0, difference))
            #expect(try await retained(broker).map { $0.prefix(1) }.sorted() == (difference <= 0 ? ["0", "1"] : ["0"]))
        }
    }

    @Test("One subscription gets as many retained messages as the limit says", arguments: [4, 5, 6])
    func perSubscription(published: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumRetainedPerSubscription = 5 }) { broker in
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<published {
                try await publisher.publish("r/\(number)", "\(number)", qos: 1, retain: true)
            }
            #expect(try await retained(broker).count == min(published, 5))
            #expect(broker.drops(.retainedBacklogFull) == max(0, published - 5))
        }
    }

    @Test("Wills leave at a limited rate, and all of them leave", arguments: [1, 20, 100])
    func wills(perTick: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumWillsPerTick = perTick }) { broker in
            let watcher = try await TestClient.connect5(broker)
            try await watcher.subscribe("w/#")
            var clients: [TestClient] = []
            for number in 0..<21 {
                let will = ConnectFields.Will("w/\(number)", "\(number)")
                clients.append(try await TestClient.connect5(broker, will: will))
            }
            let elapsed = try await timed {
                for client in clients { await client.reset() }
                var left = Set((0..<21).map { "\($0)" })
                while !left.isEmpty { left.remove(try await watcher.nextPublish().text) }
            }
            // So many lots before the last, ten milliseconds apart.
            let lots = (21 + perTick - 1) / perTick
            #expect(elapsed >= .milliseconds(10 * (lots - 1)))
            #expect(broker.counter(ShardCounters.willsPublished.base) == 21)
        }
    }
}
