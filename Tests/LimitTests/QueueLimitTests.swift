import BrokerCore
import BrokerTestKit
import BrokerValues
import Introspection
import Testing

@Suite("What waits for a client")
struct QueueLimitTests {
    private typealias Strategy = BrokerLimits.QueueStrategy

    @Test(
        "So many messages are in flight as the limit and the client's Receive Maximum allow", arguments: [2, 3, 4],
        [nil, 2, 4])
    func inflight(published: Int, receiveMaximum: Int?) async throws {
        try await TestBroker.with(limits: .with { $0.maximumInflight = 3 }) { broker in
            let properties = receiveMaximum.map { [WireProperty.receiveMaximum(UInt16($0))] } ?? []
            let client = try await TestClient.connect5(broker, properties: properties)
            try await client.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<published { try await publisher.publish("t", "\(number)", qos: 1) }
            let window = min(3, receiveMaximum ?? 3)
            var open: [UInt16] = []
            for number in 0..<min(window, published) {
                open.append(try await client.expectUnanswered("\(number)").identifier())
            }
            try await client.expectNothing()
            // Each acknowledgement lets one more through.
            for number in min(window, published)..<published {
                client.send(.puback(open.removeFirst()))
                open.append(try await client.expectUnanswered("\(number)").identifier())
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "A queue takes as many messages as its limit says; beyond it the new or the oldest is dropped",
        arguments: [4, 5, 6], BrokerLimits.QueueStrategy.allCases)
    func messages(published: Int, strategy: BrokerLimits.QueueStrategy) async throws {
        let limits = BrokerLimits.with {
            $0.maximumQueuedMessages = 5
            $0.queueStrategy = strategy
        }
        try await TestBroker.with(limits: limits) { broker in
            try await TestClient.durable(broker, "c", subscribedTo: "t").close()
            try await waitUntil("the client is away") { broker.gates.connectionCount == 0 }
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<published {
                let isRefused = strategy == .discard && number >= 5
                try await publish(publisher, "t", "\(number)", isRefused: isRefused)
            }
            let beyond = max(0, published - 5)
            #expect(broker.drops(.clientQueueFull) == beyond)
            #expect(try await broker.snapshot(of: "c")?.queuedMessages == min(published, 5))
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 600)
            let kept = strategy == .discard ? 0..<min(published, 5) : beyond..<published
            #expect(try await again.takeAll() == kept.map { "\($0)" })
            #expect(broker.drops == beyond)
        }
    }

    @Test(
        "A queue takes as many bytes as its limit says; beyond it the new or the oldest is dropped",
        arguments: -1...1, BrokerLimits.QueueStrategy.allCases)
    func bytes(difference: Int, strategy: BrokerLimits.QueueStrategy) async throws {
        try await TestBroker.with { broker in
            try await TestClient.durable(broker, "c", subscribedTo: "t").close()
            try await waitUntil("the client is away") { broker.gates.connectionCount == 0 }
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t", "0" + text(99), qos: 1)
            let one = try #require(try await broker.snapshot(of: "c")?.queuedBytes)
            // Room for exactly three of them.
            let limits = BrokerLimits.with {
                $0.maximumQueuedBytes = 3 * one
                $0.queueStrategy = strategy
            }
            try await broker.apply(limits)
            try await publisher.publish("t", "1" + text(99), qos: 1)
            try await publish(
                publisher, "t", "2" + text(99 + difference), isRefused: difference > 0 && strategy == .discard)
            #expect(broker.drops(.clientQueueBytesFull) == max(0, difference))
            let bytes = try #require(try await broker.snapshot(of: "c")?.queuedBytes)
            #expect(bytes <= 3 * one)
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 600)
            let kept = difference <= 0 ? ["0", "1", "2"] : strategy == .discard ? ["0", "1"] : ["1", "2"]
            #expect(try await again.takeAll().map { String($0.prefix(1)) } == kept)
        }
    }

    /// Publishes at QoS 1. When the queue of every receiver refuses the message, its publisher is told.
    private func publish(
        _ publisher: TestClient, _ topic: String, _ payload: String, isRefused: Bool
    ) async throws {
        publisher.send(.publish(topic, payload, qos: 1, id: 1))
        try await publisher.expect(.puback(.init(1, reason: isRefused ? 0x97 : 0)))
    }

    @Test("All queues together take as many bytes as their limit says", arguments: -1...1)
    func brokerBytes(difference: Int) async throws {
        try await TestBroker.with { broker in
            for name in ["a", "b"] { try await TestClient.durable(broker, name, subscribedTo: "t/\(name)").close() }
            try await waitUntil("both clients are away") { broker.gates.connectionCount == 0 }
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t/a", "0" + text(99), qos: 1)
            let one = try #require(try await broker.snapshot(of: "a")?.queuedBytes)
            try await broker.apply(.with { $0.maximumBrokerQueuedBytes = 3 * one })
            try await publisher.publish("t/b", "1" + text(99), qos: 1)
            try await publish(publisher, "t/b", "2" + text(99 + difference), isRefused: difference > 0)
            #expect(broker.drops(.brokerQueueBytesFull) == max(0, difference))
            #expect(try await broker.ask { shard, _ in shard.queuedBytes } <= 3 * one)
            // What leaves one queue makes room in the other.
            let first = try await TestClient.connect5(broker, id: "a", clean: false, expiry: 600)
            #expect(try await first.takeAll().count == 1)
            try await publisher.publish("t/b", "3" + text(98), qos: 1)
            let second = try await TestClient.connect5(broker, id: "b", clean: false, expiry: 600)
            #expect(
                try await second.takeAll().map { String($0.prefix(1)) }
                    == (difference <= 0 ? ["1", "2", "3"] : ["1", "3"]))
        }
    }

    @Test(
        "A publisher waits for a receiver whose queue is half full, unless the limit is 0, and no longer than it says",
        arguments: [(5, 300, 0), (6, 300, 1), (6, 0, 0)] as [(Int, UInt64, Int)])
    func publisherHold(published: Int, milliseconds: UInt64, holds: Int) async throws {
        let limits = BrokerLimits.with {
            $0.maximumInflight = 1
            $0.maximumQueuedMessages = 10
            $0.maximumPublisherHoldMilliseconds = milliseconds
        }
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker)
            // One is in flight, the others are in the queue.
            for number in 0..<published { try await publisher.publish("t", "\(number)", qos: 1) }
            #expect(broker.publisherHolds == holds)
            // It goes on though the receiver takes nothing.
            try await publisher.ping()
            #expect(broker.pauses(.receiver) == holds)
            #expect(broker.drops == 0)
            #expect(try await client.takeAll().count == published)
        }
    }
}
