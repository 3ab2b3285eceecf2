import BrokerCore
import BrokerTestKit
import Testing

@Suite("MQTT 5: packets as such")
struct V5HeaderTests {
    private static let wrongFlags: [ClientPacket] = [
        .puback(1).withFlags(1), .puback(1).withFlags(8), .pubrec(1).withFlags(2), .pubrel(1).withFlags(0),
        .pubrel(1).withFlags(0b1010), .pubcomp(1).withFlags(4), .subscribe(1, "t").withFlags(0),
        .subscribe(1, "t").withFlags(0b1010), .unsubscribe(1, ["t"]).withFlags(0),
        .unsubscribe(1, ["t"]).withFlags(3), ClientPacket.pingreq.withFlags(1), .disconnect().withFlags(1),
        .disconnect(reason: 4).withFlags(2), .auth(reason: 0x18, properties: []).withFlags(1), .raw(0x00, []),
    ]

    @Test(
        "A packet with other flags than the standard fixes, or of type 0, ends the connection with 0x81",
        .clauses(
            "MQTT5-2.1.3-1", "MQTT5-3.6.1-1", "MQTT5-3.8.1-1", "MQTT5-3.10.1-1", "MQTT5-3.14.1-1", "MQTT5-3.15.1-1",
            "MQTT5-4.13.1-1"))
    func flags() async throws {
        try await TestBroker.with { broker in
            for packet in Self.wrongFlags {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, after: packet)
            }
        }
    }

    @Test("AUTH with flags set ends the connection with 0x81 also where AUTH may come", .clauses("MQTT5-3.15.1-1"))
    func authFlags() async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.connect5(broker, properties: [.authenticationMethod("m")])
            let auth = ClientPacket.auth(reason: 0x19, properties: [.authenticationMethod("m")])
            try await client.expectDisconnect(0x81, after: auth.withFlags(2))
        }
    }

    @Test("A packet that only a server sends ends the connection with 0x82", .clauses("MQTT5-4.13.1-1"))
    func serverPackets() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .raw(0x20, [0, 0, 0]), .raw(0x90, [0, 1, 0, 0]), .raw(0xB0, [0, 1, 0, 0]), .raw(0xD0, []),
            ]
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x82, after: packet)
            }
        }
    }

    @Test("A length that is written with more bytes than it needs ends the connection", .clauses("MQTT5-1.5.5-1"))
    func overlongIntegers() async throws {
        let packets: [ClientPacket] = [
            ClientPacket.pingreq.withRemainingLength([0x80, 0x00]),
            ClientPacket.puback(1).withRemainingLength([0x82, 0x80, 0x00]),
            ClientPacket.pingreq.withRemainingLength([0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
            ClientPacket.pingreq.withRemainingLength([0x80, 0x80, 0x80, 0x80, 0x00]),
            ClientPacket.publish("t", "x").withRawProperties([0x80, 0x00]),
            ClientPacket.subscribe(1, "t").withRawProperties([0x80, 0x80, 0x80, 0x80, 0x00]),
            ClientPacket.subscribe(1, "t").withRawProperties([0x03, 0x0B, 0x81, 0x00]),
            ClientPacket.subscribe(1, "t").withRawProperties([0x06, 0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ]
        try await TestBroker.with { broker in
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, after: packet)
            }
        }
    }

    @Test(
        "A packet that should carry properties and has no property length ends the connection with 0x81",
        .clauses("MQTT5-2.2.2-1"))
    func missingPropertyLength() async throws {
        let packets: [ClientPacket] = [
            .raw(0x30, .field("t")), .raw(0x32, .field("t") + [0, 1]), .raw(0x82, [0, 1]), .raw(0xA2, [0, 1]),
            .puback(1, reason: 0, properties: []).withRawProperties([1]),
            .publish("t").withRawProperties([9, 1, 0]), .subscribe(1, "t").withRawProperties([100]),
        ]
        try await TestBroker.with { broker in
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, after: packet)
            }
        }
    }

    @Test(
        "The short forms of acknowledgements and DISCONNECT need no property length",
        .clauses("MQTT5-2.2.2-1", "MQTT5-2.2.1-5"))
    func shortForms() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            // Of unknown identifiers: PUBACK and PUBCOMP are ignored, the others are answered.
            client.send([.puback(9), .puback(9, reason: 0), .puback(9, reason: 0, properties: [])])
            client.send([.pubcomp(9), .pubcomp(9, reason: 0x92)])
            client.send([.pubrel(9), .pubrel(9, reason: 0x92), .pubrel(9, reason: 0, properties: [])])
            for _ in 0..<3 { try await client.expect(.pubcomp(.init(9, reason: 0x92))) }
            client.send([.pubrec(9), .pubrec(9, reason: 0)])
            for _ in 0..<2 { try await client.expect(.pubrel(.init(9, reason: 0x92))) }
            try await client.expectNothing()
            client.send(.disconnect(reason: 0))
            try await client.expectClosed()
        }
    }

    @Test("Bytes behind the last field, or too few of them, end the connection with 0x81", .clauses("MQTT5-4.13.1-1"))
    func wrongLengths() async throws {
        let packets: [ClientPacket] = [
            .pingreq.appending([0]), .raw(0x40, []), .raw(0x40, [1]), .raw(0x62, [0]), .raw(0x30, [0]),
            .raw(0x30, [0, 5, 0x61]), .raw(0x82, [0]), .raw(0x82, [0, 1, 0, 0, 1, 0x61]),
            .puback(1, reason: 0, properties: []).appending([0]),
            .disconnect(reason: 0, properties: []).appending([1]),
            .raw(0x82, [0, 1, 0, 0, 9, 0x61, 0]), .raw(0xA2, [0, 1, 0, 0, 9, 0x61]),
        ]
        try await TestBroker.with { broker in
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, after: packet)
            }
        }
    }

    @Test("Packet identifier 0 ends the connection with 0x82", .clauses("MQTT5-2.2.1-3"))
    func identifierZero() async throws {
        let packets: [ClientPacket] = [
            .publish("t", qos: 1, id: 0), .publish("t", qos: 2, id: 0), .subscribe(0, "t"), .unsubscribe(0, ["t"]),
        ]
        try await TestBroker.with { broker in
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x82, after: packet)
            }
        }
    }

    @Test(
        "A QoS 1 PUBLISH with the identifier of an open QoS 2 exchange is answered by 0x91 and not delivered",
        .clauses("MQTT5-2.2.1-3"))
    func identifierInUse() async throws {
        try await TestBroker.with { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("t")
            let client = try await TestClient.connect5(broker)
            client.send(.publish("t", "first", qos: 2, id: 7))
            try await client.expect(.pubrec(7))
            client.send(.publish("t", "second", qos: 1, id: 7))
            try await client.expect(.puback(.init(7, reason: 0x91)))
            client.send(.pubrel(7))
            try await client.expect(.pubcomp(7))
            try await client.publish("t", "third", qos: 1, id: 7)
            try await subscriber.expectPublish("first")
            try await subscriber.expectPublish("third")
        }
    }

    @Test(
        "Packets are taken out of the byte stream however it is cut, and answered in order", .clauses("MQTT5-4.2.0-1"))
    func stream() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.open(broker, version: .v5)
            let packets: [ClientPacket] = [
                .connect(id: "s", version: .v5), .subscribe(1, "t", qos: 1), .publish("t", "a", qos: 1, id: 2),
                .pingreq, .unsubscribe(3, ["t"]),
            ]
            for byte in packets.flatMap({ $0.bytes(.v5) }) {
                client.send([byte])
                await Task.yield()
            }
            _ = try await client.nextConnack()
            #expect(try await client.nextSuback() == .init(1, [1]))
            let publish = try await client.expectUnanswered("a")
            client.send(.puback(try publish.identifier()))
            try await client.expect(.puback(2))
            try await client.expect(.pingresp)
            #expect(try await client.nextUnsuback() == .init(3, [0]))
        }
    }
}
