import BrokerTestKit
import Testing

@Suite("MQTT 5: what a subscriber gets of a message")
struct V5ForwardingTests {
    private static let properties: [WireProperty] = [
        .user("z", "1"), .payloadFormat(1), .user("a", "2"), .contentType("text/plain"), .user("z", "3"),
        .responseTopic("answers/\u{E4}"), .correlationData([0, 1, 2, 255]), .user("", ""),
    ]

    @Test(
        "Properties are forwarded unchanged and in their order, live, queued and retained",
        .clauses(
            "MQTT5-3.3.2-4", "MQTT5-3.3.2-15", "MQTT5-3.3.2-16", "MQTT5-3.3.2-17", "MQTT5-3.3.2-18",
            "MQTT5-3.3.2-20", "MQTT5-4.5.0-1", "MQTT5-2.2.1-2"), arguments: [1, 2])
    func properties(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let durable = try await TestClient.connect5(broker, id: "durable", expiry: 60)
            try await durable.subscribe("t", qos: 2)
            try await durable.disconnect()
            let live = [try await TestClient.connect5(broker), try await TestClient.connect5(broker)]
            for client in live { try await client.subscribe("t", qos: 2) }
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(0)...2 {
                try await publisher.publish("t", "\(qos)", qos: qos, retain: true, properties: Self.properties)
                for client in live {
                    let publish = try await client.expectPublish("\(qos)")
                    #expect(publish.properties == Self.properties && publish.qos == qos)
                    #expect(publish.topic == "t" && (publish.packetIdentifier == nil) == (qos == 0))
                }
                let later = try await TestClient.connect5(broker)
                try await later.subscribe("t")
                #expect(try await later.expectPublish("\(qos)").properties == Self.properties)
            }
            let again = try await TestClient.connect5(broker, id: "durable", clean: false)
            for qos in UInt8(1)...2 { #expect(try await again.expectPublish("\(qos)").properties == Self.properties) }
        }
    }

    @Test(
        "The broker's own additions leave the forwarded properties as they are",
        .clauses("MQTT5-3.3.2-17", "MQTT5-3.3.2-18"))
    func additions() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, properties: [.topicAliasMaximum(5)])
            try await client.subscribe("t", qos: 1, properties: [.subscriptionIdentifier(268_435_455)])
            let publisher = try await TestClient.connect5(broker)
            let own: [WireProperty] = [.messageExpiry(100), .topicAlias(2)]
            for position in 0...Self.properties.count {
                var list = Self.properties
                list.insert(contentsOf: own, at: position)
                try await publisher.publish("t", "x", qos: 1, properties: list)
                let publish = try await client.takePublish()
                #expect(publish.properties.filter { ![0x02, 0x0B, 0x23].contains($0.id) } == Self.properties)
                #expect(publish.properties.all(0x0B) == [.subscriptionIdentifier(268_435_455)])
                #expect(publish.properties.number(0x02) ?? 0 > 90)
            }
        }
    }

    @Test(
        "DUP is never copied from the publisher", .clauses("MQTT5-3.3.1-3", "MQTT5-4.3.2-2", "MQTT5-4.3.3-2"),
        arguments: [1, 2])
    func dup(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let durable = try await TestClient.connect5(broker, id: "durable", expiry: 60)
            try await durable.subscribe("t", qos: 2)
            try await durable.disconnect()
            let clients = [
                try await TestClient.connect5(broker), try await TestClient.connect5(broker),
                try await TestClient.connect(broker, id: "old"),
            ]
            for (qos, client) in clients.enumerated() { try await client.subscribe("t", qos: UInt8(qos)) }
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(1)...2 {
                try await publisher.publish("t", "x", qos: qos, dup: true)
                for client in clients { #expect(try await !client.expectPublish("x").dup) }
            }
            let again = try await TestClient.connect5(broker, id: "durable", clean: false)
            for _ in 1...2 { #expect(try await !again.expectPublish("x").dup) }
        }
    }

    @Test(
        "The QoS of a delivery is the lower of the published and the granted one",
        .clauses("MQTT5-3.8.4-8", "MQTT5-3.8.4-7"), arguments: [1, 2])
    func qos(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker)
            for granted in UInt8(0)...2 {
                let client = try await TestClient.connect5(broker)
                #expect(try await client.subscribe("t", qos: granted) == granted)
                for qos in UInt8(0)...2 {
                    try await publisher.publish("t", "x", qos: qos)
                    #expect(try await client.expectPublish("x").qos == min(qos, granted))
                }
            }
        }
    }

    @Test(
        "Messages of one publisher, topic and QoS come in the order of their publishing",
        .clauses("MQTT5-4.6.0-5", "MQTT5-4.6.0-6"), arguments: [1, 2], [0, 1, 2] as [UInt8])
    func order(loops: Int, qos: UInt8) async throws {
        let count = 300
        try await TestBroker.with(eventLoops: loops) { broker in
            let clients = [
                try await TestClient.connect5(broker), try await TestClient.connect5(broker),
                try await TestClient.connect5(broker, properties: [.receiveMaximum(3)]),
            ]
            for client in clients { try await client.subscribe("t/+", qos: 2) }
            let publisher = try await TestClient.connect5(broker)
            publisher.send((0..<count).map { .publish("t/1", "\($0)", qos: qos, id: qos == 0 ? nil : UInt16($0 + 1)) })
            try await publisher.complete(count, qos: qos)
            for client in clients { for number in 0..<count { try await client.expectPublish("\(number)") } }
        }
    }

    @Test("Payloads of all sizes arrive whole", .clauses("MQTT5-3.3.2-3"), arguments: [1, 2])
    func sizes(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let clients = [try await TestClient.connect5(broker), try await TestClient.connect5(broker)]
            for client in clients { try await client.subscribe("t", qos: 1) }
            let publisher = try await TestClient.connect5(broker)
            for size in [0, 1, 120, 127, 128, 2047, 2048, 16_383, 16_384, 70_000, 700_000] {
                let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
                for qos in UInt8(0)...1 {
                    publisher.send(.publish(topic: [0x74], payload: payload, qos: qos, id: qos == 0 ? nil : 1))
                    if qos == 1 { try await publisher.expect(.puback(1)) }
                    for client in clients { #expect(try await client.takePublish().payload == payload) }
                }
            }
        }
    }

    @Test("A topic of 65,535 bytes is served", .clauses("MQTT5-4.7.3-3"))
    func longestTopic() async throws {
        try await TestBroker.with { broker in
            let topic = String(repeating: "x", count: 65_535)
            let client = try await TestClient.connect5(broker)
            try await client.subscribe(topic, qos: 1)
            try await client.publish(topic, "text", qos: 1)
            #expect(try await client.expectPublish("text").topic == topic)
        }
    }
}

extension TestClient {
    /// Takes the answers to so many publishes with the identifiers 1, 2, 3 ..., in their order.
    func complete(_ count: Int, qos: UInt8, _ file: StaticString = #fileID, _ line: UInt = #line) async throws {
        guard qos > 0 else { return try await ping(file, line) }
        for number in 1...UInt16(count) {
            try await expect(qos == 1 ? .puback(.init(number)) : .pubrec(.init(number)), file, line)
        }
        guard qos == 2 else { return }
        send((1...UInt16(count)).map { .pubrel($0) })
        for number in 1...UInt16(count) { try await expect(.pubcomp(.init(number)), file, line) }
    }
}
