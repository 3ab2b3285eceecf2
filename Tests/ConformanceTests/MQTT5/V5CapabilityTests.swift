import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: what a broker may announce not to do")
struct V5CapabilityTests {
    @Test(
        "A broker with a lower maximum QoS announces it, grants no more and refuses more",
        .clauses("MQTT5-3.2.2-9", "MQTT5-3.2.2-10", "MQTT5-3.2.2-11", "MQTT5-3.2.2-12", "MQTT5-3.8.4-7"),
        arguments: [QualityOfService.atMostOnce, .atLeastOnce])
    func maximumQoS(maximum: QualityOfService) async throws {
        var limits = BrokerLimits()
        limits.maximumQoS = maximum
        let most = maximum.rawValue
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x24) == Int(most))
            let filters = [0, 1, 2].map { FilterRequest("t/\($0)", qos: $0) }
            #expect(try await client.subscribe(filters) == [0, min(1, most), most])
            try await client.publish("t/2", "x", qos: most)
            #expect(try await client.takePublish().qos == most)
            try await client.expectDisconnect(0x9B, after: .publish("t/2", "x", qos: most + 1))
            let will = ConnectFields.Will("w", "", qos: most + 1)
            try await TestClient.expectRefusal(broker, ConnectFields(version: .v5, will: will), 0x9B)
            _ = try await TestClient.connect5(broker, will: .init("w", "", qos: most))
        }
    }

    @Test("A broker for all QoS announces no maximum", .clauses("MQTT5-3.2.2-9"))
    func noMaximumQoS() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x24) == nil)
            #expect(client.connack.properties.number(0x25) == nil)
        }
    }

    @Test(
        "A broker without retained messages announces it and refuses them",
        .clauses("MQTT5-3.2.2-13", "MQTT5-3.2.2-14"))
    func retain() async throws {
        var limits = BrokerLimits()
        limits.retainAvailable = false
        try await TestBroker.with(limits: limits) { broker in
            for qos in UInt8(0)...2 {
                let client = try await TestClient.connect5(broker)
                #expect(client.connack.properties.number(0x25) == 0)
                try await client.publish("t", "x", qos: qos)
                try await client.expectDisconnect(0x9A, after: .publish("t", "x", qos: qos, retain: true))
            }
            let will = ConnectFields.Will("w", "", retain: true)
            try await TestClient.expectRefusal(broker, ConnectFields(version: .v5, will: will), 0x9A)
        }
    }

    @Test(
        "A broker without wildcards, shared subscriptions or identifiers announces it and refuses them",
        .clauses("MQTT5-3.9.3-2", "MQTT5-3.8.4-7"))
    func subscriptions() async throws {
        var limits = BrokerLimits()
        limits.wildcardSubscriptionsAvailable = false
        limits.sharedSubscriptionsAvailable = false
        limits.subscriptionIdentifiersAvailable = false
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            for property in [0x28, 0x29, 0x2A] { #expect(client.connack.properties.number(property) == 0) }
            let filters = ["a", "a/+", "#", "$share/g/a"].map { FilterRequest($0) }
            client.send(.subscribe(1, filters))
            #expect(try await client.nextSuback() == .init(1, [0, 0xA2, 0xA2, 0x9E]))
            let packet = ClientPacket.subscribe(2, "b", properties: [.subscriptionIdentifier(1)])
            try await client.expectDisconnect(0xA1, after: packet)
        }
    }

    @Test(
        "A packet above the server's Maximum Packet Size ends the connection with 0x95",
        .clauses(
            "MQTT5-3.2.2-15", "MQTT5-3.4.2-2", "MQTT5-3.4.2-3", "MQTT5-3.5.2-2", "MQTT5-3.5.2-3", "MQTT5-3.6.2-2",
            "MQTT5-3.6.2-3", "MQTT5-3.7.2-2", "MQTT5-3.7.2-3", "MQTT5-3.14.2-3", "MQTT5-3.14.2-4", "MQTT5-3.15.2-2",
            "MQTT5-3.15.2-3"))
    func packetSize() async throws {
        var limits = BrokerLimits()
        limits.maximumPacketSize = 100
        let text = WireProperty.reasonString(String(repeating: "r", count: 100))
        let user = WireProperty.user("name", String(repeating: "v", count: 100))
        var packets: [ClientPacket] = [.publish("t", String(repeating: "x", count: 96))]
        for property in [text, user] {
            packets += [
                .puback(1, properties: [property]), .pubrec(1, properties: [property]),
                .pubrel(1, properties: [property]), .pubcomp(1, properties: [property]),
                .disconnect(properties: [property]), .auth(reason: 0x18, properties: [property]),
            ]
        }
        try await TestBroker.with(limits: limits) { broker in
            for packet in packets {
                let client = try await TestClient.connect5(broker)
                #expect(client.connack.properties.number(0x27) == 100)
                // Exactly the maximum is all right.
                try await client.publish("t", String(repeating: "x", count: 94))
                try await client.expectDisconnect(0x95, after: packet)
            }
        }
    }

    @Test("A packet that is announced as too large is refused before it has come", .clauses("MQTT5-3.2.2-15"))
    func announcedSize() async throws {
        var limits = BrokerLimits()
        limits.maximumPacketSize = 100
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            client.send([0x30, 0xFF, 0xFF, 0xFF, 0x7F])
            try await client.expectDisconnect(0x95)
        }
    }

    @Test("A CONNECT above the Maximum Packet Size is refused", .clauses("MQTT5-3.2.2-15"))
    func connectSize() async throws {
        var limits = BrokerLimits()
        limits.maximumPacketSize = 100
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(ConnectFields(id: String(repeating: "x", count: 100), version: .v5))
            do {
                #expect(try await client.nextConnack().code == 0x95)
            } catch {
                #expect(client.receivedBytes.isEmpty)
            }
            try await client.expectClosed()
        }
    }
}
