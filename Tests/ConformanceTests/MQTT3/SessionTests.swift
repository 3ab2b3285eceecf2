import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: sessions")
struct SessionTests {
    @Test(
        "A session with CleanSession 0 keeps its subscriptions and the QoS 1 and 2 messages that come meanwhile",
        .clauses("MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1", "MQTT-3.2.2-2"),
        arguments: eventLoopCounts)
    func resume(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe([FilterRequest("a", qos: 1), FilterRequest("b/#", qos: 2)])
            try await client.disconnect()
            let publisher = try await TestClient.connect(broker)
            for number in 0..<10 {
                try await publisher.publish("a", "a\(number)", qos: 1)
                try await publisher.publish("b/c", "b\(number)", qos: 2)
            }
            for _ in 0..<3 {
                // An odd number of connections between the two lands the client on either loop.
                let back = try await TestClient.connect(broker, id: "c", clean: false)
                #expect(back.connack.sessionPresent)
                await back.reset()
            }
            let back = try await TestClient.connect(broker, id: "c", clean: false)
            let expected = (0..<10).flatMap { ["a\($0)", "b\($0)"] }
            #expect(try await back.takeTexts(20) == expected)
            try await publisher.publish("b", "still subscribed", qos: 1)
            #expect(try await back.takePublish().text == "still subscribed")
            try await back.expectNothing()
        }
    }

    @Test(
        "A session with CleanSession 1 ends with its connection: no subscription and no message is left",
        .clauses("MQTT-3.1.2-6", "MQTT-3.2.2-1", "MQTT-3.2.2-3"), arguments: eventLoopCounts)
    func clean(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let client = try await TestClient.connect(broker, id: "c", clean: true)
            try await client.subscribe("t", qos: 2)
            try await publisher.publish("t", "unacknowledged", qos: 2)
            #expect(try await client.nextPublish().text == "unacknowledged")
            try await client.disconnect()
            try await publisher.publish("t", "missed", qos: 2)
            let back = try await TestClient.connect(broker, id: "c", clean: false)
            #expect(!back.connack.sessionPresent)
            try await publisher.publish("t", "not subscribed", qos: 2)
            try await back.expectNothing()
        }
    }

    @Test(
        "CleanSession 1 drops the stored session of an earlier connection",
        .clauses("MQTT-3.1.2-6", "MQTT-3.1.4-3", "MQTT-3.2.2-1"), arguments: eventLoopCounts)
    func cleanDropsStored(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            for round in 0..<4 {
                let client = try await TestClient.connect(broker, id: "c", clean: false)
                #expect(!client.connack.sessionPresent)
                try await client.subscribe("t", qos: 1)
                try await client.disconnect()
                try await publisher.publish("t", "\(round)", qos: 1)
                let clean = try await TestClient.connect(broker, id: "c", clean: true)
                try await clean.expectNothing()
                try await publisher.publish("t", "\(round)", qos: 1)
                try await clean.expectNothing()
                try await clean.disconnect()
            }
        }
    }

    @Test(
        "A session lasts as long as its connection, also when it was taken up with CleanSession 0 before",
        .clauses("MQTT-4.1.0-2", "MQTT-4.1.0-1"), arguments: eventLoopCounts)
    func lifetime(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let clean = try await TestClient.connect(broker, id: "clean", clean: true)
            let kept = try await TestClient.connect(broker, id: "kept", clean: false)
            for client in [clean, kept] { try await client.subscribe("t", qos: 1) }
            for round in 0..<20 {
                try await publisher.publish("t", "\(round)", qos: 1)
                for client in [clean, kept] { #expect(try await client.takePublish().text == "\(round)") }
            }
            try await publisher.publish("t", "last", qos: 1)
            for client in [clean, kept] { #expect(try await client.takePublish().text == "last") }
        }
    }

    @Test(
        "QoS 0 messages are not owed to a client that is away, and never come before older ones",
        .clauses("MQTT-3.1.2-5"), arguments: eventLoopCounts)
    func atMostOnceWhileAway(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 2)
            try await client.disconnect()
            let publisher = try await TestClient.connect(broker)
            for qos: UInt8 in [1, 0, 2, 0] { try await publisher.publish("t", "qos \(qos)", qos: qos) }
            let back = try await TestClient.connect(broker, id: "c", clean: false)
            #expect(try await back.takeTexts(2) == ["qos 1", "qos 2"])
            try await back.expectNothing()
        }
    }

    @Test(
        "Retained messages outlive the session that published them", .clauses("MQTT-3.1.2-7"),
        arguments: eventLoopCounts)
    func retained(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker, id: "p", clean: true)
            for topic in ["a", "b", "c", "d"] { try await publisher.publish(topic, "kept", qos: 1, retain: true) }
            try await publisher.disconnect()
            try await TestClient.connect(broker, id: "p", clean: true).disconnect()
            let subscriber = try await TestClient.connect(broker)
            for topic in ["a", "b", "c", "d"] {
                try await subscriber.subscribe(topic, qos: 1)
                #expect(try await subscriber.takePublish().text == "kept")
            }
        }
    }

    @Test(
        "Every session with a matching subscription gets an accepted message, here or away",
        .clauses("MQTT-4.5.0-1"), arguments: eventLoopCounts)
    func everySession(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            var online: [TestClient] = []
            for number in 0..<8 {
                let client = try await TestClient.connect(broker, id: "c\(number)", clean: false)
                try await client.subscribe(["s/t", "s/+", "+/t", "#", "s/#", "s/t/#", "s/t", "+/+"][number], qos: 2)
                if number % 3 == 0 { try await client.disconnect() } else { online.append(client) }
            }
            let publisher = try await TestClient.connect(broker)
            try await publisher.publish("s/t", "one", qos: 1)
            try await publisher.publish("s/t", "two", qos: 2)
            for number in [0, 3, 6] {
                online.append(try await TestClient.connect(broker, id: "c\(number)", clean: false))
            }
            for client in online {
                #expect(try await client.takeTexts(2) == ["one", "two"])
                try await client.expectNothing()
            }
        }
    }
}
