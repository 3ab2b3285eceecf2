import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: PINGREQ and DISCONNECT")
struct PingTests {
    @Test("Every PINGREQ is answered", .clauses("MQTT-3.12.4-1"), arguments: [TestedVersion.v31, .v311])
    func everyPing(version: TestedVersion) async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker, id: "c", version: version.mqtt)
            client.send([ClientPacket](repeating: .pingreq, count: 100))
            for _ in 0..<100 { #expect(try await client.next() == .pingresp) }
            try await client.expectNothing()
        }
    }

    @Test(
        "After DISCONNECT the broker closes a connection that the client leaves open", .clauses("MQTT-3.14.4-1"),
        arguments: eventLoopCounts)
    func brokerCloses(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            for clean in [true, false] {
                let client = try await TestClient.connect(broker, id: "c", clean: clean)
                try await client.expectClosed(after: .disconnect())
            }
        }
    }

    @Test(
        "What stands behind DISCONNECT is not processed", .clauses("MQTT-3.14.4-2"), arguments: eventLoopCounts)
    func behindDisconnect(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("t")
            let client = try await TestClient.connect(broker, id: "c", clean: false, will: .init("t", "will"))
            client.send([
                .disconnect(), .publish("t", "x", retain: true), .publish("t", "x", qos: 1), .subscribe(1, "t"),
                .pingreq, .raw(0x00, []),
            ])
            try await client.expectClosed()
            try await witness.expectNothing()
            let back = try await TestClient.connect(broker, id: "c", clean: false)
            try await witness.publish("t", "regular")
            #expect(try await witness.nextPublish().text == "regular")
            try await back.expectNothing()
        }
    }

    @Test("What stands before DISCONNECT is processed", .clauses("MQTT-3.14.4-2"), arguments: eventLoopCounts)
    func beforeDisconnect(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("t", qos: 1)
            _ = try await TestClient.sending(
                .connect(id: "c"), .publish("t", "0"), .publish("t", "1", qos: 1), .disconnect(), to: broker)
            #expect(try await witness.takeTexts(2) == ["0", "1"])
        }
    }
}
