import BrokerCore
import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: CONNACK")
struct ConnackTests {
    @Test(
        "The first packet of the broker is CONNACK, also for packets that came with CONNECT",
        .clauses("MQTT-3.2.0-1", "MQTT-3.1.4-4"), arguments: eventLoopCounts)
    func first(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let retainer = try await TestClient.connect(broker)
            try await retainer.publish("t", "kept", retain: true)
            let client = try await TestClient.sending(
                .connect(id: "c"), .subscribe(1, "t"), .publish("u", "x", qos: 1, id: 2), .pingreq, to: broker)
            #expect(try await client.next() == .connack(.init()))
            var names: [String] = []
            for _ in 0..<4 { names.append(try await client.next().name) }
            #expect(Set(names) == ["SUBACK", "PUBLISH", "PUBACK", "PINGRESP"])
        }
    }

    @Test("CONNACK stands before queued messages", .clauses("MQTT-3.2.0-1"), arguments: eventLoopCounts)
    func beforeQueue(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 1)
            try await client.disconnect()
            let publisher = try await TestClient.connect(broker)
            try await publisher.publish("t", "x", qos: 1)
            for _ in 0..<3 {
                let back = try await TestClient.sending(.connect(id: "c", clean: false), to: broker)
                #expect(try await back.next() == .connack(.init(sessionPresent: true)))
                #expect(try await back.nextPublish().text == "x")
                await back.reset()
            }
        }
    }

    @Test(
        "Session Present is 0 with CleanSession 1, and with 0 it tells whether there was a session",
        .clauses(
            "MQTT-3.2.2-1", "MQTT-3.2.2-2", "MQTT-3.2.2-3", "MQTT-3.1.4-3", "MQTT-3.1.2-4", "MQTT-3.1.2-6"),
        arguments: eventLoopCounts)
    func sessionPresent(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let steps = [
                (false, false), (false, true), (true, false), (false, false), (false, true), (true, false),
                (true, false), (false, false),
            ]
            for (clean, isPresent) in steps {
                let client = try await TestClient.connect(broker, id: "c", clean: clean)
                #expect(client.connack == .init(sessionPresent: isPresent))
                try await client.disconnect()
            }
        }
    }

    @Test(
        "A refused client learns why by the right code and is closed",
        .clauses("MQTT-3.2.2-4", "MQTT-3.2.2-5"), arguments: [("stranger", 4), ("forbidden", 5), ("closed", 3)])
    func refusals(userName: String, code: UInt8) async throws {
        try await TestBroker.with(ports: { _ in BrokerPorts(authority: RuleAuthority()) }) { broker in
            let known = try await TestClient.connect(broker, id: "c", clean: false)
            try await known.disconnect()
            let client = try await TestClient.sending(
                .connect(id: "c", clean: false, userName: userName, password: "x"), to: broker)
            try await client.expectRefusal(code)
            // The session of the name is as it was.
            #expect(try await TestClient.connect(broker, id: "c", clean: false).connack.sessionPresent)
        }
    }

    @Test(
        "What stands behind a refused CONNECT is not processed", .clauses("MQTT-3.1.4-5"), arguments: eventLoopCounts)
    func behindRefusal(eventLoops: Int) async throws {
        try await TestBroker.with(
            eventLoops: eventLoops, ports: { _ in BrokerPorts(authority: RuleAuthority()) }
        ) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("t")
            let connects: [ClientPacket] = [
                .connect(id: "", clean: false), .connect(id: "c", userName: "stranger"),
            ]
            for connect in connects {
                let client = try await TestClient.sending(
                    connect, .publish("t", "smuggled", retain: true), .publish("t", "smuggled", qos: 1),
                    .subscribe(1, "t"), to: broker)
                _ = try await client.nextConnack()
                try await client.expectClosed()
            }
            try await witness.publish("t", "regular")
            #expect(try await witness.nextPublish().text == "regular")
            try await witness.expectNothing()
        }
    }
}
