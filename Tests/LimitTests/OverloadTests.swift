import BrokerCore
import BrokerTestKit
import BrokerValues
import MetricCatalog
import Introspection
import Testing

/// A client that causes much work for few bytes: UNSUBSCRIBE with ten thousand filters costs three hundred thousand
/// credits, of four million in a full account.
private struct Heavy {
    static let packet = ClientPacket.unsubscribe(1, (0..<10_000).map { "f/\($0)" }).bytes(.v311)

    let broker: TestBroker
    let client: TestClient
    let light: TestClient

    init(
        _ broker: TestBroker, level: Int, keepAlive: UInt16 = 60, will: ConnectFields.Will? = nil
    ) async throws {
        self.broker = broker
        client = try await TestClient.connect(broker, id: "heavy", keepAlive: keepAlive, will: will)
        light = try await TestClient.connect(broker, id: "light")
        broker.gates.setStressLevel(level)
        // The event loop looks at the level ten times a second.
        let expected = level == 10 ? 5_000 : 4_000_000
        try await waitUntil("the level is known") { broker.counter(ShardCounters.creditsPerTick.base) == expected }
    }

    func spend(_ packets: Int) { for _ in 0..<packets { client.send(Self.packet) } }

    func answers(_ count: Int) async throws {
        for _ in 0..<count { _ = try await client.nextUnsuback() }
    }

    /// Sends, one by one, until it is not read from. A slow machine gives some credits back meanwhile.
    func exhaust() async throws {
        for _ in 0..<100 {
            spend(1)
            try await answers(1)
            if try await pauseCause() == .credits { return }
        }
        throw TestFailure("the heavy client is never paused")
    }

    func pauseCause() async throws -> PauseCause? { try await broker.snapshot(of: "heavy")?.connection?.pauseCause }

    func credits() async throws -> Int {
        guard let credits = try await broker.snapshot(of: "heavy")?.connection?.credits else {
            throw TestFailure("the heavy client is not connected")
        }
        return credits
    }
}

// One after the other: who is slowed by all the others causes less work in its time.
@Suite("Protection from overload", .serialized)
struct OverloadTests {
    @Test(
        "Who has credits left is not slowed; nor is who has none, while nothing is shed",
        arguments: [(3, 20), (10, 10)])
    func enoughCredits(level: Int, packets: Int) async throws {
        try await TestBroker.with { broker in
            let heavy = try await Heavy(broker, level: level)
            heavy.spend(packets)
            try await heavy.answers(packets)
            #expect(broker.pauses(.credits) == 0)
        }
    }

    @Test("Who has none is not read from while much is shed, loses nothing, and goes on when the level falls")
    func credits() async throws {
        try await TestBroker.with { broker in
            let heavy = try await Heavy(broker, level: 10)
            try await heavy.exhaust()
            #expect(try await heavy.credits() < 200_000)
            #expect(broker.pauses(.credits) == 1)
            heavy.spend(3)
            try await heavy.light.publish("t", "x", qos: 1)
            #expect(try await broker.snapshot(of: "light")?.connection?.pauseCause == nil)
            broker.gates.setStressLevel(0)
            try await heavy.answers(3)
            try await heavy.client.ping()
            #expect(broker.counter(ShardCounters.connectionsPaused.base) == 0)
        }
    }

    @Test("With protection off nobody is slowed at any level")
    func off() async throws {
        try await TestBroker.with(limits: .with { $0.protectsFromOverload = false }) { broker in
            let client = try await TestClient.connect(broker, id: "heavy")
            broker.gates.setStressLevel(10)
            for _ in 0..<20 { client.send(Heavy.packet) }
            for _ in 0..<20 { _ = try await client.nextUnsuback() }
            #expect(broker.pauses(.credits) == 0)
        }
    }

    @Test("A paused client is answered PINGREQ and is not cut for its silence, others are served as ever")
    func keepAlive() async throws {
        try await TestBroker.with { broker in
            let heavy = try await Heavy(broker, level: 10, keepAlive: 4)
            try await heavy.exhaust()
            // These are handled one in each chunk, and it owes so much then that it stays paused.
            heavy.spend(6)
            try await heavy.answers(6)
            let elapsed = try await timed {
                for _ in 0..<3 {
                    let credits = try await heavy.credits()
                    #expect(credits < 200_000)
                    heavy.client.send(.pingreq)
                    try await heavy.light.publish("t", "x", qos: 1)
                    try await heavy.client.expect(.pingresp)
                }
            }
            // A chunk in every half of the keep-alive at least; without a keep-alive it would be one in ten seconds.
            #expect(elapsed < .seconds(20))
            #expect(try await heavy.credits() < 200_000)
            #expect(broker.counter(ShardCounters.resumes.base) >= 6)
            #expect(broker.gates.connectionCount == 2)
        }
    }

    @Test("A paused client that falls silent is given up all the same")
    func silence() async throws {
        try await TestBroker.with { broker in
            let heavy = try await Heavy(broker, level: 10, keepAlive: 1)
            try await heavy.exhaust()
            let light = heavy.light
            try await waitUntil("the silent client is given up") {
                try await light.ping()
                return broker.gates.connectionCount == 1
            }
        }
    }

    @Test("A paused client that resets its connection is seen to have gone, and its will is published")
    func reset() async throws {
        try await TestBroker.with { broker in
            let watcher = try await TestClient.connect(broker)
            try await watcher.subscribe("w")
            let heavy = try await Heavy(broker, level: 10, will: .init("w", "gone"))
            try await heavy.exhaust()
            await heavy.client.reset()
            #expect(try await watcher.nextPublish().text == "gone")
            try await waitUntil("it has gone") { broker.gates.connectionCount == 2 }
        }
    }

    @Test("Coming back does not pay a debt")
    func reconnecting() async throws {
        try await TestBroker.with { broker in
            let heavy = try await Heavy(broker, level: 10)
            try await heavy.exhaust()
            await heavy.client.reset()
            try await waitUntil("it has gone") { broker.gates.connectionCount == 1 }
            _ = try await TestClient.connect(broker, id: "heavy")
            #expect(try await heavy.credits() < 2_000_000)
        }
    }

    @Test("A client that has gone with packets waiting for credits can come back at once")
    func waitingPackets() async throws {
        try await TestBroker.with { broker in
            let heavy = try await Heavy(broker, level: 10)
            try await heavy.exhaust()
            heavy.spend(3)
            await heavy.client.close()
            let again = try await TestClient.connect(broker, id: "heavy")
            try await waitUntil("the old connection has gone") { broker.gates.connectionCount == 2 }
            #expect(!again.isClosed)
        }
    }

    @Test("At a high level retained messages come at a limited rate, and all of them come", arguments: [0, 10])
    func retained(level: Int) async throws {
        try await TestBroker.with { broker in
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<50 { try await publisher.publish("r/\(number)", "x", qos: 1, retain: true) }
            broker.gates.setStressLevel(level)
            try await Task.sleep(for: .milliseconds(300))
            var clients: [TestClient] = []
            for _ in 0..<31 { clients.append(try await TestClient.connect5(broker)) }
            let elapsed = try await timed {
                for client in clients { client.send(.subscribe(1, "r/#")) }
                for client in clients {
                    _ = try await client.nextSuback()
                    for _ in 0..<50 { _ = try await client.nextPublish() }
                }
            }
            // Five hundred in a tenth of a second, of 1,550.
            if level == 10 { #expect(elapsed >= .milliseconds(150), "\(elapsed)") }
        }
    }

    @Test("At a high level wills leave at a limited rate, and all of them leave", arguments: [0, 10])
    func wills(level: Int) async throws {
        try await TestBroker.with { broker in
            let watcher = try await TestClient.connect(broker)
            try await watcher.subscribe("w")
            var clients: [TestClient] = []
            for _ in 0..<81 { clients.append(try await TestClient.connect(broker, will: .init("w", "gone"))) }
            broker.gates.setStressLevel(level)
            try await Task.sleep(for: .milliseconds(300))
            let elapsed = try await timed {
                for client in clients { await client.reset() }
                for _ in clients { _ = try await watcher.nextPublish() }
            }
            // Twenty in a tenth of a second.
            if level == 10 { #expect(elapsed >= .milliseconds(250), "\(elapsed)") }
        }
    }
}
