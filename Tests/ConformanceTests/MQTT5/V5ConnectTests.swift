import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: CONNECT and CONNACK")
struct V5ConnectTests {
    @Test(
        "CONNACK says success, without Session Present, to a client that is new",
        .clauses("MQTT5-3.1.4-5", "MQTT5-3.2.2-1", "MQTT5-3.2.2-8", "MQTT5-3.1.2-6"), arguments: [1, 2])
    func success(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for clean in [true, false] {
                let client = try await TestClient.connect5(broker, id: "new \(clean)", clean: clean, expiry: 60)
                #expect(!client.connack.sessionPresent && client.connack.code == 0)
                #expect(client.connack.properties.number(0x11) == nil)
                #expect(client.connack.properties.bytes(0x12) == nil)
                #expect(client.connack.properties.number(0x13) == nil)
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "One CONNACK comes, and comes first, also with messages waiting",
        .clauses("MQTT5-3.2.0-1", "MQTT5-3.2.0-2", "MQTT5-3.2.2-3"), arguments: [1, 2])
    func firstAndOnce(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 1)
            try await client.disconnect()
            let publisher = try await TestClient.connect5(broker)
            for number in 1...20 { try await publisher.publish("t", "\(number)", qos: 1) }
            let again = try await TestClient.open(broker, version: .v5)
            again.sendConnect(ConnectFields(id: "c", version: .v5, clean: false, properties: [.sessionExpiry(60)]))
            #expect(try await again.nextConnack().sessionPresent)
            for number in 1...20 { try await again.expectPublish("\(number)") }
            try await again.expectNothing()
        }
    }

    @Test(
        "An empty client identifier gets one that no other client has, and that can be come back with",
        .clauses("MQTT5-3.1.3-6", "MQTT5-3.1.3-7", "MQTT5-3.2.2-16"), arguments: [1, 2])
    func assignedIdentifier(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            var assigned: Set<String> = []
            for clean in [true, false, true, false] {
                let client = try await TestClient.connect5(broker, clean: clean, expiry: 60)
                let identifier = try #require(client.connack.properties.text(0x12))
                #expect(!identifier.isEmpty && !client.connack.sessionPresent)
                #expect(assigned.insert(identifier).inserted)
                try await client.subscribe("t/\(identifier)", qos: 1)
                try await client.disconnect()
                let publisher = try await TestClient.connect5(broker, id: "publisher")
                try await publisher.publish("t/\(identifier)", identifier, qos: 1)
                let again = try await TestClient.connect5(broker, id: identifier, clean: false, expiry: 60)
                #expect(again.connack.sessionPresent && again.connack.properties.text(0x12) == nil)
                try await again.expectPublish(identifier)
            }
        }
    }

    @Test("Client identifiers of 1 to 23 letters and digits, and longer ones, are accepted", .clauses("MQTT5-3.1.3-5"))
    func identifiers() async throws {
        let all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let names = ["a", String(all.prefix(23)), String(all.suffix(23)), all, String(repeating: "x", count: 1000)]
        try await TestBroker.with { broker in
            for name in names {
                let client = try await TestClient.connect5(broker, id: name)
                #expect(client.connack.properties.text(0x12) == nil)
            }
        }
    }

    @Test(
        "A client identifier that is not accepted is refused with 0x85",
        .clauses("MQTT5-3.1.3-8", "MQTT5-3.2.2-6", "MQTT5-3.2.2-7", "MQTT5-3.2.2-8", "MQTT5-3.14.0-1"))
    func refusedIdentifier() async throws {
        var limits = BrokerLimits()
        limits.maximumClientIdentifierLength = 23
        limits.allowEmptyClientIdentifier = false
        try await TestBroker.with(limits: limits) { broker in
            let long = ConnectFields(id: String(repeating: "x", count: 24), version: .v5)
            try await TestClient.expectRefusal(broker, long, 0x85)
            try await TestClient.expectRefusal(broker, ConnectFields(version: .v5), 0x85)
            _ = try await TestClient.connect5(broker, id: String(repeating: "x", count: 23))
        }
    }

    @Test(
        "What the authority refuses gets its code in CONNACK, without Session Present, and is closed",
        .clauses("MQTT5-3.1.4-2", "MQTT5-3.2.2-6", "MQTT5-3.2.2-7", "MQTT5-4.13.2-1", "MQTT5-3.14.0-1"))
    func refused() async throws {
        let codes: [UInt8] = [0x80, 0x83, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x97, 0x9F]
        let authority = ScriptedAuthority { question in
            question.kind == .connect
                ? question.userName.flatMap { UInt8($0) }.map { .refuse($0) } ?? .accept() : .accept()
        }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.disconnect()
            for code in codes {
                let fields = ConnectFields(id: "c", version: .v5, clean: false, userName: "\(code)")
                try await TestClient.expectRefusal(broker, fields, code)
            }
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            #expect(again.connack.sessionPresent)
        }
    }

    @Test(
        "Packets that come behind a refused CONNECT are not handled", .clauses("MQTT5-3.1.4-6"), arguments: [1, 2])
    func behindRefusal(loops: Int) async throws {
        let authority = ScriptedAuthority { $0.client == "bad" ? .refuse(0x87) : .accept() }
        try await TestBroker.with(eventLoops: loops, ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("#")
            let client = try await TestClient.open(broker, version: .v5)
            client.version = .v5
            client.send([
                .connect(id: "bad", version: .v5, will: .init("w", "will")), .publish("t", "0"),
                .publish("t", "1", qos: 1, id: 1), .subscribe(2, "t"), .pingreq,
            ])
            try await client.expectRefusal(0x87)
            try await observer.expectNothing()
        }
    }

    @Test(
        "Packets that come behind an accepted CONNECT are handled after it", .clauses("MQTT5-3.1.4-5"),
        arguments: [1, 2])
    func behindAcceptance(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for number in 0..<4 {
                let client = try await TestClient.open(broker, version: .v5)
                client.send([
                    .connect(id: "c\(number)", version: .v5), .subscribe(1, "t\(number)", qos: 1),
                    .publish("t\(number)", "x", qos: 1, id: 2),
                ])
                #expect(try await client.nextConnack().code == 0)
                var rest: [ServerPacket] = []
                for _ in 0..<3 { rest.append(try await client.next()) }
                #expect(rest.contains(.suback(.init(1, [1]))) && rest.contains(.puback(2)))
                #expect(rest.contains { $0.publish?.text == "x" })
            }
        }
    }

    @Test("A client that did not ask for Response Information gets none", .clauses("MQTT5-3.1.2-28"))
    func responseInformation() async throws {
        try await TestBroker.with { broker in
            for properties in [[], [WireProperty.requestResponseInformation(0)]] {
                let client = try await TestClient.connect5(broker, properties: properties)
                #expect(client.connack.properties.bytes(0x1A) == nil)
            }
        }
    }

    @Test("A Reason String that CONNACK has no room for is left out", .clauses("MQTT5-3.2.2-19", "MQTT5-3.1.2-24"))
    func connackReasonString() async throws {
        let authority = ScriptedAuthority { _ in .refuse(0x87) }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let roomy = try await TestClient.expectRefusal(broker, ConnectFields(id: "c", version: .v5), 0x87)
            #expect(roomy.properties.text(0x1F) == "refused by the test")
            let fields = ConnectFields(id: "c", version: .v5, properties: [.maximumPacketSize(20)])
            let tight = try await TestClient.expectRefusal(broker, fields, 0x87)
            #expect(tight.properties.isEmpty)
        }
    }

    @Test(
        "A CONNACK that the client's Maximum Packet Size has no room for closes the connection",
        .clauses("MQTT5-3.1.2-24"))
    func connackTooLarge() async throws {
        try await TestBroker.with { broker in
            for size in [1, 4, 10] as [UInt32] {
                let client = try await TestClient.open(broker, version: .v5)
                client.sendConnect(ConnectFields(id: "c", version: .v5, properties: [.maximumPacketSize(size)]))
                try await client.expectClosed()
            }
        }
    }
}
