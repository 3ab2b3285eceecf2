import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: message expiry")
struct V5ExpiryTests {
    @Test(
        "A message that expired while it waited is not delivered; what is left of the others is told",
        .clauses("MQTT5-3.3.2-5", "MQTT5-3.3.2-6"), arguments: [1, 2])
    func queued(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            try await client.disconnect()
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(1)...2 {
                try await publisher.publish("t", "short", qos: qos, properties: [.messageExpiry(1)])
                try await publisher.publish("t", "long", qos: qos, properties: [.messageExpiry(100)])
                try await publisher.publish("t", "endless", qos: qos)
            }
            try await Task.sleep(for: .milliseconds(1200))
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            for _ in 1...2 {
                let long = try await again.expectPublish("long")
                let left = try #require(long.properties.number(0x02))
                #expect(left < 100 && left > 60)
                #expect(try await again.expectPublish("endless").properties.isEmpty)
            }
            try await again.expectNothing()
        }
    }

    @Test(
        "A retained message counts down and is gone when it has expired",
        .clauses("MQTT5-3.3.2-5", "MQTT5-3.3.2-6"), arguments: [1, 2])
    func retained(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<4 {
                try await publisher.publish("r/short/\(number)", "x", retain: true, properties: [.messageExpiry(1)])
                try await publisher.publish("r/long/\(number)", "x", retain: true, properties: [.messageExpiry(100)])
            }
            try await Task.sleep(for: .milliseconds(1200))
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("r/#")
            for _ in 0..<4 {
                let publish = try await client.expectPublish("x")
                #expect(publish.topic.hasPrefix("r/long/"))
                let left = try #require(publish.properties.number(0x02))
                #expect(left < 100 && left > 60)
            }
            try await client.expectNothing()
        }
    }

    @Test("A will's expiry counts from its publication", .clauses("MQTT5-3.3.2-5", "MQTT5-3.3.2-6"))
    func will() async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker, id: "o", expiry: 60)
            try await observer.subscribe("w", qos: 1)
            let will = ConnectFields.Will("w", "short", qos: 1, properties: [.messageExpiry(1)])
            let client = try await TestClient.connect5(broker, will: will)
            try await Task.sleep(for: .milliseconds(1200))
            client.send(.disconnect(reason: 4))
            try await client.expectClosed()
            #expect(try await observer.expectPublish("short").properties.number(0x02) == 1)
            // And from there on it counts like any other.
            let other = try await TestClient.connect5(broker, will: will)
            try await observer.disconnect()
            other.send(.disconnect(reason: 4))
            try await other.expectClosed()
            try await Task.sleep(for: .milliseconds(1200))
            let again = try await TestClient.connect5(broker, id: "o", clean: false)
            try await again.expectNothing()
        }
    }

    @Test("A message that waits for the window expires there", .clauses("MQTT5-3.3.2-5"))
    func behindWindow() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, properties: [.receiveMaximum(1)])
            try await client.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t", "open", qos: 1)
            try await publisher.publish("t", "short", qos: 1, properties: [.messageExpiry(1)])
            try await publisher.publish("t", "long", qos: 1, properties: [.messageExpiry(50)])
            let open = try await client.expectUnanswered("open")
            try await Task.sleep(for: .milliseconds(1200))
            client.send(.puback(try open.identifier()))
            try await client.expectPublish("long")
            try await client.expectNothing()
        }
    }

    @Test(
        "Once sent there is no expiry: the exchange goes on",
        .clauses("MQTT5-4.3.3-7", "MQTT5-4.3.3-13", "MQTT5-3.3.2-6"), arguments: [1, 2])
    func sent(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker, id: "p")
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            publisher.send(.publish("t", "one", qos: 2, id: 1, properties: [.messageExpiry(1)]))
            try await publisher.expect(.pubrec(1))
            try await publisher.publish("t", "two", qos: 1, id: 2, properties: [.messageExpiry(1)])
            let one = try await client.expectUnanswered("one")
            _ = try await client.expectUnanswered("two")
            #expect(one.properties.number(0x02) == 1)
            await client.close()
            try await Task.sleep(for: .milliseconds(1200))
            // Inwards: the PUBREL of a message that expired is answered as ever.
            publisher.send(.pubrel(1))
            try await publisher.expect(.pubcomp(1))
            // Outwards: it is sent again, with nothing left of its interval.
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            for text in ["one", "two"] {
                let publish = try await again.expectPublish(text)
                #expect(publish.dup && publish.properties.number(0x02) ?? 0 == 0)
            }
            try await again.expectNothing()
        }
    }

    @Test("A message with expiry 0 is not delivered to anybody later", .clauses("MQTT5-3.3.2-5"), arguments: [1, 2])
    func zero(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 1)
            try await client.disconnect()
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t", "x", qos: 1, retain: true, properties: [.messageExpiry(0)])
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            try await again.subscribe("t", qos: 1)
            try await again.expectNothing()
        }
    }

    @Test("The broker's own maximum bounds the expiry of messages", .clauses("MQTT5-3.3.2-6"))
    func maximum() async throws {
        var limits = BrokerLimits()
        limits.maximumMessageExpiry = 50
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t")
            for (wish, expected) in [([], 50), ([.messageExpiry(10)], 10), ([.messageExpiry(99)], 50)]
                as [([WireProperty], Int)]
            {
                try await client.publish("t", "x", properties: wish)
                #expect(try await client.expectPublish("x").properties.number(0x02) == expected)
            }
        }
    }
}
