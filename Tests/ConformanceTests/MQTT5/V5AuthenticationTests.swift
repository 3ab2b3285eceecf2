import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: enhanced authentication")
struct V5AuthenticationTests {
    /// Asks for data until it is "end"; says no to "bad".
    private static func challenger() -> ScriptedAuthority {
        ScriptedAuthority { question in
            guard question.method != nil else { return .accept([1]) }
            switch question.data {
            case [UInt8]("end".utf8)?: return .accept([UInt8]("welcome".utf8))
            case [UInt8]("bad".utf8)?: return .refuse(0x87)
            default: return .challenge([UInt8]("more".utf8))
            }
        }
    }

    private static func auth(_ reason: UInt8, _ data: String, method: String = "m") -> ClientPacket {
        .auth(reason: reason, properties: [.authenticationMethod(method), .authenticationData([UInt8](data.utf8))])
    }

    private static func fields(_ data: String, will: ConnectFields.Will? = nil) -> ConnectFields {
        ConnectFields(
            id: "c", version: .v5, will: will,
            properties: [.authenticationMethod("m"), .authenticationData([UInt8](data.utf8))])
    }

    private static let more = ServerPacket.auth(
        .init(0x18, properties: [.authenticationMethod("m"), .authenticationData([UInt8]("more".utf8))]))

    private static func with(_ body: (TestBroker) async throws -> Void) async throws {
        let authority = challenger()
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { try await body($0) }
    }

    @Test("Without anybody who knows the method CONNECT is refused with 0x8C", .clauses("MQTT5-4.12.0-1"))
    func unsupported() async throws {
        try await TestBroker.with { broker in
            _ = try await TestClient.expectRefusal(broker, Self.fields("x"), 0x8C)
        }
    }

    @Test(
        "Challenges go back and forth until the client is let in",
        .clauses("MQTT5-4.12.0-2", "MQTT5-4.12.0-5", "MQTT5-3.2.0-1", "MQTT5-3.15.2-1"))
    func handshake() async throws {
        try await Self.with { broker in
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(Self.fields("hello"))
            for _ in 0..<3 {
                try await client.expect(Self.more)
                client.send(Self.auth(0x18, "again"))
            }
            try await client.expect(Self.more)
            client.send(Self.auth(0x18, "end"))
            let connack = try await client.nextConnack()
            #expect(connack.code == 0 && connack.properties.text(0x15) == "m")
            #expect(connack.properties.text(0x16) == "welcome")
            try await client.expectNothing()
        }
    }

    @Test("A refusal at any step is a CONNACK, and closes", .clauses("MQTT5-4.12.0-4", "MQTT5-4.13.2-1"))
    func refused() async throws {
        try await Self.with { broker in
            try await TestClient.expectRefusal(broker, Self.fields("bad"), 0x87)
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(Self.fields("hello"))
            try await client.expect(Self.more)
            client.send(Self.auth(0x18, "bad"))
            try await client.expectRefusal(0x87)
        }
    }

    @Test(
        "In the handshake another reason, another method, or another packet than AUTH is refused",
        .clauses("MQTT5-4.12.0-3", "MQTT5-4.12.0-5", "MQTT5-3.1.2-30"))
    func faults() async throws {
        try await Self.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("#")
            let packets: [ClientPacket] = [
                Self.auth(0x19, "end"), Self.auth(0x00, "end"), Self.auth(0x18, "end", method: "other"),
                .publish("t", "x"), .subscribe(1, "t"), .pingreq, .connect(Self.fields("end")),
                .auth(reason: 0x18, properties: []), .puback(1),
            ]
            for packet in packets {
                let client = try await TestClient.open(broker, version: .v5)
                client.sendConnect(Self.fields("hello", will: .init("w", "will")))
                try await client.expect(Self.more)
                client.send(packet)
                let connack = try await client.nextConnack()
                #expect([0x81, 0x82, 0x8C].contains(connack.code))
                try await client.expectClosed()
            }
            // DISCONNECT is allowed, and leaves nothing behind.
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(Self.fields("hello", will: .init("w", "will")))
            try await client.expect(Self.more)
            try await client.disconnect()
            try await observer.expectNothing()
        }
    }

    @Test(
        "Without a method there is no AUTH, from neither side, and no method in CONNACK",
        .clauses("MQTT5-4.12.0-6", "MQTT5-4.12.0-7"))
    func withoutMethod() async throws {
        try await Self.with { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.bytes(0x15) == nil && client.connack.properties.bytes(0x16) == nil)
            try await client.expectDisconnect(0x82, after: Self.auth(0x19, "end"))
        }
        let authority = ScriptedAuthority { _ in .challenge([1]) }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(ConnectFields(id: "c", version: .v5))
            #expect(try await client.nextConnack().code >= 0x80)
            try await client.expectClosed()
        }
    }

    @Test(
        "A client may authenticate again; messages flow meanwhile, and a refusal ends the connection",
        .clauses("MQTT5-4.12.1-1", "MQTT5-4.12.1-2", "MQTT5-4.12.0-5"))
    func again() async throws {
        try await Self.with { broker in
            let client = try await TestClient.open(broker, version: .v5)
            try await client.connect(Self.fields("end"))
            try await client.subscribe("t")
            for _ in 0..<2 {
                client.send(Self.auth(0x19, "hello"))
                try await client.expect(Self.more)
                try await client.publish("t", "meanwhile")
                try await client.expectPublish("meanwhile")
                client.send(Self.auth(0x18, "end"))
                let success: [WireProperty] = [
                    .authenticationMethod("m"), .authenticationData([UInt8]("welcome".utf8)),
                ]
                try await client.expect(.auth(.init(0, properties: success)))
            }
            client.send(Self.auth(0x19, "hello"))
            try await client.expect(Self.more)
            client.send(Self.auth(0x18, "bad"))
            try await client.expectDisconnect(0x87)
        }
    }

    @Test(
        "Authenticating again with another method or out of turn ends the connection",
        .clauses("MQTT5-4.12.1-1", "MQTT5-4.12.0-3", "MQTT5-4.12.0-5"))
    func againFaults() async throws {
        try await Self.with { broker in
            for packet in [Self.auth(0x19, "end", method: "other"), Self.auth(0x18, "end"), Self.auth(0x00, "end")] {
                let client = try await TestClient.open(broker, version: .v5)
                try await client.connect(Self.fields("end"))
                try await client.expectDisconnect(0x82, 0x8C, 0x87, after: packet)
            }
        }
    }

    @Test(
        "Authenticating again that is not answered in time is refused with a code of DISCONNECT",
        .clauses("MQTT5-4.12.1-2", "MQTT5-3.14.2-1"))
    func againTimeout() async throws {
        var limits = BrokerLimits()
        limits.authorityTimeoutMilliseconds = 300
        let authority = ScriptedAuthority { $0.kind == .reauthenticate ? .pending : .accept() }
        try await TestBroker.with(limits: limits, ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.open(broker, version: .v5)
            try await client.connect(Self.fields("end"))
            client.send(Self.auth(0x19, "x"))
            // The client's decoder knows which codes DISCONNECT may have.
            guard case .disconnect(let ending) = try await client.next() else { throw TestFailure("DISCONNECT") }
            #expect(ending.reason >= 0x80)
            try await client.expectClosed()
        }
    }

    @Test("A challenge that the client does not answer in time is refused", .clauses("MQTT5-4.12.0-4"))
    func challengeTimeout() async throws {
        var limits = BrokerLimits()
        limits.authorityTimeoutMilliseconds = 300
        let authority = Self.challenger()
        try await TestBroker.with(limits: limits, ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(Self.fields("hello"))
            try await client.expect(Self.more)
            #expect(try await client.nextConnack().code >= 0x80)
            try await client.expectClosed()
        }
    }
}
