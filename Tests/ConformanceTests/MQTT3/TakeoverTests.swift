import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: takeover of a client identifier")
struct TakeoverTests {
    @Test(
        "A second connection with the identifier ends the first and publishes its will",
        .clauses("MQTT-3.1.4-2", "MQTT-3.1.2-8"), arguments: eventLoopCounts, [true, false])
    func oldConnectionEnds(eventLoops: Int, clean: Bool) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will")
            var last = try await TestClient.connect(broker, id: "c", clean: clean, will: .init("will", "0"))
            for round in 1...6 {
                let next = try await TestClient.connect(broker, id: "c", clean: clean, will: .init("will", "\(round)"))
                #expect(next.connack.sessionPresent == !clean)
                try await last.expectClosed()
                #expect(try await witness.nextPublish().text == "\(round - 1)")
                last = next
            }
            try await last.expectNothing()
            try await witness.expectNothing()
        }
    }

    @Test(
        "What the first connection subscribed to and left unacknowledged goes to the second",
        .clauses("MQTT-3.1.4-2", "MQTT-3.1.2-4", "MQTT-4.4.0-1"), arguments: eventLoopCounts)
    func stateMoves(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let first = try await TestClient.connect(broker, id: "c", clean: false)
            try await first.subscribe("t", qos: 2)
            try await publisher.publish("t", "one", qos: 1)
            try await publisher.publish("t", "two", qos: 2)
            let one = try await first.nextPublish()
            let two = try await first.nextPublish()
            let second = try await TestClient.connect(broker, id: "c", clean: false)
            try await first.expectClosed()
            for old in [one, two] {
                var expected = old
                expected.dup = true
                #expect(try await second.takePublish() == expected)
            }
            try await publisher.publish("t", "three", qos: 1)
            #expect(try await second.takePublish().text == "three")
            try await second.expectNothing()
        }
    }

    @Test(
        "A takeover with CleanSession 1 leaves nothing of the first session", .clauses("MQTT-3.1.4-2", "MQTT-3.1.2-6"),
        arguments: eventLoopCounts)
    func cleanTakeover(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            for _ in 0..<4 {
                let first = try await TestClient.connect(broker, id: "c", clean: false)
                try await first.subscribe("t", qos: 1)
                try await publisher.publish("t", "unacknowledged", qos: 1)
                _ = try await first.nextPublish()
                let second = try await TestClient.connect(broker, id: "c", clean: true)
                #expect(!second.connack.sessionPresent)
                try await first.expectClosed()
                try await publisher.publish("t", "more", qos: 1)
                try await second.expectNothing()
                try await second.disconnect()
            }
        }
    }

    @Test(
        "Of many connections with one identifier the last one stays, and nobody else is disturbed",
        .clauses("MQTT-3.1.4-2"), arguments: eventLoopCounts)
    func many(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let other = try await TestClient.connect(broker, id: "other")
            var rivals: [TestClient] = []
            for _ in 0..<30 { rivals.append(try await TestClient.sending(.connect(id: "c"), to: broker)) }
            // Which of those that connect at once is the last is for the broker to say; one that comes when all of them
            // were answered is later.
            for rival in rivals { _ = try await rival.nextConnack() }
            let last = try await TestClient.connect(broker, id: "c")
            for rival in rivals { try await rival.expectClosed() }
            try await last.expectNothing()
            try await other.expectNothing()
        }
    }
}
