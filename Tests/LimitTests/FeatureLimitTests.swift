import BrokerTestKit
import BrokerValues
import Testing

@Suite("What the broker does not do")
struct FeatureLimitTests {
    @Test(
        "A PUBLISH or a will above the maximum QoS is refused, a subscription is granted less",
        arguments: [QualityOfService.atMostOnce, .atLeastOnce, .exactlyOnce])
    func maximumQoS(maximum: QualityOfService) async throws {
        try await TestBroker.with(limits: .with { $0.maximumQoS = maximum }) { broker in
            let most = maximum.rawValue
            var refused = 0
            for qos in UInt8(0)...2 {
                let will = ConnectFields.Will("w", "", qos: qos)
                let client = try await TestClient.connect5(broker)
                #expect(client.connack.properties.number(0x24) == (most < 2 ? Int(most) : nil))
                #expect(try await client.subscribe("t", qos: qos) == min(qos, most))
                if qos <= most {
                    try await client.publish("t", "x", qos: qos)
                    _ = try await TestClient.connect5(broker, will: will)
                } else {
                    try await client.expectDisconnect(0x9B, after: .publish("t", "x", qos: qos))
                    try await TestClient.expectRefusal(broker, ConnectFields(version: .v5, will: will), 0x9B)
                    // Version 3 has no word for it.
                    let old = try await TestClient.connect(broker)
                    try await old.expectClosed(after: .publish("t", "x", qos: qos))
                    refused += 3
                }
            }
            #expect(broker.refusals(.qos) == refused)
        }
    }

    @Test("Retained messages and wills are refused where they are switched off", arguments: [true, false])
    func retain(isAvailable: Bool) async throws {
        try await TestBroker.with(limits: .with { $0.retainAvailable = isAvailable }) { broker in
            let will = ConnectFields.Will("w", "", retain: true)
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x25) == (isAvailable ? nil : 0))
            try await client.publish("t", "x")
            if isAvailable {
                try await client.publish("t", "x", retain: true)
                _ = try await TestClient.connect5(broker, will: will)
            } else {
                try await client.expectDisconnect(0x9A, after: .publish("t", "x", retain: true))
                try await TestClient.expectRefusal(broker, ConnectFields(version: .v5, will: will), 0x9A)
            }
            #expect(broker.refusals(.retained) == (isAvailable ? 0 : 2))
        }
    }

    /// A kind of subscription that can be switched off.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case wildcards, shared, identifiers
        var testDescription: String { rawValue }

        var property: Int {
            switch self {
            case .wildcards: 0x28
            case .identifiers: 0x29
            case .shared: 0x2A
            }
        }
    }

    @Test("Each kind of subscription is refused where it is switched off, and only that", arguments: Kind.allCases)
    func subscriptionKinds(off: Kind) async throws {
        let limits = BrokerLimits.with {
            $0.wildcardSubscriptionsAvailable = off != .wildcards
            $0.sharedSubscriptionsAvailable = off != .shared
            $0.subscriptionIdentifiersAvailable = off != .identifiers
        }
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            for kind in Kind.allCases {
                #expect(client.connack.properties.number(kind.property) == (kind == off ? 0 : nil))
            }
            client.send(.subscribe(1, ["a", "a/+", "$share/g/a"].map { FilterRequest($0) }))
            #expect(
                try await client.nextSuback().codes == [
                    0, off == .wildcards ? 0xA2 : 0, off == .shared ? 0x9E : 0,
                ])
            let packet = ClientPacket.subscribe(2, "b", properties: [.subscriptionIdentifier(1)])
            if off == .identifiers {
                try await client.expectDisconnect(0xA1, after: packet)
            } else {
                client.send(packet)
                #expect(try await client.nextSuback().codes == [0])
            }
            #expect(broker.refusals(.subscriptionKind) == 1)
        }
    }

    @Test(
        "A message, a retained one or a will expires at the latest when the limit says",
        arguments: [(nil, 50), (49, 49), (50, 50), (51, 50)] as [(UInt32?, Int)])
    func messageExpiry(wish: UInt32?, expected: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumMessageExpiry = 50 }) { broker in
            let properties = wish.map { [WireProperty.messageExpiry($0)] } ?? []
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t")
            try await client.publish("t", "x", properties: properties)
            #expect(try await client.expectPublish("x").properties.number(0x02) == expected)
            let will = ConnectFields.Will("t", "gone", properties: properties)
            let lost = try await TestClient.connect5(broker, will: will)
            await lost.close()
            #expect(try await client.expectPublish("gone").properties.number(0x02) == expected)
        }
    }

    @Test("Without a limit a message expires when its publisher says, or never")
    func unlimitedMessageExpiry() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t")
            try await client.publish("t", "x")
            #expect(try await client.expectPublish("x").properties.number(0x02) == nil)
            try await client.publish("t", "y", properties: [.messageExpiry(1_000_000)])
            let left = try #require(try await client.expectPublish("y").properties.number(0x02))
            #expect((999_000...1_000_000).contains(left))
        }
    }
}
