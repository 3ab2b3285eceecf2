import BrokerTestKit
import Testing

/// A CONNECT that breaks the rules for its flags and payload.
private struct MalformedConnect: CustomTestStringConvertible {
    let testDescription: String
    let packet: ClientPacket

    init(_ description: String, _ change: (inout ConnectFields) -> Void) {
        var fields = ConnectFields(id: "client")
        change(&fields)
        testDescription = description
        packet = .connect(fields)
    }

    init(_ description: String, _ packet: ClientPacket) {
        testDescription = description
        self.packet = packet
    }

    static let will: [MalformedConnect] = [
        .init("will flag without will") { $0.flags = 0x06 },
        .init("will flag with a topic only", ClientPacket.connect(flagged(0x06)).appending(.field("t"))),
        .init("will without will flag") {
            $0.will = .init("t", "x")
            $0.flags = 0x02
        },
        .init("will QoS 1 without will flag") { $0.flags = 0x0A },
        .init("will QoS 2 without will flag") { $0.flags = 0x12 },
        .init("will retain without will flag") { $0.flags = 0x22 },
        .init("will QoS 3") { $0.will = .init("t", "x", qos: 3) },
        .init("will QoS 3 without will flag") { $0.flags = 0x1A },
        .init("empty will topic") { $0.will = .init("", "x") },
        .init("will topic with a wildcard") { $0.will = .init("a/+", "x") },
    ]

    static let credentials: [MalformedConnect] = [
        .init("user name without its flag") {
            $0.userName = Array("user".utf8)
            $0.flags = 0x02
        },
        .init("user name flag without user name") { $0.flags = 0x82 },
        .init("password without its flag") {
            $0.userName = Array("user".utf8)
            $0.password = Array("password".utf8)
            $0.flags = 0x82
        },
        .init("password flag without password") {
            $0.userName = Array("user".utf8)
            $0.flags = 0xC2
        },
        .init("password without user name") { $0.password = Array("password".utf8) },
    ]

    static let payload: [MalformedConnect] = [
        .init("no client identifier") { $0.clientIdentifier = nil },
        .init("client identifier cut short", .raw(0x10, head + [0, 5, 0x61])),
        .init("no payload length", .raw(0x10, head + [0])),
        .init("no keep-alive", .raw(0x10, Array(head.dropLast(2)))),
        .init("no flags", .raw(0x10, Array(head.dropLast(3)))),
        .init("no protocol level", .raw(0x10, .field("MQTT"))),
        .init("no body", .raw(0x10, [])),
        .init("bytes left over", ClientPacket.connect(id: "client").appending([0])),
        .init("a field left over", ClientPacket.connect(id: "client").appending(.field("more"))),
    ]

    private static let head: [UInt8] = .field("MQTT") + [4, 2, 0, 0]

    private static func flagged(_ flags: UInt8) -> ConnectFields {
        var fields = ConnectFields(id: "client")
        fields.flags = flags
        return fields
    }

    /// Nothing may be answered, not even a refusal.
    func expectSilentClose() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.open(broker)
            try await client.expectClosed(after: packet)
            #expect(client.receivedBytes.isEmpty)
        }
    }
}

@Suite("MQTT 3.1.1: malformed CONNECT")
struct MalformedConnectTests {
    @Test(
        "A CONNECT whose will does not fit its flags gets no answer but the close",
        .clauses(
            "MQTT-3.1.2-9", "MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-14", "MQTT-3.1.2-15", "MQTT-3.1.4-1",
            "MQTT-3.2.2-6"), arguments: MalformedConnect.will)
    private func will(connect: MalformedConnect) async throws { try await connect.expectSilentClose() }

    @Test(
        "A CONNECT whose credentials do not fit its flags gets no answer but the close",
        .clauses(
            "MQTT-3.1.2-18", "MQTT-3.1.2-19", "MQTT-3.1.2-20", "MQTT-3.1.2-21", "MQTT-3.1.2-22", "MQTT-3.1.4-1"),
        arguments: MalformedConnect.credentials)
    private func credentials(connect: MalformedConnect) async throws { try await connect.expectSilentClose() }

    @Test(
        "A CONNECT with missing fields or bytes left over gets no answer but the close",
        .clauses("MQTT-3.1.3-1", "MQTT-3.1.3-3", "MQTT-3.1.4-1", "MQTT-3.2.2-6"),
        arguments: MalformedConnect.payload)
    private func payload(connect: MalformedConnect) async throws { try await connect.expectSilentClose() }
}
