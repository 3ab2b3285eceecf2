import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: fixed header")
struct FixedHeaderTests {
    private static let packetsWithFixedFlags: [ClientPacket] = [
        .puback(1), .pubrec(1), .pubrel(1), .pubcomp(1), .subscribe(1, "a"), .unsubscribe(1, ["a"]), .pingreq,
        .disconnect(),
    ]

    @Test(
        "A packet whose flags are not those of its type ends the connection",
        .clauses(
            "MQTT-2.2.2-1", "MQTT-2.2.2-2", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1",
            "MQTT-4.8.0-1"))
    func wrongFlags() async throws {
        try await TestBroker.with { broker in
            for packet in Self.packetsWithFixedFlags {
                for flags in UInt8(0)...15 where flags != packet.firstByte & 15 {
                    let client = try await TestClient.connect(broker)
                    try await client.expectClosed(after: packet.withFlags(flags))
                }
            }
        }
    }

    @Test("A CONNECT with flags in its first byte gets no answer but the close", .clauses("MQTT-2.2.2-2"))
    func wrongFlagsOfConnect() async throws {
        try await TestBroker.with { broker in
            for flags in UInt8(1)...15 {
                let client = try await TestClient.open(broker)
                try await client.expectClosed(after: ClientPacket.connect(id: "a").withFlags(flags))
            }
        }
    }

    @Test(
        "A DISCONNECT with flags is no DISCONNECT: the will is published", .clauses("MQTT-3.14.1-1"),
        arguments: eventLoopCounts)
    func disconnectWithFlags(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will")
            let client = try await TestClient.connect(broker, will: .init("will", "gone"))
            try await client.expectClosed(after: ClientPacket.disconnect().withFlags(1))
            #expect(try await witness.nextPublish() == .init("will", "gone"))
        }
    }

    @Test("Packet types that are reserved or only a server's end the connection", .clauses("MQTT-4.8.0-1"))
    func foreignTypes() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .raw(0x00, []), .raw(0xF0, []), .raw(0x20, [0, 0]), .raw(0x90, [0, 1, 0]), .raw(0xB0, [0, 1]),
                .raw(0xD0, []),
            ]
            for packet in packets {
                let client = try await TestClient.connect(broker)
                try await client.expectClosed(after: packet)
            }
        }
    }

    @Test("A remaining length of more than four bytes ends the connection", .clauses("MQTT-4.8.0-1"))
    func endlessLength() async throws {
        try await TestBroker.with { broker in
            let connected = try await TestClient.connect(broker)
            try await connected.expectClosed(after: [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
            let fresh = try await TestClient.open(broker)
            try await fresh.expectClosed(after: [0x10, 0x80, 0x80, 0x80, 0x80, 0x01])
        }
    }

    @Test("A packet that is shorter or longer than its fields ends the connection", .clauses("MQTT-4.8.0-1"))
    func wrongLengths() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .raw(0x40, []), .raw(0x40, [0]), .raw(0x40, [0, 1, 0]), .raw(0x62, [1]), .raw(0x62, [0, 1, 0]),
                .raw(0x50, [0, 1, 0]), .raw(0x70, [0, 1, 0, 0]), .raw(0xC0, [0]), .raw(0xE0, [0]),
                .raw(0x30, []), .raw(0x30, [0]), .raw(0x30, [0, 5, 0x61]), .raw(0x32, [0, 1, 0x61, 0]),
                .raw(0x82, [0]), .raw(0x82, [0, 1, 0]), .raw(0x82, [0, 1, 0, 1, 0x61]),
                .raw(0x82, [0, 1, 0, 9, 0x61, 0]), .raw(0xA2, [0, 1, 0, 2, 0x61]),
            ]
            for packet in packets {
                let client = try await TestClient.connect(broker)
                try await client.expectClosed(after: packet)
            }
        }
    }
}
