import BrokerTestKit
import BrokerValues
import Testing

/// Clients that send all they have in one write, say DISCONNECT and close without waiting for anything.
@Suite("Event loops: clients that close at once")
struct DepartureTests {
    @Test(
        "All that a client sent before it closed is routed, and its DISCONNECT keeps the will back",
        .clauses("MQTT-3.14.4-3", "MQTT5-3.14.4-3", "MQTT-3.1.4-5", "MQTT5-3.1.4-5"), arguments: [1, 2, 3])
    func closeAtOnce(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let watcher = try await TestClient.connect(broker, id: "watcher", version: .v5)
            try await watcher.subscribe("#")
            let count = 120
            for number in 0..<count {
                let version: MQTTVersion = number % 2 == 0 ? .v311 : .v5
                let client = try await TestClient.open(broker, version: version)
                let fields = ConnectFields(id: "c\(number)", version: version, will: .init("will", "\(number)"))
                client.send([
                    .connect(fields), .publish("t", "\(number) a"), .publish("t", "\(number) b", qos: 1, id: 1),
                    .publish("t", "\(number) c"), .disconnect(),
                ])
                if number % 3 == 0 { await client.closeOutput() } else { await client.close() }
            }
            var seen: Set<String> = []
            for _ in 0..<(count * 3) { seen.insert(try await watcher.takePublish().text) }
            let all = (0..<count).flatMap { ["\($0) a", "\($0) b", "\($0) c"] }
            #expect(seen == Set(all))
            try await watcher.expectNothing()
        }
    }

    @Test("What clients sent before they closed outlasts the wait for the mail", .clauses("MQTT-3.14.4-3"))
    func mailFull() async throws {
        var limits = BrokerLimits()
        limits.maximumMailBytes = 65_536
        try await TestBroker.with(eventLoops: 2, limits: limits) { broker in
            let watcher = try await TestClient.connect(broker, id: "watcher")
            try await watcher.subscribe("will")
            try await watcher.subscribe("last/#")
            let receivers = [try await TestClient.connect(broker), try await TestClient.connect(broker)]
            for receiver in receivers { try await receiver.subscribe("flood") }
            let flood = (0..<300).map { _ in ClientPacket.publish("flood", String(repeating: ".", count: 1_000)) }
            for number in 0..<20 {
                let client = try await TestClient.open(broker)
                let fields = ConnectFields(id: "c\(number)", will: .init("will", "\(number)"))
                client.send([.connect(fields)] + flood + [.publish("last/\(number)", "\(number)"), .disconnect()])
                await client.closeOutput()
            }
            var seen: Set<String> = []
            for _ in 0..<20 { seen.insert(try await watcher.takePublish().topic) }
            #expect(seen == Set((0..<20).map { "last/\($0)" }))
        }
    }

    @Test("Clients that are cut off in the middle of everything leave nothing behind", arguments: [1, 2])
    func reset(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            for number in 0..<100 {
                let client = try await TestClient.open(broker)
                let publishes = (0..<50).map { ClientPacket.publish("t", "\($0)") }
                client.send([.connect(ConnectFields(id: "c\(number)"))] + publishes)
                await client.reset()
            }
            try await waitUntil("all connections to be gone") { try await broker.isDeserted() }
        }
    }
}
