import BrokerTestKit
import BrokerValues
import MetricCatalog
import Testing

// One after the other: what they measure is a share of the machine as well.
@Suite("Bytes a second of all clients together", .serialized)
struct RateLimitTests {
    /// A PUBLISH of a thousand bytes.
    private static let packet = ClientPacket.publish("t", text(994)).bytes(.v311)
    /// Bytes that may come in one moment: a tenth of a second's.
    private static let burst = 20_000

    private func limits(incoming: Bool) -> BrokerLimits {
        .with {
            if incoming { $0.incomingBytesPerSecond = 200_000 } else { $0.outgoingBytesPerSecond = 200_000 }
        }
    }

    private func throttledBytes(_ broker: TestBroker) -> Int {
        broker.counter(ShardCounters.throttledBytes.base) + broker.counter(ShardCounters.throttledBytes.base + 1)
    }

    @Test(
        "A burst passes at once; beyond it nothing is lost, but it takes as long as the limit says",
        arguments: [10_000, 20_000, 120_000], [true, false])
    func burst(bytes: Int, incoming: Bool) async throws {
        try await TestBroker.with(limits: limits(incoming: incoming)) { broker in
            let subscriber = try await TestClient.connect(broker)
            if !incoming { try await subscriber.subscribe("t") }
            let publisher = try await TestClient.connect(broker)
            // What CONNECT used is paid for then.
            try await Task.sleep(for: .milliseconds(200))
            let count = bytes / Self.packet.count
            let elapsed = try await timed {
                publisher.send([UInt8]([[UInt8]](repeating: Self.packet, count: count).joined()))
                // No packet behind them: it would be one beyond the burst.
                try await waitUntil("all are handled") { broker.publishBytesReceived == bytes }
                for _ in 0..<(incoming ? 0 : count) { _ = try await subscriber.nextPublish() }
            }
            #expect(broker.publishBytesReceived == bytes)
            if bytes <= Self.burst {
                #expect(broker.pauses(.bandwidth) == 0)
                #expect(throttledBytes(broker) == 0)
            } else {
                // What may be overdrawn at the end: a hundredth of a second, and a turn.
                #expect(elapsed >= .milliseconds((bytes - Self.burst) / 200 - 60), "\(elapsed)")
                #expect(broker.pauses(.bandwidth) > 0)
                #expect(throttledBytes(broker) > 0)
            }
            #expect(broker.drops - broker.drops(.clientOffline) == 0)
        }
    }

    @Test(
        "Clients that send all the time get no more than the limit, and most of it", arguments: [true, false], [1, 2])
    func sustained(incoming: Bool, eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops, limits: limits(incoming: incoming)) { broker in
            let subscriber = try await TestClient.connect(broker)
            if !incoming { try await subscriber.subscribe("t") }
            var publishers: [TestClient] = []
            for _ in 0..<4 { publishers.append(try await TestClient.connect(broker)) }
            let clock = ContinuousClock()
            let start = clock.now
            for publisher in publishers {
                publisher.send([UInt8]([[UInt8]](repeating: Self.packet, count: 1_000).joined()))
            }
            try await Task.sleep(for: .seconds(3))
            let bytes = incoming ? broker.publishBytesReceived : broker.publishBytesSent
            let elapsed = start.duration(to: clock.now)
            let allowed = Double(elapsed.components.seconds) * 2e5 + Double(elapsed.components.attoseconds) * 2e-13
            // Each turn may overdraw by a packet.
            #expect(Double(bytes) <= allowed + 2 * Double(Self.burst) + 20_000)
            #expect(Double(bytes) >= min(allowed, 4_000_000) / 2)
            #expect(broker.drops == 0)
        }
    }

    @Test("Without a limit nobody waits for one")
    func unlimited() async throws {
        try await TestBroker.with { broker in
            let publisher = try await TestClient.connect(broker)
            publisher.send([UInt8]([[UInt8]](repeating: Self.packet, count: 500).joined()))
            try await publisher.ping()
            #expect(broker.pauses(.bandwidth) == 0)
            #expect(throttledBytes(broker) == 0)
        }
    }
}
