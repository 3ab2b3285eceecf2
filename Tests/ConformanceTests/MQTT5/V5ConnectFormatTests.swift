import BrokerCore
import BrokerTestKit
import Testing

@Suite("MQTT 5: the format of CONNECT")
struct V5ConnectFormatTests {
    @Test("Anything but CONNECT as the first packet closes the connection without a word", .clauses("MQTT5-3.1.0-1"))
    func firstPacket() async throws {
        let packets: [ClientPacket] = [
            .publish("t", "x"), .publish("t", "x", qos: 1), .puback(1), .pubrec(1), .pubrel(1), .pubcomp(1),
            .subscribe(1, "t"), .unsubscribe(1, ["t"]), .pingreq, .disconnect(), .auth(reason: 0x18, properties: []),
            .raw(0x20, [0, 0, 0]), .raw(0x00, []), .raw(0x47, [UInt8]("ET / HTTP/1.1\r\n\r\n".utf8)),
        ]
        try await TestBroker.with { broker in
            for packet in packets {
                let client = try await TestClient.open(broker, version: .v5)
                try await client.expectClosed(after: packet)
            }
        }
    }

    @Test("A second CONNECT ends the connection with 0x82 and publishes the will", .clauses("MQTT5-3.1.0-2"))
    func secondConnect() async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let client = try await TestClient.connect5(broker, id: "c", will: .init("w", "gone"))
            try await client.expectDisconnect(0x82, after: .connect(id: "c", version: .v5))
            try await observer.expectPublish("gone")
        }
    }

    @Test(
        "Another protocol name closes the connection, with CONNACK 0x84 at most",
        .clauses("MQTT5-3.1.2-1", "MQTT5-4.13.1-1"),
        arguments: ["mqtt", "MQTt", "MQTT5", "MQIsdp", "", "\u{FEFF}MQTT"])
    func protocolName(name: String) async throws {
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "c", version: .v5)
            fields.protocolName = [UInt8](name.utf8)
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(fields)
            // MQIsdp is a name of version 3, whose clients read a CONNACK of two bytes.
            if name == "MQIsdp" { client.version = .v311 }
            do {
                let answer = try await client.nextConnack()
                #expect(answer.code == 0x84 || answer.code == 1 && client.version == .v311)
            } catch {
                #expect(client.receivedBytes.isEmpty)
            }
            try await client.expectClosed()
        }
    }

    @Test(
        "A version that is not served is refused with 0x84", .clauses("MQTT5-3.1.2-2"),
        arguments: [6, 7, 0x7F] as [UInt8])
    func laterVersion(level: UInt8) async throws {
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "c", version: .v5)
            fields.protocolLevel = level
            try await TestClient.expectRefusal(broker, fields, 0x84)
        }
    }

    @Test(
        "A version before those that exist gets the return code of its time", .clauses("MQTT5-3.1.2-2"),
        arguments: [0, 1, 2, 3] as [UInt8])
    func earlierVersion(level: UInt8) async throws {
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "c", version: .v311)
            fields.protocolLevel = level
            let client = try await TestClient.open(broker)
            client.sendConnect(fields)
            try await client.expectRefusal(1)
        }
    }

    /// Flags that contradict themselves.
    private static let badFlags: [UInt8] = [
        0x03, 0x01,  // reserved bit
        0x0A, 0x12, 0x1A,  // will QoS without a will
        0x22,  // will retain without a will
        0x1E, 0x3E,  // will QoS 3
    ]

    @Test(
        "Connect flags that are reserved or contradict each other are refused with 0x81",
        .clauses(
            "MQTT5-3.1.2-3", "MQTT5-3.1.2-11", "MQTT5-3.1.2-12", "MQTT5-3.1.2-13", "MQTT5-3.1.4-1",
            "MQTT5-3.14.0-1"),
        arguments: badFlags)
    func flags(flags: UInt8) async throws {
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "c", version: .v5)
            if flags & 4 != 0 { fields.will = .init("w", "") }
            fields.flags = flags
            try await TestClient.expectRefusal(broker, fields, 0x81)
        }
    }

    @Test(
        "A CONNECT whose payload lacks what its flags announce is refused with 0x81",
        .clauses(
            "MQTT5-3.1.2-9", "MQTT5-3.1.2-17", "MQTT5-3.1.2-19", "MQTT5-3.1.3-1", "MQTT5-3.1.3-3", "MQTT5-3.1.4-1"))
    func missingFields() async throws {
        try await TestBroker.with { broker in
            for flags in [0x06, 0x82, 0x42, 0xC2, 0x86] as [UInt8] {
                var fields = ConnectFields(id: "c", version: .v5)
                fields.flags = flags
                try await TestClient.expectRefusal(broker, fields, 0x81)
            }
            var nameOnly = ConnectFields(id: "c", version: .v5, userName: "u")
            nameOnly.flags = 0xC2
            try await TestClient.expectRefusal(broker, nameOnly, 0x81)
            var nothing = ConnectFields(version: .v5)
            nothing.clientIdentifier = nil
            try await TestClient.expectRefusal(broker, nothing, 0x81)
            var noPayload = ConnectFields(id: "c", version: .v5, will: .init("w", "x"))
            noPayload.flags = 0x86
            try await TestClient.expectRefusal(broker, noPayload, 0x81)
        }
    }

    @Test(
        "A CONNECT whose payload holds more than its flags announce is refused with 0x81",
        .clauses("MQTT5-3.1.2-16", "MQTT5-3.1.2-18", "MQTT5-3.1.4-1"))
    func superfluousFields() async throws {
        try await TestBroker.with { broker in
            var name = ConnectFields(id: "c", version: .v5, userName: "u")
            name.flags = 0x02
            try await TestClient.expectRefusal(broker, name, 0x81)
            var password = ConnectFields(id: "c", version: .v5, userName: "u", password: "p")
            password.flags = 0x82
            try await TestClient.expectRefusal(broker, password, 0x81)
            let client = try await TestClient.open(broker, version: .v5)
            client.send(ClientPacket.connect(id: "c", version: .v5).appending([0]))
            try await client.expectRefusal(0x81)
        }
    }

    @Test(
        "The fields of the payload are read in their order",
        .clauses("MQTT5-3.1.3-1", "MQTT5-3.1.2-17", "MQTT5-3.1.2-19", "MQTT5-3.1.2-9"))
    func order() async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("the/will")
            let client = try await TestClient.open(broker, version: .v5)
            let will = ConnectFields.Will("the/will", "text", properties: [.contentType("type")])
            let fields = ConnectFields(
                id: "identifier", version: .v5, will: will, userName: "name", password: "secret",
                properties: [.user("a", "b")])
            try await client.connect(fields)
            let question = try #require(authority.asked.last { $0.client == "identifier" })
            #expect(question.userName == "name" && question.password == [UInt8]("secret".utf8))
            await client.reset()
            let publish = try await observer.expectPublish("text")
            #expect(publish.topic == "the/will" && publish.properties == [.contentType("type")])
        }
    }

    @Test("A password without a user name is accepted", .clauses("MQTT5-3.1.2-16", "MQTT5-3.1.2-19"))
    func passwordAlone() async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.open(broker, version: .v5)
            try await client.connect(ConnectFields(id: "c", version: .v5, password: "secret"))
            let question = try #require(authority.asked.first)
            #expect(question.userName == nil && question.password == [UInt8]("secret".utf8))
        }
    }

    @Test(
        "A will topic that is empty or has a wildcard is refused",
        .clauses("MQTT5-3.1.4-1", "MQTT5-4.7.0-1", "MQTT5-4.7.3-1"),
        arguments: ["", "a/+", "#", "a#"])
    func willTopic(topic: String) async throws {
        try await TestBroker.with { broker in
            let fields = ConnectFields(id: "c", version: .v5, will: .init(topic, "x"))
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(fields)
            let answer = try await client.nextConnack()
            #expect([0x81, 0x82, 0x90].contains(answer.code))
            try await client.expectClosed()
        }
    }
}
