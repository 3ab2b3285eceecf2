import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: CONNECT")
struct ConnectTests {
    @Test("Nothing but CONNECT may come first", .clauses("MQTT-3.1.0-1"))
    func connectFirst() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .publish("t", "x"), .publish("t", "x", qos: 1), .puback(1), .pubrec(1), .pubrel(1), .pubcomp(1),
                .subscribe(1, "t"), .unsubscribe(1, ["t"]), .pingreq, .disconnect(), .raw(0x20, [0, 0]),
                .raw(0xF0, []), .raw(0x00, []),
            ]
            for packet in packets {
                let client = try await TestClient.open(broker)
                try await client.expectClosed(after: packet)
            }
            let browser = try await TestClient.open(broker)
            try await browser.expectClosed(after: Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        }
    }

    @Test(
        "A second CONNECT ends the connection, and the will is published", .clauses("MQTT-3.1.0-2", "MQTT-4.8.0-1"),
        arguments: eventLoopCounts)
    func secondConnect(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will")
            let client = try await TestClient.connect(broker, id: "c", will: .init("will", "of the first"))
            try await client.expectClosed(after: .connect(id: "c", will: .init("will", "of the second")))
            #expect(try await witness.nextPublish().text == "of the first")
            try await witness.expectNothing()
        }
    }

    @Test("A CONNECT straight behind the first is still a second one", .clauses("MQTT-3.1.0-2"))
    func secondConnectAtOnce() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.sending(.connect(id: "c"), .connect(id: "c"), to: broker)
            #expect(try await client.nextConnack() == .init())
            try await client.expectClosed()
        }
    }

    @Test(
        "A protocol name that is not served gets no answer but the close", .clauses("MQTT-3.1.2-1"),
        arguments: ["", "M", "MQT", "mqtt", "Mqtt", "MQTTT", "MQTT ", "MQIsd", "MQISDP", "AMQP", "HTTP"])
    func protocolName(name: String) async throws {
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "c")
            fields.protocolName = Array(name.utf8)
            let client = try await TestClient.open(broker)
            try await client.expectClosed(after: .connect(fields))
        }
    }

    @Test("A protocol level that is not served is refused with code 1", .clauses("MQTT-3.1.2-2", "MQTT-3.2.2-5"))
    func protocolLevel() async throws {
        try await TestBroker.with { broker in
            for level: UInt8 in [0, 1, 2, 3, 0x83, 0x84] {
                var fields = ConnectFields(id: "c")
                fields.protocolLevel = level
                let client = try await TestClient.sending(.connect(fields), to: broker)
                try await client.expectRefusal(1)
            }
        }
    }

    @Test("The reserved flag of CONNECT must be 0", .clauses("MQTT-3.1.2-3", "MQTT-3.1.4-1", "MQTT-3.2.2-6"))
    func reservedFlag() async throws {
        try await TestBroker.with { broker in
            for clean in [true, false] {
                var fields = ConnectFields(id: "c", clean: clean, userName: "u", password: "p")
                fields.flags = fields.fittingFlags | 1
                let client = try await TestClient.open(broker)
                try await client.expectClosed(after: .connect(fields))
            }
        }
    }

    @Test(
        "The fields of CONNECT stand in the order of the standard",
        .clauses("MQTT-3.1.3-1", "MQTT-3.1.2-9", "MQTT-3.1.2-19", "MQTT-3.1.2-21"), arguments: eventLoopCounts)
    func order(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will/topic", qos: 2)
            let client = try await TestClient.connect(
                broker, id: "the-id", keepAlive: 60, will: .init("will/topic", "will payload", qos: 2),
                userName: "user", password: "password")
            await client.reset()
            #expect(try await witness.takePublish().text == "will payload")
            // The identifier is the first field: another connection with it takes the session over.
            let first = try await TestClient.connect(broker, id: "the-id", userName: "other", password: "")
            _ = try await TestClient.connect(broker, id: "the-id")
            try await first.expectClosed()
        }
    }

    @Test("A password may be any bytes, and both credentials may be empty", .clauses("MQTT-3.1.2-21"))
    func binaryPassword() async throws {
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "c", userName: "")
            for password: [UInt8] in [[], [0], [0xFF, 0xFE, 0x80], [UInt8](repeating: 0xC0, count: 65_535)] {
                fields.password = password
                let client = try await TestClient.open(broker)
                try await client.connect(fields)
            }
        }
    }
}
