import MQTTWire
import Testing

@Suite("DISCONNECT from a client")
struct DisconnectTests {
    private func decode(_ body: [UInt8], _ version: ProtocolVersion) throws -> DisconnectPacket {
        try body.withByteView { view in try DisconnectPacket.decode(view, version: version) }
    }

    @Test("An empty DISCONNECT is a normal one in every version", arguments: ProtocolVersion.allCases)
    func empty(version: ProtocolVersion) throws {
        let packet = try decode([], version)
        #expect(packet.reason == .success)
        #expect(packet.sessionExpiry == nil)
        #expect(packet.reasonString == nil)
    }

    @Test("3.x has nothing in a DISCONNECT")
    func old() {
        #expect(refusal { try decode([0], .v3_1_1) } == .malformedPacket)
        #expect(refusal { try decode([0], .v3_1) } == .malformedPacket)
    }

    @Test("Reason, session expiry and reason string are read")
    func everything() throws {
        let properties: [UInt8] = [0x11, 0, 0, 1, 0, 0x1F] + field("bye") + [0x26] + field("k") + field("v")
        let packet = try decode([0x04] + section(properties), .v5)
        #expect(packet.reason == .disconnectWithWill)
        #expect(packet.sessionExpiry == 256)
        #expect(packet.reasonString == "bye")
        #expect(try decode([0x04], .v5).reason == .disconnectWithWill)
        #expect(try decode([0x04, 0], .v5).sessionExpiry == nil)
    }

    @Test("A DISCONNECT that is cut is malformed where it does not happen to be a short form")
    func cuts() {
        let body: [UInt8] = [0x04] + section([0x11, 0, 0, 0, 1, 0x1F] + field("bye"))
        expectCutsMalformed(body, except: [0, 1]) { view in _ = try DisconnectPacket.decode(view, version: .v5) }
    }

    @Test("Only the codes that a client may send are accepted")
    func reasons() {
        let table: Set<UInt8> = [
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        ]
        for code in UInt8.min ... .max {
            #expect(refusal { try decode([code], .v5) } == (table.contains(code) ? nil : .protocolError), "\(code)")
        }
    }

    @Test("A property of the server's, bytes left over and a length past the end are malformed")
    func malformed() {
        #expect(refusal { try decode([0] + section([0x1C] + field("other")), .v5) } == .malformedPacket)
        #expect(refusal { try decode([0, 0, 0], .v5) } == .malformedPacket)
        #expect(refusal { try decode([0, 5, 0x11, 0, 0, 0], .v5) } == .malformedPacket)
    }
}

@Suite("AUTH from a client")
struct AuthTests {
    private func decode(_ body: [UInt8]) throws -> AuthPacket {
        try body.withByteView { view in try AuthPacket.decode(view) }
    }

    @Test("Reason, method and data are read")
    func everything() throws {
        let properties: [UInt8] = [0x15] + field("SCRAM") + [0x16] + field([0, 0xFF]) + [0x1F] + field("x")
        let packet = try decode([0x18] + section(properties))
        #expect(packet.reason == .continueAuthentication)
        #expect(packet.method == "SCRAM")
        #expect(packet.data == [0, 0xFF])
        let short = try decode([0x19] + section([0x15] + field("m")))
        #expect(short.reason == .reauthenticate)
        #expect(short.data == nil)
    }

    @Test("Only the codes that a client may send are accepted; success is the server's")
    func reasons() {
        for code in UInt8.min ... .max {
            let seen = refusal { try decode([code] + section([0x15] + field("m"))) }
            #expect(seen == (code == 0x18 || code == 0x19 ? nil : .protocolError), "\(code)")
        }
    }

    @Test("An AUTH without a method is a protocol error, with data or without")
    func methodMissing() {
        #expect(refusal { try decode([0x18, 0]) } == .protocolError)
        #expect(refusal { try decode([0x18] + section([0x16] + field([1]))) } == .protocolError)
    }

    @Test("An AUTH that is cut anywhere is malformed, and so are bytes behind it")
    func cuts() {
        let body: [UInt8] = [0x18] + section([0x15] + field("m") + [0x16] + field([1, 2]))
        expectCutsMalformed(body) { view in _ = try AuthPacket.decode(view) }
        #expect(refusal { try decode(body + [0]) } == .malformedPacket)
    }
}
