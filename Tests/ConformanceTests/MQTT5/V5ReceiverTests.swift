import BrokerTestKit
import Testing

@Suite("MQTT 5: QoS 1 and 2 from a client")
struct V5ReceiverTests {
    @Test(
        "Each QoS has its own answer, with the identifier of the PUBLISH, in order",
        .clauses(
            "MQTT5-3.3.4-1", "MQTT5-2.2.1-5", "MQTT5-4.3.2-4", "MQTT5-4.3.3-8", "MQTT5-4.3.3-11", "MQTT5-4.3.1-1",
            "MQTT5-3.4.2-1", "MQTT5-3.5.2-1", "MQTT5-3.7.2-1", "MQTT5-4.6.0-2", "MQTT5-4.6.0-3"), arguments: [1, 2])
    func answers(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            client.send([
                .publish("t", qos: 1, id: 300), .publish("t"), .publish("t", qos: 2, id: .max),
                .publish("t", qos: 1, id: 1), .publish("t", qos: 2, id: 2), .pubrel(2), .pubrel(.max),
            ])
            var answers: [(UInt8, UInt16)] = []
            for _ in 0..<6 {
                switch try await client.next() {
                case .puback(let answer) where [0, 0x10].contains(answer.reason):
                    answers.append((4, answer.packetIdentifier))
                case .pubrec(let answer) where [0, 0x10].contains(answer.reason):
                    answers.append((5, answer.packetIdentifier))
                case .pubcomp(let answer) where answer.reason == 0: answers.append((7, answer.packetIdentifier))
                case let other: throw TestFailure("\(other) should not come")
                }
            }
            #expect(answers.map(\.0) == [4, 5, 4, 5, 7, 7] && answers.map(\.1) == [300, .max, 1, 2, 2, .max])
            try await client.expectNothing()
        }
    }

    @Test(
        "After PUBACK the same identifier is a new message, whatever DUP says", .clauses("MQTT5-4.3.2-5"),
        arguments: [1, 2])
    func atLeastOnce(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("t", qos: 1)
            let client = try await TestClient.connect5(broker)
            for number in 0..<4 { try await client.publish("t", "\(number)", qos: 1, dup: number % 2 == 1, id: 5) }
            for number in 0..<4 { try await subscriber.expectPublish("\(number)") }
        }
    }

    @Test(
        "Until PUBREL a repeat gets PUBREC and is not delivered again, also on a new connection; after it is new",
        .clauses("MQTT5-4.3.3-10", "MQTT5-4.3.3-12", "MQTT5-4.3.3-11", "MQTT5-4.1.0-1"), arguments: [1, 2])
    func exactlyOnce(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("t", qos: 2)
            var client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            for round in 0..<4 {
                for repetition in 0..<3 {
                    client.send(.publish("t", "\(round)", qos: 2, id: 9, dup: repetition > 0))
                    try await client.expect(.pubrec(9))
                }
                if round % 2 == 0 {
                    await client.close()
                    client = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                    client.send(.publish("t", "\(round)", qos: 2, id: 9, dup: true))
                    try await client.expect(.pubrec(9))
                }
                client.send(.pubrel(9))
                try await client.expect(.pubcomp(9))
                client.send(.pubrel(9))
                try await client.expect(.pubcomp(.init(9, reason: 0x92)))
                try await subscriber.expectPublish("\(round)")
            }
            try await subscriber.expectNothing()
        }
    }

    @Test(
        "QoS 3, and DUP at QoS 0, end the connection with 0x81",
        .clauses("MQTT5-3.3.1-4", "MQTT5-3.3.1-2", "MQTT5-4.3.1-1"))
    func flags() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .publish("t", qos: 3, id: 1), .publish("t", qos: 3, id: 1, dup: true), .publish("t", dup: true),
            ]
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, after: packet)
            }
        }
    }

    @Test(
        "A reason code that its packet does not have ends the connection",
        .clauses(
            "MQTT5-3.4.2-1", "MQTT5-3.5.2-1", "MQTT5-3.6.2-1", "MQTT5-3.7.2-1", "MQTT5-3.14.2-1", "MQTT5-3.15.2-1"))
    func reasonCodes() async throws {
        let packets: [ClientPacket] = [
            .puback(1, reason: 0x01), .puback(1, reason: 0x92), .puback(1, reason: 0x82), .pubrec(1, reason: 0x04),
            .pubrec(1, reason: 0x8E), .pubrel(1, reason: 0x80), .pubrel(1, reason: 0x10), .pubcomp(1, reason: 0x91),
            .pubcomp(1, reason: 0x01), .disconnect(reason: 0x01), .disconnect(reason: 0x8E),
            .disconnect(reason: 0x87), .disconnect(reason: 0xFF), .auth(reason: 0x01, properties: []),
        ]
        try await TestBroker.with { broker in
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, 0x82, after: packet)
            }
        }
    }
}
