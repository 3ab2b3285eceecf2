import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

/// Many clients that do not read share one limit.
struct UnsentLimitTests {
    private let observer = RecordingObserver()

    private func broker(shardCount: Int = 1) -> SimulatedBroker {
        var limits = BrokerLimits()
        limits.maximumUnsentBytes = 40_000
        limits.maximumBrokerUnsentBytes = 100_000 * shardCount
        limits.writeBufferHighThreshold = 20_000
        limits.writeBufferLowThreshold = 2_000
        let observer = observer
        return SimulatedBroker(shardCount: shardCount, limits: limits) { _ in BrokerPorts(observer: observer) }
    }

    private func readers(_ broker: SimulatedBroker, _ count: Int, qos: UInt8) throws -> [TestClient] {
        try (0..<count).map { number in
            let client = try TestClient.connected(broker, ConnectFields("stalled-\(number)"), capacity: 500)
            _ = try client.subscribe("t", qos)
            return client
        }
    }

    @Test("QoS 0 to clients that do not read stops at the limit of all of them, and who reads still gets everything")
    func atMostOnce() throws {
        let broker = broker()
        let stalled = try readers(broker, 10, qos: 0)
        let healthy = try TestClient.connected(broker, ConnectFields("healthy"))
        _ = try healthy.subscribe("t", 0)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        let text = String(repeating: ".", count: 1_000)
        var received = 0
        for _ in 0..<60 {
            publisher.publish("t", text)
            received += try healthy.payloads().count
        }
        #expect(received == 60)
        #expect(broker.shard.unsentBytes > 90_000)
        #expect(broker.shard.unsentBytes < 120_000, "ten times 40 KB would be allowed for each alone")
        #expect(observer.drops.allSatisfy { $0.reason == .connectionNotWritable && $0.client.hasPrefix("stalled") })
        #expect(observer.count(of: .connectionNotWritable) > 400)
        for client in stalled { _ = try client.receive() }
        #expect(broker.shard.unsentBytes == 0)
        let before = observer.drops.count
        for _ in 0..<5 { publisher.publish("t", text) }
        #expect(observer.drops.count == before)
        for client in stalled { #expect(try client.payloads().count == 5) }
    }

    @Test("The bytes of one tick count before the sockets have said what they take")
    func oneTick() throws {
        let broker = broker()
        _ = try readers(broker, 20, qos: 0)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        var burst: [UInt8] = []
        for _ in 0..<100 { burst += ClientPacket.publish("t", [UInt8](repeating: 1, count: 1_000)) }
        publisher.send(burst)
        #expect(broker.shard.unsentBytes > 90_000)
        // One message in 64 is looked at.
        #expect(broker.shard.unsentBytes < 250_000)
    }

    @Test("QoS 1 waits in the queue instead, and arrives complete", arguments: [1, 2])
    func atLeastOnce(shardCount: Int) throws {
        let broker = broker(shardCount: shardCount)
        let stalled = try readers(broker, 10, qos: 1)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"), shard: shardCount - 1)
        for number in 0..<60 { publisher.publish("t", "\(number) " + String(repeating: ".", count: 1_000), qos: 1) }
        #expect(broker.shard.unsentBytes < 130_000)
        #expect(broker.shard.queuedBytes > 400_000)
        for client in stalled {
            let numbers = try client.payloads().map { $0.split(separator: " ").first.map(String.init) }
            #expect(numbers == (0..<60).map(String.init))
        }
        #expect(observer.drops.isEmpty)
        #expect(broker.shard.unsentBytes == 0)
        for client in stalled { client.lose() }
        #expect(broker.shard.unsentBytes == 0)
    }
}
