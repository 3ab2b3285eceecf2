import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: keep-alive")
struct KeepAliveTests {
    @Test(
        "A client that is silent for one and a half times its keep-alive is closed; without keep-alive it is not",
        .clauses("MQTT-3.1.2-23", "MQTT-3.1.2-24"), arguments: eventLoopCounts)
    func silence(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let unlimited = try await TestClient.connect(broker, keepAlive: 0)
            let long = try await TestClient.connect(broker, keepAlive: 600)
            let silent = try await TestClient.connect(broker, keepAlive: 1)
            try await silent.expectClosed()
            try await unlimited.expectNothing()
            try await long.expectNothing()
        }
    }

    @Test("Every packet of the client counts as a sign of life", .clauses("MQTT-3.1.2-24"))
    func signsOfLife() async throws {
        try await TestBroker.with { broker in
            let silent = try await TestClient.connect(broker, keepAlive: 2)
            let lively = try await TestClient.connect(broker, keepAlive: 2)
            let packets: [ClientPacket] = [
                .pingreq, .publish("t", "x"), .puback(9), .subscribe(1, "a"), .unsubscribe(2, ["a"]), .pubrel(3),
            ]
            var sent = 0
            while !silent.isClosed {
                lively.send(packets[sent % packets.count])
                sent += 1
                try await Task.sleep(for: .milliseconds(100))
            }
            try await silent.expectClosed()
            #expect(!lively.isClosed)
        }
    }

    @Test(
        "What the broker sends is no sign of the client's life, and neither is half a packet",
        .clauses("MQTT-3.1.2-24"))
    func oneSided() async throws {
        try await TestBroker.with { broker in
            let subscriber = try await TestClient.connect(broker, keepAlive: 1)
            try await subscriber.subscribe("t")
            let dripping = try await TestClient.connect(broker, keepAlive: 1)
            dripping.send([0x30, 0xFF, 0x7F, 0, 1, 0x74])
            let publisher = try await TestClient.connect(broker)
            for _ in 0..<300 where !(subscriber.isClosed && dripping.isClosed) {
                try await publisher.publish("t", "x")
                dripping.send([0x78])
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(subscriber.isClosed && dripping.isClosed)
        }
    }
}
