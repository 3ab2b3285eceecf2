import BrokerTestKit
import Testing

/// Topics enough that with two event loops some live on each.
private let topics = (0..<8).map { "house/room\($0)" }

@Suite("MQTT 3.1.1: retained messages")
struct RetainedTests {
    @Test(
        "A retained message and its QoS are kept for those who subscribe later, and marked for them",
        .clauses("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-8", "MQTT-3.3.1-9"), arguments: eventLoopCounts)
    func kept(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let early = try await TestClient.connect(broker)
            try await early.subscribe("house/#", qos: 2)
            let publisher = try await TestClient.connect(broker)
            for (number, topic) in topics.enumerated() {
                let qos = UInt8(number % 3)
                try await publisher.publish(topic, "old", qos: qos, retain: true)
                try await publisher.publish(topic, "\(number)", qos: qos, retain: true)
                for text in ["old", "\(number)"] {
                    let live = try await early.takePublish()
                    #expect(live == .init(topic, text, qos: qos, id: live.packetIdentifier, retain: false))
                }
            }
            let late = try await TestClient.connect(broker)
            for (number, topic) in topics.enumerated() {
                try await late.subscribe(topic, qos: 2)
                let kept = try await late.takePublish()
                #expect(
                    kept == .init(topic, "\(number)", qos: UInt8(number % 3), id: kept.packetIdentifier, retain: true))
                try await late.expectNothing()
            }
        }
    }

    @Test(
        "A new subscription with wildcards gets the last message of every matching topic",
        .clauses("MQTT-3.3.1-6", "MQTT-3.3.1-8"), arguments: eventLoopCounts)
    func wildcards(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            for topic in topics + ["house", "house/room0/lamp", "other", "$internal/x"] {
                try await publisher.publish(topic, topic, qos: 1, retain: true)
            }
            let matches: [(String, [String])] = [
                ("house/+", topics), ("house/#", topics + ["house", "house/room0/lamp"]), ("+", ["house", "other"]),
                ("house/+/lamp", ["house/room0/lamp"]), ("+/room3", ["house/room3"]),
                ("#", topics + ["house", "house/room0/lamp", "other"]), ("nothing/#", []),
                ("$internal/#", ["$internal/x"]),
            ]
            for (filter, expected) in matches {
                let subscriber = try await TestClient.connect(broker)
                try await subscriber.subscribe(filter, qos: 1)
                #expect(try await subscriber.takeTexts(expected.count).sorted() == expected.sorted())
                try await subscriber.expectNothing()
            }
        }
    }

    @Test(
        "A retained message of QoS 0 replaces the older one", .clauses("MQTT-3.3.1-7", "MQTT-3.3.1-5"),
        arguments: eventLoopCounts)
    func replacedByQoS0(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            for topic in topics {
                try await publisher.publish(topic, "old", qos: 2, retain: true)
                try await publisher.publish(topic, "new", qos: 0, retain: true)
            }
            let subscriber = try await TestClient.connect(broker)
            for topic in topics {
                try await subscriber.subscribe(topic, qos: 2)
                #expect(try await subscriber.nextPublish() == .init(topic, "new", qos: 0, retain: true))
            }
        }
    }

    @Test(
        "An empty retained message is delivered, clears its topic and is not kept",
        .clauses("MQTT-3.3.1-10", "MQTT-3.3.1-11"), arguments: eventLoopCounts, [0, 1, 2] as [UInt8])
    func cleared(eventLoops: Int, qos: UInt8) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let early = try await TestClient.connect(broker)
            try await early.subscribe("house/+", qos: 2)
            let publisher = try await TestClient.connect(broker)
            for topic in topics {
                for text in ["something", "", ""] {
                    try await publisher.publish(topic, text, qos: qos, retain: true)
                    let live = try await early.takePublish()
                    #expect(live == .init(topic, text, qos: qos, id: live.packetIdentifier))
                }
            }
            let late = try await TestClient.connect(broker)
            try await late.subscribe("#", qos: 2)
            try await late.expectNothing()
        }
    }

    @Test(
        "A message without RETAIN neither replaces nor clears what is retained", .clauses("MQTT-3.3.1-12"),
        arguments: eventLoopCounts)
    func untouched(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            try await publisher.publish("never", "x", qos: 1)
            for topic in topics {
                try await publisher.publish(topic, "kept", qos: 1, retain: true)
                try await publisher.publish(topic, "passing", qos: 1)
                try await publisher.publish(topic, "", qos: 1)
            }
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("#", qos: 1)
            let texts = try await subscriber.takeTexts(topics.count)
            #expect(texts == topics.map { _ in "kept" })
            try await subscriber.expectNothing()
        }
    }

    @Test("A session that comes back gets no retained message without subscribing", .clauses("MQTT-3.3.1-6"))
    func notOnResume() async throws {
        try await TestBroker.with(eventLoops: 2) { broker in
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 0)
            try await client.disconnect()
            try await TestClient.connect(broker).publish("t", "kept", qos: 1, retain: true)
            for _ in 0..<3 {
                let back = try await TestClient.connect(broker, id: "c", clean: false)
                try await back.expectNothing()
                try await back.disconnect()
            }
        }
    }
}
