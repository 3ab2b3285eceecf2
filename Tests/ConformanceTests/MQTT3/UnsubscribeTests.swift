import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: UNSUBSCRIBE")
struct UnsubscribeTests {
    @Test("UNSUBSCRIBE without a filter ends the connection", .clauses("MQTT-3.10.3-2"))
    func empty() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            try await client.expectClosed(after: .unsubscribe(1, []))
        }
    }

    @Test(
        "Every UNSUBSCRIBE is answered with its identifier, also when nothing matched",
        .clauses("MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.10.4-6"), arguments: eventLoopCounts)
    func answered(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker)
            try await client.subscribe([FilterRequest("a"), FilterRequest("b"), FilterRequest("c")])
            let rounds = [["nothing"], ["a", "nothing", "b"], ["a"], ["c", "c"], ["#"]]
            for (number, filters) in rounds.enumerated() {
                client.send(.unsubscribe(UInt16(1000 + number), filters))
                #expect(try await client.next() == .unsuback(.init(UInt16(1000 + number))))
            }
            for topic in ["a", "b", "c"] { try await client.publish(topic, "x") }
            try await client.expectNothing()
        }
    }

    @Test(
        "Only the filter with the same characters is deleted", .clauses("MQTT-3.10.4-1", "MQTT-3.10.4-2"),
        arguments: eventLoopCounts)
    func exactMatch(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let client = try await TestClient.connect(broker)
            try await client.subscribe("sport/+", qos: 1)
            for other in ["sport/tennis", "sport/#", "+/+", "#", "Sport/+", "sport/+/", "sport", "/sport/+"] {
                try await client.unsubscribe(other)
                try await publisher.publish("sport/tennis", other, qos: 1)
                #expect(try await client.takePublish().text == other)
            }
            try await client.unsubscribe("sport/+")
            try await publisher.publish("sport/tennis", "x", qos: 1)
            try await client.expectNothing()
        }
    }

    @Test(
        "Of overlapping subscriptions the others stay", .clauses("MQTT-3.10.4-1", "MQTT-3.10.4-6"),
        arguments: eventLoopCounts)
    func overlapping(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let client = try await TestClient.connect(broker)
            try await client.subscribe([
                FilterRequest("a/b", qos: 2), FilterRequest("a/+", qos: 1), FilterRequest("a/#", qos: 0),
            ])
            for (filter, remaining) in [("a/b", 1), ("a/+", 0)] {
                try await client.unsubscribe(filter)
                try await publisher.publish("a/b", "x", qos: 2)
                #expect(try await client.takePublish().qos == UInt8(remaining))
                try await client.expectNothing()
            }
            try await client.unsubscribe("a/#")
            try await publisher.publish("a/b", "x", qos: 2)
            try await client.expectNothing()
        }
    }

    @Test(
        "After UNSUBACK nothing new is queued for the filter, here or away", .clauses("MQTT-3.10.4-2"),
        arguments: eventLoopCounts)
    func nothingIsQueued(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            for _ in 0..<10 {
                let client = try await TestClient.connect(broker, id: "c", clean: false)
                try await client.subscribe([FilterRequest("t/+", qos: 1), FilterRequest("t/a", qos: 1)])
                try await client.unsubscribe("t/+", "t/a")
                try await publisher.publish("t/a", "x", qos: 1)
                try await client.disconnect()
                try await publisher.publish("t/a", "x", qos: 2)
                let back = try await TestClient.connect(broker, id: "c", clean: false)
                try await back.expectNothing()
            }
        }
    }

    @Test(
        "Deliveries that have begun are completed after UNSUBSCRIBE, also on the next connection",
        .clauses("MQTT-3.10.4-3"), arguments: eventLoopCounts)
    func begunDeliveries(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 2)
            for qos: UInt8 in [2, 2, 1, 2] { try await publisher.publish("t", "qos \(qos)", qos: qos) }
            var ids: [UInt16] = []
            for _ in 0..<4 { ids.append(try #require(try await client.nextPublish().packetIdentifier)) }
            try await client.unsubscribe("t")
            client.send(.pubrec(ids[0]))
            #expect(try await client.next() == .pubrel(.init(ids[0])))
            client.send(.pubcomp(ids[0]))
            client.send(.pubrec(ids[1]))
            #expect(try await client.next() == .pubrel(.init(ids[1])))
            try await client.disconnect()

            let back = try await TestClient.connect(broker, id: "c", clean: false)
            #expect(try await back.next() == .pubrel(.init(ids[1])))
            #expect(try await back.next() == .publish(.init("t", "qos 1", qos: 1, id: ids[2], dup: true)))
            #expect(try await back.next() == .publish(.init("t", "qos 2", qos: 2, id: ids[3], dup: true)))
            back.send([.pubcomp(ids[1]), .puback(ids[2]), .pubrec(ids[3])])
            #expect(try await back.next() == .pubrel(.init(ids[3])))
            back.send(.pubcomp(ids[3]))
            try await back.expectNothing()
        }
    }
}
