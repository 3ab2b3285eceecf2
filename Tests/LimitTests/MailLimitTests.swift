import BrokerTestKit
import BrokerValues
import MetricCatalog
import Testing

@Suite("What event loops hold for each other, and for speed")
struct MailLimitTests {
    @Test(
        "A publisher waits while too much is under way to another event loop, and nothing is lost",
        arguments: [(256, 1_048_576, false), (1, 1_048_576, true), (256, 4_096, true)])
    func mail(messages: Int, bytes: Int, isBeyond: Bool) async throws {
        let limits = BrokerLimits.with {
            $0.maximumMailMessages = messages
            $0.maximumMailBytes = bytes
        }
        try await TestBroker.with(eventLoops: 2, limits: limits) { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker)
            // In one read, so that all are handled before the other event loop can take one.
            var packets: [UInt8] = []
            for id in UInt16(1)...60 { packets += ClientPacket.publish("t", text(1_000), qos: 1, id: id).bytes(.v5) }
            publisher.send(packets)
            for id in UInt16(1)...60 {
                guard case .puback(let answer) = try await publisher.next() else {
                    throw TestFailure("PUBACK should come")
                }
                #expect(answer.packetIdentifier == id)
            }
            #expect(try await subscriber.takeAll().count == 60)
            #expect((broker.pauses(.mail) > 0) == isBeyond)
            #expect(broker.drops == 0)
        }
    }

    @Test("The cache of topics takes as many bytes as its limit says", arguments: [20_000, 10_000_000])
    func matchCache(bytes: Int) async throws {
        try await TestBroker.with(limits: .with { $0.matchCacheBytes = bytes }) { broker in
            let client = try await TestClient.connect(broker)
            try await client.subscribe("+/last")
            for number in 0..<1_000 { client.send(.publish("\(number)/t")) }
            try await client.publish("1/last", "x")
            #expect(try await client.nextPublish().text == "x")
            // The gauge is shown ten times a second.
            let misses = ShardCounters.matchCacheMisses.base
            try await waitUntil("the gauge is shown") { broker.counter(misses) >= 1_001 }
            let used = broker.counter(ShardCounters.matchCacheBytes.base)
            #expect(used > 0)
            #expect(bytes == 20_000 ? used <= bytes : used > 100_000)
        }
    }
}
