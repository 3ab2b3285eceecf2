import MQTTWire
import Testing

@Suite("Acknowledgements from a client")
struct AcknowledgementTests {
    static let types: [PacketType] = [.puback, .pubrec, .pubrel, .pubcomp]

    private func decode(
        _ body: [UInt8], _ type: PacketType, _ version: ProtocolVersion
    ) throws -> AcknowledgementPacket {
        try body.withByteView { view in try AcknowledgementPacket.decode(view, type: type, version: version) }
    }

    @Test("Two bytes mean success in every version", arguments: types, ProtocolVersion.allCases)
    func short(type: PacketType, version: ProtocolVersion) throws {
        let packet = try decode([0x12, 0x34], type, version)
        #expect(packet.packetIdentifier == 0x1234)
        #expect(packet.reason == .success)
    }

    @Test("The packet identifier 0 is a protocol error in every form", arguments: types)
    func identifierZero(type: PacketType) {
        for version in ProtocolVersion.allCases {
            #expect(refusal { try decode([0, 0], type, version) } == .protocolError)
        }
        #expect(refusal { try decode([0, 0, 0], type, .v5) } == .protocolError)
        #expect(refusal { try decode([0, 0, 0, 0], type, .v5) } == .protocolError)
    }

    @Test("Version 5 may leave out the properties, and 3.x has nothing behind the identifier", arguments: types)
    func reason(type: PacketType) throws {
        let failure: UInt8 = type == .puback || type == .pubrec ? 0x97 : 0x92
        #expect(try decode([0, 1, failure], type, .v5).reason.rawValue == failure)
        #expect(try decode([0, 1, failure, 0], type, .v5).reason.rawValue == failure)
        #expect(refusal { try decode([0, 1, 0], type, .v3_1_1) } == .malformedPacket)
        #expect(refusal { try decode([0, 1, 0], type, .v3_1) } == .malformedPacket)
    }

    @Test("A packet that is cut is malformed where it does not happen to be a short form", arguments: types)
    func cuts(type: PacketType) throws {
        let body: [UInt8] = [0, 1, 0] + section([0x1F] + field("why") + [0x26] + field("k") + field("v"))
        #expect(try decode(body, type, .v5) == decode([0, 1], type, .v5))
        expectCutsMalformed(body, except: [2, 3]) { view in
            _ = try AcknowledgementPacket.decode(view, type: type, version: .v5)
        }
    }

    @Test("Bytes behind the properties, or a length past the end, are malformed", arguments: types)
    func lengths(type: PacketType) {
        #expect(refusal { try decode([0, 1, 0, 0, 0], type, .v5) } == .malformedPacket)
        #expect(refusal { try decode([0, 1, 0, 1], type, .v5) } == .malformedPacket)
        #expect(refusal { try decode([0, 1, 0, 0x80, 0x00], type, .v5) } == .malformedPacket)
    }

    @Test("A reason code that the packet does not know is a protocol error", arguments: types)
    func reasons(type: PacketType) throws {
        // 0x10 is left out: it is in the table, but the server's to send.
        let table: Set<UInt8> =
            type == .puback || type == .pubrec ? [0, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] : [0, 0x92]
        for code in UInt8.min ... .max where code != 0x10 {
            let seen = refusal { try decode([0, 1, code], type, .v5) }
            #expect(seen == (table.contains(code) ? nil : .protocolError), "\(code)")
        }
    }

    @Test("Properties of other packets are malformed, and a second reason string is a protocol error")
    func properties() {
        let text: [UInt8] = [0x1F] + field("x")
        #expect(refusal { try decode([0, 1, 0] + section([0x11, 0, 0, 0, 1]), .puback, .v5) } == .malformedPacket)
        #expect(refusal { try decode([0, 1, 0] + section(text + text), .puback, .v5) } == .protocolError)
    }
}
