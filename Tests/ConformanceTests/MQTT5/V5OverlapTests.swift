import BrokerTestKit
import Testing

@Suite("MQTT 5: overlapping subscriptions, identifiers and No Local")
struct V5OverlapTests {
    private static func identifiers(_ publish: ServerPacket.Publish) -> [Int] {
        publish.properties.all(0x0B).compactMap { [$0].number(0x0B) }.sorted()
    }

    @Test(
        "Overlapping subscriptions deliver one copy, at the highest QoS, with all identifiers",
        .clauses("MQTT5-3.3.4-2", "MQTT5-3.3.4-3", "MQTT5-3.3.4-4"), arguments: [1, 2])
    func joint(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let durable = try await TestClient.connect5(broker, id: "durable", expiry: 60)
            let live = try await TestClient.connect5(broker)
            for client in [durable, live] {
                try await client.subscribe("a/+", qos: 0, properties: [.subscriptionIdentifier(1)])
                try await client.subscribe("a/b", qos: 2, properties: [.subscriptionIdentifier(200)])
                try await client.subscribe("#", qos: 1, properties: [.subscriptionIdentifier(3)])
                try await client.subscribe("+/b", qos: 1)
                try await client.subscribe("x", qos: 2, properties: [.subscriptionIdentifier(99)])
            }
            try await durable.disconnect()
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(0)...2 { try await publisher.publish("a/b", "\(qos)", qos: qos) }
            for qos in UInt8(0)...2 {
                let publish = try await live.expectPublish("\(qos)")
                #expect(publish.qos == qos && Self.identifiers(publish) == [1, 3, 200])
            }
            try await live.expectNothing()
            let again = try await TestClient.connect5(broker, id: "durable", clean: false)
            for qos in UInt8(1)...2 {
                let publish = try await again.expectPublish("\(qos)")
                #expect(publish.qos == qos && Self.identifiers(publish) == [1, 3, 200])
            }
            try await again.expectNothing()
        }
    }

    @Test(
        "A message carries the identifiers of exactly those subscriptions that match it",
        .clauses("MQTT5-3.3.4-3", "MQTT5-3.3.4-5", "MQTT5-3.3.2-3"), arguments: [1, 2])
    func exact(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            // One identifier may stand for several filters.
            try await client.subscribe(
                [FilterRequest("a"), FilterRequest("b/#")], properties: [.subscriptionIdentifier(1)])
            try await client.subscribe("b/c", properties: [.subscriptionIdentifier(268_435_455)])
            try await client.subscribe("d")
            let publisher = try await TestClient.connect5(broker)
            let expected: [(String, [Int])] = [
                ("a", [1]), ("b", [1]), ("b/c", [1, 268_435_455]), ("b/d", [1]), ("d", []),
            ]
            for (topic, identifiers) in expected {
                try await publisher.publish(topic, topic)
                #expect(Self.identifiers(try await client.expectPublish(topic)) == identifiers)
            }
        }
    }

    @Test(
        "A new SUBSCRIBE to the same filter replaces options and identifier, or removes it",
        .clauses("MQTT5-3.8.4-3", "MQTT5-3.3.4-3", "MQTT5-3.8.4-4"), arguments: [1, 2])
    func replaced(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            let publisher = try await TestClient.connect5(broker)
            func check(_ client: TestClient, _ qos: UInt8, _ identifiers: [Int]) async throws {
                try await publisher.publish("t/1", "x", qos: 2)
                let publish = try await client.expectPublish("x")
                #expect(publish.qos == qos && Self.identifiers(publish) == identifiers)
                try await client.expectNothing()
            }
            try await client.subscribe("t/+", qos: 0, properties: [.subscriptionIdentifier(1)])
            try await check(client, 0, [1])
            try await client.subscribe("t/+", qos: 2, properties: [.subscriptionIdentifier(2)])
            try await check(client, 2, [2])
            try await client.subscribe("t/+", qos: 1)
            try await check(client, 1, [])
            try await client.subscribe("t/+", qos: 2, properties: [.subscriptionIdentifier(3)])
            try await client.disconnect()
            // The identifier belongs to the session.
            for _ in 0..<2 {
                let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                try await check(again, 2, [3])
                try await again.disconnect()
            }
        }
    }

    @Test("No message is lost while a subscription is replaced", .clauses("MQTT5-3.8.4-4"), arguments: [1, 2])
    func replacedUnderLoad(loops: Int) async throws {
        let count = 200
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            let publisher = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 1)
            for number in 0..<count {
                publisher.send(.publish("t", "\(number)", qos: 1, id: UInt16(number + 1)))
                if number % 5 == 0 {
                    client.send(.subscribe(1, [FilterRequest("t", qos: 1, retainHandling: UInt8(number / 5 % 3))]))
                    await Task.yield()
                }
            }
            try await publisher.complete(count, qos: 1)
            for _ in 0..<count / 5 { _ = try #require(try await client.nextAfterPublishes() == .suback(.init(1, [1]))) }
            for number in 0..<count { try await client.expectPublish("\(number)") }
        }
    }

    @Test(
        "With No Local a client does not get what it published itself",
        .clauses("MQTT5-3.8.3-3"), arguments: [1, 2])
    func noLocal(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c")
            let other = try await TestClient.connect5(broker, id: "o")
            for each in [client, other] {
                try await each.subscribe([FilterRequest("t", qos: 2, noLocal: true), FilterRequest("u", qos: 2)])
            }
            for qos in UInt8(0)...2 {
                try await client.publish("t", "of client \(qos)", qos: qos)
                try await other.publish("t", "of other \(qos)", qos: qos)
                try await other.expectPublish("of client \(qos)")
                try await client.expectPublish("of other \(qos)")
                try await client.publish("u", "local", qos: qos)
                for each in [client, other] { try await each.expectPublish("local") }
            }
            for each in [client, other] { try await each.expectNothing() }
        }
    }

    @Test(
        "No Local compares client identifiers, also across connections, wills and retained messages",
        .clauses("MQTT5-3.8.3-3"), arguments: [1, 2])
    func noLocalAcross(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let other = try await TestClient.connect5(broker, id: "o")
            var client = try await TestClient.connect5(broker, id: "c", will: .init("t", "will", qos: 1), expiry: 60)
            try await client.subscribe([FilterRequest("t", qos: 1, noLocal: true)])
            try await client.publish("t", "own", qos: 1, retain: true)
            client.send(.disconnect(reason: 4))
            try await client.expectClosed()
            try await other.publish("t", "of the other", qos: 1)
            for _ in 0..<2 {
                client = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                try await client.publish("t", "own", qos: 1)
                await client.close()
            }
            client = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
            try await client.expectPublish("of the other")
            try await client.subscribe([FilterRequest("t", qos: 1, noLocal: true)])
            try await client.expectNothing()
            try await client.subscribe([FilterRequest("t", qos: 1)])
            try await client.expectPublish("own")
        }
    }

    @Test(
        "No Local on one of two overlapping subscriptions does not silence the other",
        .clauses("MQTT5-3.8.3-3", "MQTT5-3.3.4-2"), arguments: [1, 2])
    func noLocalOverlap(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe(
                [FilterRequest("t", qos: 2, noLocal: true)], properties: [.subscriptionIdentifier(1)])
            try await client.subscribe("+", qos: 1, properties: [.subscriptionIdentifier(2)])
            try await client.publish("t", "own", qos: 2)
            let own = try await client.expectPublish("own")
            #expect(own.qos == 1 && Self.identifiers(own) == [2])
            let other = try await TestClient.connect5(broker)
            try await other.publish("t", "other", qos: 2)
            let foreign = try await client.expectPublish("other")
            #expect(foreign.qos == 2 && Self.identifiers(foreign) == [1, 2])
            try await client.expectNothing()
        }
    }
}
