import BrokerTestKit
import Testing

/// A packet that carries a string in some place.
struct V5StringPlace: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let packet: @Sendable (_ bytes: [UInt8]) -> ClientPacket

    init(_ place: String, _ packet: @escaping @Sendable (_ bytes: [UInt8]) -> ClientPacket) {
        testDescription = place
        self.packet = packet
    }

    private static func property(_ id: Int, _ bytes: [UInt8]) -> WireProperty { WireProperty(id, .bytes(bytes)) }

    private static func name(_ bytes: [UInt8]) -> WireProperty { WireProperty(0x26, .pair(bytes, [])) }

    private static func value(_ bytes: [UInt8]) -> WireProperty { WireProperty(0x26, .pair([], bytes)) }

    /// Every string that an open connection can carry from a client.
    static let open: [V5StringPlace] = [
        .init("topic name") { .publish(topic: $0) },
        .init("response topic") { .publish("t", properties: [property(0x08, $0)]) },
        .init("content type") { .publish("t", properties: [property(0x03, $0)]) },
        .init("user property name of PUBLISH") { .publish("t", properties: [name($0)]) },
        .init("user property value of PUBLISH") { .publish("t", properties: [value($0)]) },
        .init("topic filter of SUBSCRIBE") { .subscribe(1, [FilterRequest(filter: $0, options: 0)]) },
        .init("user property of SUBSCRIBE") { .subscribe(1, "t", properties: [value($0)]) },
        .init("topic filter of UNSUBSCRIBE") {
            ClientPacket(0xA2, head: .big(UInt16(1)), properties: .list([]), tail: .field($0))
        },
        .init("user property of UNSUBSCRIBE") { .unsubscribe(1, ["t"], properties: [name($0)]) },
        .init("reason string of PUBACK") { .puback(1, properties: [property(0x1F, $0)]) },
        .init("reason string of PUBREC") { .pubrec(1, properties: [property(0x1F, $0)]) },
        .init("user property of PUBREL") { .pubrel(1, properties: [name($0)]) },
        .init("user property of PUBCOMP") { .pubcomp(1, properties: [value($0)]) },
        .init("reason string of DISCONNECT") { .disconnect(properties: [property(0x1F, $0)]) },
        .init("user property of DISCONNECT") { .disconnect(properties: [value($0)]) },
    ]

    private static func connect(_ change: (inout ConnectFields) -> Void) -> ClientPacket {
        var fields = ConnectFields(id: "c", version: .v5)
        change(&fields)
        return .connect(fields)
    }

    /// Every string that a CONNECT can carry.
    static let connect: [V5StringPlace] = [
        .init("client identifier") { bytes in connect { $0.clientIdentifier = bytes } },
        .init("user name") { bytes in connect { $0.userName = bytes } },
        .init("authentication method") { bytes in connect { $0.properties = [property(0x15, bytes)] } },
        .init("user property of CONNECT") { bytes in connect { $0.properties = [name(bytes)] } },
        .init("will topic") { bytes in
            connect {
                $0.will = .init("", "")
                $0.will?.topic = bytes
            }
        },
        .init("content type of the will") { bytes in
            connect { $0.will = .init("w", "", properties: [property(0x03, bytes)]) }
        },
        .init("response topic of the will") { bytes in
            connect { $0.will = .init("w", "", properties: [property(0x08, bytes)]) }
        },
        .init("user property of the will") { bytes in
            connect { $0.will = .init("w", "", properties: [value(bytes)]) }
        },
    ]
}

@Suite("MQTT 5: strings")
struct V5StringTests {
    /// What may not stand in a string: surrogates, overlong and cut forms, what lies beyond U+10FFFF, stray bytes, and
    /// U+0000.
    private static let illFormed: [[UInt8]] = [
        [0xED, 0xA0, 0x80], [0x61, 0xED, 0xBF, 0xBF], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0x80],
        [0xC3], [0x61, 0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80], [0x00],
        [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x00, 0x6A],
    ]

    @Test(
        "A string that is not UTF-8, or holds U+0000, ends an open connection with 0x81",
        .clauses(
            "MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-1.5.7-1", "MQTT5-3.3.2-1", "MQTT5-3.3.2-13", "MQTT5-3.3.2-19",
            "MQTT5-3.8.3-1", "MQTT5-3.10.3-1", "MQTT5-4.7.3-2", "MQTT5-4.13.1-1"),
        arguments: V5StringPlace.open)
    func illFormedString(place: V5StringPlace) async throws {
        try await TestBroker.with { broker in
            for bytes in Self.illFormed {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x81, after: place.packet(bytes))
            }
        }
    }

    @Test(
        "A CONNECT with a string that is not UTF-8, or holds U+0000, is refused with 0x81",
        .clauses(
            "MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-1.5.7-1", "MQTT5-3.1.3-4", "MQTT5-3.1.3-11", "MQTT5-3.1.3-12",
            "MQTT5-3.1.4-1"),
        arguments: V5StringPlace.connect)
    func illFormedConnect(place: V5StringPlace) async throws {
        try await TestBroker.with { broker in
            for bytes in Self.illFormed {
                let client = try await TestClient.open(broker, version: .v5)
                client.send(place.packet(bytes))
                try await client.expectRefusal(0x81)
            }
        }
    }

    @Test("U+FEFF is a character like any other and is never stripped", .clauses("MQTT5-1.5.4-3"))
    func byteOrderMark() async throws {
        try await TestBroker.with { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe([FilterRequest("\u{FEFF}t"), FilterRequest("u")])
            let publisher = try await TestClient.connect5(broker, id: "\u{FEFF}p", expiry: 60)
            try await publisher.publish("t", "without")
            try await publisher.publish("\u{FEFF}t", "with", properties: [.contentType("\u{FEFF}")])
            let publish = try await subscriber.expectPublish("with")
            #expect(publish.topicBytes == [0xEF, 0xBB, 0xBF, 0x74])
            #expect(publish.properties.bytes(0x03) == [0xEF, 0xBB, 0xBF])
            try await publisher.disconnect()
            let other = try await TestClient.connect5(broker, id: "p", clean: false)
            #expect(!other.connack.sessionPresent)
            let same = try await TestClient.connect5(broker, id: "\u{FEFF}p", clean: false)
            #expect(same.connack.sessionPresent)
        }
    }

    @Test("Topics are compared byte for byte, without normalizing", .clauses("MQTT5-4.7.3-4"))
    func normalization() async throws {
        try await TestBroker.with { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe([FilterRequest("caf\u{E9}"), FilterRequest("x/caf\u{E9}/+")])
            let publisher = try await TestClient.connect5(broker)
            for topic in ["cafe\u{301}", "CAF\u{C9}", "caf\u{E9} ", "x/cafe\u{301}/1"] {
                try await publisher.publish(topic, topic)
            }
            try await publisher.publish("caf\u{E9}", "equal")
            try await subscriber.expectPublish("equal")
            try await publisher.publish("x/caf\u{E9}/1", "equal below a wildcard")
            try await subscriber.expectPublish("equal below a wildcard")
        }
    }

    @Test("Passwords, will payloads, payloads and correlation data may be any bytes", .clauses("MQTT5-3.3.2-16"))
    func binaryFields() async throws {
        let bytes: [UInt8] = [0x00, 0xFF, 0xED, 0xA0, 0x80, 0xC0]
        try await TestBroker.with { broker in
            var fields = ConnectFields(id: "binary", version: .v5)
            fields.password = bytes
            fields.will = .init("w", "", properties: [.correlationData(bytes)])
            fields.will?.payload = bytes
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("+")
            let client = try await TestClient.open(broker, version: .v5)
            try await client.connect(fields)
            client.send(.publish(topic: [0x74], payload: bytes, properties: [.correlationData(bytes)]))
            await client.reset()
            for topic in ["t", "w"] {
                let publish = try await subscriber.nextPublish()
                #expect(publish.topic == topic && publish.payload == bytes)
                #expect(publish.properties == [.correlationData(bytes)])
            }
        }
    }
}
