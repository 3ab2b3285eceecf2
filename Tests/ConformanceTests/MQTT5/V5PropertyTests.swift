import BrokerTestKit
import Testing

@Suite("MQTT 5: properties")
struct V5PropertyTests {
    /// A list of properties with the reason code that it must lead to.
    struct Fault: Sendable {
        let code: UInt8
        let properties: [WireProperty]

        init(_ code: UInt8, _ properties: WireProperty...) {
            self.code = code
            self.properties = properties
        }
    }

    private static func unknown(_ id: Int) -> WireProperty { WireProperty(id, .byte(0)) }

    private static let method = WireProperty.authenticationMethod("m")

    private static let connectFaults: [Fault] = [
        .init(0x81, unknown(0x04)), .init(0x81, unknown(0x7F)), .init(0x81, .topicAlias(1)),
        .init(0x81, .messageExpiry(1)), .init(0x81, .reasonString("r")), .init(0x81, .willDelay(1)),
        .init(0x81, .serverKeepAlive(1)), .init(0x81, .assignedClientIdentifier("a")),
        .init(0x81, .subscriptionIdentifier(1)), .init(0x81, .maximumQoS(1)), .init(0x81, .responseInformation("r")),
        .init(0x81, .serverReference("s")), .init(0x81, .contentType("t")), .init(0x81, .retainAvailable(1)),
        .init(0x82, .sessionExpiry(1), .sessionExpiry(1)), .init(0x82, .receiveMaximum(1), .receiveMaximum(1)),
        .init(0x82, .maximumPacketSize(99), .maximumPacketSize(99)),
        .init(0x82, .topicAliasMaximum(1), .topicAliasMaximum(1)),
        .init(0x82, .requestResponseInformation(1), .requestResponseInformation(1)),
        .init(0x82, .requestProblemInformation(1), .requestProblemInformation(1)), .init(0x82, method, method),
        .init(0x82, method, .authenticationData([1]), .authenticationData([1])), .init(0x82, .receiveMaximum(0)),
        .init(0x82, .maximumPacketSize(0)), .init(0x82, .requestResponseInformation(2)),
        .init(0x82, .requestProblemInformation(2)), .init(0x82, .authenticationData([1])),
    ]

    @Test(
        "A CONNECT with a property that is unknown, misplaced, doubled or out of range is refused",
        .clauses("MQTT5-3.1.4-1", "MQTT5-4.13.1-1"))
    func connect() async throws {
        try await TestBroker.with { broker in
            for fault in Self.connectFaults {
                let fields = ConnectFields(id: "c", version: .v5, properties: fault.properties)
                try await TestClient.expectRefusal(broker, fields, fault.code)
            }
        }
    }

    private static let willFaults: [Fault] = [
        .init(0x81, unknown(0x05)), .init(0x81, .sessionExpiry(1)), .init(0x81, .topicAlias(1)),
        .init(0x81, .receiveMaximum(1)), .init(0x81, .reasonString("r")), .init(0x81, .subscriptionIdentifier(1)),
        .init(0x82, .willDelay(1), .willDelay(1)), .init(0x82, .payloadFormat(2)),
        .init(0x82, .messageExpiry(1), .messageExpiry(1)), .init(0x82, .contentType("t"), .contentType("t")),
        .init(0x82, .responseTopic("t"), .responseTopic("t")),
        .init(0x82, .correlationData([1]), .correlationData([1])), .init(0x82, .payloadFormat(0), .payloadFormat(0)),
    ]

    @Test(
        "A will with a property that is unknown, misplaced, doubled or out of range is refused",
        .clauses("MQTT5-3.1.4-1", "MQTT5-4.13.1-1"))
    func will() async throws {
        try await TestBroker.with { broker in
            for fault in Self.willFaults {
                let will = ConnectFields.Will("w", "", properties: fault.properties)
                let fields = ConnectFields(id: "c", version: .v5, will: will)
                try await TestClient.expectRefusal(broker, fields, fault.code)
            }
        }
    }

    private static let publishFaults: [Fault] = [
        .init(0x81, unknown(0x06)), .init(0x81, .sessionExpiry(1)), .init(0x81, .willDelay(1)),
        .init(0x81, .reasonString("r")), .init(0x81, .topicAliasMaximum(1)), .init(0x82, .payloadFormat(2)),
        .init(0x82, .payloadFormat(1), .payloadFormat(1)), .init(0x82, .messageExpiry(1), .messageExpiry(1)),
        .init(0x82, .topicAlias(1), .topicAlias(1)), .init(0x82, .contentType("t"), .contentType("t")),
        .init(0x82, .responseTopic("t"), .responseTopic("t")),
        .init(0x82, .correlationData([]), .correlationData([])),
    ]

    @Test(
        "A PUBLISH with a property that is unknown, misplaced, doubled or out of range ends the connection",
        .clauses("MQTT5-4.13.1-1"))
    func publish() async throws {
        try await TestBroker.with { broker in
            for fault in Self.publishFaults {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(fault.code, after: .publish("t", properties: fault.properties))
            }
        }
    }

    @Test(
        "A Subscription Identifier from a client's PUBLISH ends the connection with 0x82", .clauses("MQTT5-3.3.4-6"),
        arguments: [0, 1, 2] as [UInt8])
    func identifierInPublish(qos: UInt8) async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            let packet = ClientPacket.publish("t", qos: qos, properties: [.subscriptionIdentifier(1)])
            try await client.expectDisconnect(0x82, after: packet)
        }
    }

    @Test("A Response Topic with a wildcard ends the connection", .clauses("MQTT5-3.3.2-14"))
    func responseTopic() async throws {
        try await TestBroker.with { broker in
            for topic in ["a/+", "#", "a+b"] {
                let client = try await TestClient.connect5(broker)
                let packet = ClientPacket.publish("t", properties: [.responseTopic(topic)])
                try await client.expectDisconnect(0x82, 0x90, after: packet)
            }
            let will = ConnectFields.Will("w", "", properties: [.responseTopic("a/#")])
            try await TestClient.expectRefusal(broker, ConnectFields(version: .v5, will: will), 0x82)
        }
    }

    @Test(
        "Other packets with a property that is unknown, misplaced, doubled or out of range end the connection",
        .clauses("MQTT5-4.13.1-1"))
    func others() async throws {
        let reasons: [WireProperty] = [.reasonString("a"), .reasonString("b")]
        let faults: [(UInt8, ClientPacket)] = [
            (0x81, .subscribe(1, "t", properties: [.messageExpiry(1)])),
            (0x81, .subscribe(1, "t", properties: [.reasonString("r")])),
            (0x82, .subscribe(1, "t", properties: [.subscriptionIdentifier(0)])),
            (0x82, .subscribe(1, "t", properties: [.subscriptionIdentifier(1), .subscriptionIdentifier(2)])),
            (0x81, .subscribe(1, "t", properties: [Self.unknown(0x30)])),
            (0x81, .unsubscribe(1, ["t"], properties: [.subscriptionIdentifier(1)])),
            (0x81, .puback(1, properties: [.contentType("t")])), (0x82, .puback(1, properties: reasons)),
            (0x82, .pubrec(1, properties: reasons)), (0x81, .pubrec(1, properties: [.topicAlias(1)])),
            (0x82, .pubrel(1, properties: reasons)), (0x81, .pubrel(1, properties: [.serverReference("s")])),
            (0x82, .pubcomp(1, properties: reasons)), (0x81, .pubcomp(1, properties: [Self.unknown(0x2B)])),
            (0x82, .disconnect(properties: reasons)), (0x81, .disconnect(properties: [.serverReference("s")])),
            (0x82, .disconnect(properties: [.sessionExpiry(0), .sessionExpiry(0)])),
            (0x81, .disconnect(properties: [.willDelay(0)])),
        ]
        try await TestBroker.with { broker in
            for (code, packet) in faults {
                let client = try await TestClient.connect5(broker, expiry: 1)
                try await client.expectDisconnect(code, after: packet)
            }
        }
    }

    @Test("User Properties may be repeated in every packet", .clauses("MQTT5-1.5.7-1", "MQTT5-3.3.2-17"))
    func repeated() async throws {
        let twice: [WireProperty] = [.user("a", "1"), .user("a", "1"), .user("", "")]
        try await TestBroker.with { broker in
            let will = ConnectFields.Will("w", "", properties: twice)
            let client = try await TestClient.connect5(broker, will: will, properties: twice)
            try await client.subscribe("t", properties: twice)
            client.send(.puback(1, properties: twice))
            try await client.publish("t", "x", qos: 2, properties: twice)
            #expect(try await client.takePublish().properties == twice)
            client.send(.unsubscribe(9, ["t"], properties: twice))
            #expect(try await client.nextUnsuback() == .init(9, [0]))
            client.send(.disconnect(properties: twice))
            try await client.expectClosed()
        }
    }
}
