import BrokerTestKit
import Testing

/// Where a client sends strings.
private enum StringPlace: String, CaseIterable, CustomTestStringConvertible {
    case clientIdentifier, willTopic, userName, topicName, subscribeFilter, unsubscribeFilter

    var testDescription: String { rawValue }

    /// A packet with `bytes` there, and whether it is the first of its connection.
    func packet(_ bytes: [UInt8]) -> (packet: ClientPacket, isFirst: Bool) {
        var connect = ConnectFields(id: "client")
        switch self {
        case .clientIdentifier: connect.clientIdentifier = bytes
        case .willTopic:
            connect.will = ConnectFields.Will("", "will")
            connect.will?.topic = bytes
        case .userName: connect.userName = bytes
        case .topicName: return (.publish(topic: bytes, payload: [1]), false)
        case .subscribeFilter: return (.subscribe(1, [FilterRequest(filter: bytes, options: 0)]), false)
        case .unsubscribeFilter: return (.raw(0xA2, .big(UInt16(1)) + .field(bytes)), false)
        }
        return (.connect(connect), true)
    }
}

@Suite("MQTT 3.1.1: strings")
struct StringTests {
    private static let forbidden: [[UInt8]] = [
        [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0x61, 0xED, 0xAF, 0xBF, 0x62],  // surrogates
        [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF],  // overlong
        [0x80], [0x61, 0xBF], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xE2, 0x28, 0xA1],  // out of place or cut
        [0xF4, 0x90, 0x80, 0x80], [0xFE], [0xFF],  // beyond Unicode
    ]

    @Test(
        "A string that is not well-formed UTF-8 ends the connection",
        .clauses(
            "MQTT-1.5.3-1", "MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11", "MQTT-3.3.2-1", "MQTT-3.8.3-1",
            "MQTT-3.10.3-1"), arguments: StringPlace.allCases)
    private func illFormed(place: StringPlace) async throws {
        try await TestBroker.with { broker in
            for bytes in Self.forbidden {
                let (packet, isFirst) = place.packet(bytes)
                let client = isFirst ? try await TestClient.open(broker) : try await TestClient.connect(broker)
                try await client.expectClosed(after: packet)
            }
        }
    }

    @Test(
        "A string with U+0000 ends the connection", .clauses("MQTT-1.5.3-2", "MQTT-4.7.3-2"),
        arguments: StringPlace.allCases)
    private func null(place: StringPlace) async throws {
        try await TestBroker.with { broker in
            for bytes: [UInt8] in [[0], [0x61, 0], [0, 0x61], Array("a long enough text".utf8) + [0] + [0x61]] {
                let (packet, isFirst) = place.packet(bytes)
                let client = isFirst ? try await TestClient.open(broker) : try await TestClient.connect(broker)
                try await client.expectClosed(after: packet)
            }
        }
    }

    @Test("EF BB BF in a topic is a character like any other and reaches the subscriber", .clauses("MQTT-1.5.3-3"))
    func byteOrderMark() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            try await client.subscribe("\u{FEFF}a", qos: 0)
            try await client.subscribe("b/+", qos: 0)
            try await client.publish("a", "without")
            try await client.publish("\u{FEFF}a", "with")
            #expect(try await client.nextPublish() == .init("\u{FEFF}a", "with"))
            try await client.publish("b/\u{FEFF}", "inside")
            #expect(try await client.nextPublish().topicBytes == [0x62, 0x2F, 0xEF, 0xBB, 0xBF])
            try await client.expectNothing()
        }
    }

    @Test("Client identifiers that differ by U+FEFF are different clients", .clauses("MQTT-1.5.3-3", "MQTT-3.1.3-2"))
    func byteOrderMarkInIdentifier() async throws {
        try await TestBroker.with { broker in
            let plain = try await TestClient.connect(broker, id: "client")
            let marked = try await TestClient.connect(broker, id: "\u{FEFF}client")
            try await plain.expectNothing()
            try await marked.expectNothing()
        }
    }

    @Test("Well-formed strings of every length of UTF-8 sequence arrive as they were sent", .clauses("MQTT-1.5.3-1"))
    func wellFormed() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker, id: "é€😀", userName: "用户", password: "x")
            try await client.subscribe("#")
            for topic in ["é", "€", "😀", "\u{D7FF}", "\u{E000}", "\u{10FFFF}", "a\u{308}", "ä", " ", "\u{1}"] {
                try await client.publish(topic, "x")
                #expect(try await client.nextPublish().topicBytes == Array(topic.utf8))
            }
        }
    }
}
