import BrokerTestKit
import Testing

@Suite("MQTT 5: QoS 1 and 2 to a client")
struct V5SenderTests {
    @Test(
        "A message stays unacknowledged until its exchange is complete, and is not sent again meanwhile",
        .clauses(
            "MQTT5-4.3.2-3", "MQTT5-4.3.3-3", "MQTT5-4.3.3-4", "MQTT5-4.3.3-5", "MQTT5-4.4.0-1", "MQTT5-3.6.2-1",
            "MQTT5-4.3.2-2", "MQTT5-4.3.3-2", "MQTT5-2.2.1-5"), arguments: [1, 2])
    func exchange(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, properties: [.receiveMaximum(2)])
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for (text, qos) in [("1", 1), ("2", 2), ("3", 1)] as [(String, UInt8)] {
                try await publisher.publish("t", text, qos: qos)
            }
            let one = try await client.expectUnanswered("1")
            let two = try await client.expectUnanswered("2")
            #expect(!one.dup && !two.dup && one.qos == 1 && two.qos == 2)
            let id = try two.identifier()
            try await client.expectNothing()
            // What does not belong to them changes nothing.
            client.send([.pubcomp(id), .puback(id), .puback(999), .pubcomp(try one.identifier())])
            try await client.expectNothing()
            for _ in 0..<2 {
                client.send(.pubrec(id))
                try await client.expect(.pubrel(.init(id)))
            }
            try await client.expectNothing()
            client.send(.pubcomp(id))
            try await client.expectPublish("3")
            client.send(.puback(try one.identifier()))
            try await client.expectNothing()
        }
    }

    @Test(
        "On return all that is open is sent again, in its order with its identifiers, and new messages after it",
        .clauses(
            "MQTT5-4.4.0-1", "MQTT5-4.6.0-1", "MQTT5-3.3.1-1", "MQTT5-4.3.3-6", "MQTT5-3.3.1-3", "MQTT5-4.6.0-5"),
        arguments: [1, 2])
    func resend(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            var client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<8 { try await publisher.publish("t", "\(number)", qos: UInt8(1 + number % 2)) }
            var ids: [UInt16] = []
            for number in 0..<8 { ids.append(try await client.expectUnanswered("\(number)").identifier()) }
            // 0 is done; 1 and 5 have come as far as PUBREL.
            client.send([.puback(ids[0]), .pubrec(ids[5]), .pubrec(ids[1])])
            try await client.expect(.pubrel(.init(ids[5])))
            try await client.expect(.pubrel(.init(ids[1])))
            try await client.disconnect()
            try await publisher.publish("t", "new", qos: 1)
            for round in 0..<3 {
                client = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                #expect(client.connack.sessionPresent)
                for number in 1..<8 {
                    if number == 1 || number == 5 {
                        try await client.expect(.pubrel(.init(ids[number])))
                        continue
                    }
                    let publish = try await client.expectUnanswered("\(number)")
                    #expect(publish.dup && publish.packetIdentifier == ids[number])
                    #expect(publish.qos == UInt8(1 + number % 2))
                }
                let new = try await client.expectUnanswered("new")
                #expect(new.dup == (round > 0))
                try await client.expectNothing()
                if round < 2 { try await client.disconnect() }
            }
        }
    }

    @Test(
        "What is sent again keeps to a smaller Receive Maximum, in order, and PUBREL does not count",
        .clauses("MQTT5-3.3.4-9", "MQTT5-4.9.0-1", "MQTT5-4.9.0-2", "MQTT5-4.4.0-1", "MQTT5-3.3.1-1"),
        arguments: [1, 2])
    func smallerWindow(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<6 { try await publisher.publish("t", "\(number)", qos: 2) }
            var ids: [UInt16] = []
            for number in 0..<6 { ids.append(try await client.expectUnanswered("\(number)").identifier()) }
            client.send(.pubrec(ids[0]))
            try await client.expect(.pubrel(.init(ids[0])))
            try await client.disconnect()
            try await publisher.publish("t", "6", qos: 1)
            let again = try await TestClient.connect5(
                broker, id: "c", clean: false, expiry: 60, properties: [.receiveMaximum(2)])
            try await again.expect(.pubrel(.init(ids[0])))
            for number in 1...2 { #expect(try await again.expectUnanswered("\(number)").dup) }
            try await again.expectNothing()
            // The PUBCOMP of a PUBREL that was sent again does not lift the window over its start.
            again.send(.pubcomp(ids[0]))
            try await again.expectNothing()
            for number in 1..<6 {
                again.send(.pubrec(ids[number]))
                try await again.expect(.pubrel(.init(ids[number])))
                again.send(.pubcomp(ids[number]))
                if number + 2 < 6 {
                    let next = try await again.expectUnanswered("\(number + 2)")
                    #expect(next.dup && next.packetIdentifier == ids[number + 2])
                } else if number + 2 == 6 {
                    #expect(try await !again.expectUnanswered("6").dup)
                }
                try await again.expectNothing()
            }
        }
    }

    @Test(
        "A message that the client refused is not sent again", .clauses("MQTT5-4.4.0-2", "MQTT5-4.3.3-4"),
        arguments: [1, 2])
    func refused(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for reason in [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] as [UInt8] {
                for qos in UInt8(1)...2 { try await publisher.publish("t", "\(qos)", qos: qos) }
                client.send(.puback(try await client.expectUnanswered("1").identifier(), reason: reason))
                client.send(.pubrec(try await client.expectUnanswered("2").identifier(), reason: reason))
                try await client.expectNothing()
            }
            try await client.disconnect()
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            try await again.expectNothing()
        }
    }

    @Test("PUBRELs go out in the order of the PUBRECs", .clauses("MQTT5-4.6.0-4", "MQTT5-4.3.3-4"))
    func releaseOrder() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 2)
            for number in 0..<5 { try await client.publish("t", "\(number)", qos: 2) }
            var ids: [UInt16] = []
            for number in 0..<5 { ids.append(try await client.expectUnanswered("\(number)").identifier()) }
            for id in ids.reversed() { client.send(.pubrec(id)) }
            for id in ids.reversed() { try await client.expect(.pubrel(.init(id))) }
        }
    }

    @Test(
        "A message too large for a client is dropped for it alone, and its place is free",
        .clauses("MQTT5-3.1.2-24", "MQTT5-3.1.2-25"), arguments: [1, 2])
    func tooLarge(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let properties: [WireProperty] = [.maximumPacketSize(100), .receiveMaximum(1)]
            let small = try await TestClient.connect5(broker, id: "s", expiry: 60, properties: properties)
            let large = try await TestClient.connect5(broker)
            for client in [small, large] { try await client.subscribe("t", qos: 2) }
            let publisher = try await TestClient.connect5(broker)
            let long = String(repeating: "x", count: 94)
            for qos in UInt8(0)...2 {
                // With the identifier of QoS 1 and 2 it has two bytes more.
                let fitting = String(long.prefix(qos == 0 ? 94 : 92))
                for text in [fitting, fitting + "y", "short"] {
                    try await publisher.publish("t", text, qos: qos)
                    try await large.expectPublish(text)
                }
                for text in [fitting, "short"] { try await small.expectPublish(text) }
            }
            // Also what was in flight before the client came back with a smaller maximum.
            try await publisher.publish("t", long.prefix(80).description, qos: 2)
            try await publisher.publish("t", "short", qos: 2)
            try await small.expectUnanswered(long.prefix(80).description)
            try await small.disconnect()
            let again = try await TestClient.connect5(
                broker, id: "s", clean: false, properties: [.maximumPacketSize(60)])
            try await again.expectPublish("short")
            try await again.expectNothing()
        }
    }
}
