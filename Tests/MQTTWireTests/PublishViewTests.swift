import BrokerValues
import MQTTWire
import Testing

/// Decodes a whole PUBLISH and looks at it while its bytes live.
func withPublish(
    _ packet: [UInt8], _ version: ProtocolVersion, _ body: (PublishView) throws -> Void = { _ in }
) throws {
    try packet.withByteView { view in
        let header = try #require(try FixedHeader.parse(view))
        #expect(header.packetLength == view.count)
        try body(try PublishView.decode(view, header: header, version: version))
    }
}

@Suite("PUBLISH from a client")
struct PublishViewTests {
    @Test("Flags, topic, identifier and payload are read in every version", arguments: ProtocolVersion.allCases)
    func fields(version: ProtocolVersion) throws {
        let none: [UInt8] = version == .v5 ? [0] : []
        for flags in [0x0, 0x1, 0x2, 0x3, 0x4, 0x5, 0xA, 0xB, 0xC, 0xD] as [UInt8] {
            let hasIdentifier = flags & 6 != 0
            let bytes = packet(0x30 | flags, field("a/b") + (hasIdentifier ? [0xAB, 0xCD] : []) + none + [1, 2, 3])
            try withPublish(bytes, version) { publish in
                #expect(publish.qos.rawValue == flags >> 1 & 3)
                #expect(publish.retain == (flags & 1 != 0))
                #expect(publish.duplicate == (flags & 8 != 0))
                #expect(publish.topic.text == "a/b")
                #expect(publish.packetIdentifier == (hasIdentifier ? 0xABCD : 0))
                #expect(publish.packetIdentifierOffset == (hasIdentifier ? 7 : 0))
                #expect(publish.payload.bytes == [1, 2, 3])
                #expect(publish.packet.bytes == bytes)
                #expect(publish.properties.section.isEmpty)
            }
        }
    }

    @Test("The identifier is found behind a length of two bytes and the payload may be empty")
    func longHeader() throws {
        let topic = String(repeating: "t", count: 200)
        try withPublish(packet(0x32, field(topic) + [0, 1]), .v3_1_1) { publish in
            #expect(publish.packetIdentifierOffset == 205)
            #expect(publish.payload.isEmpty)
        }
    }

    @Test("QoS 3 is malformed", arguments: ProtocolVersion.allCases)
    func qos3(version: ProtocolVersion) {
        let bytes = packet(0x36, field("t") + [0, 1, 0])
        #expect(refusal { try withPublish(bytes, version) } == .malformedPacket)
    }

    @Test("DUP with QoS 0 is malformed in version 5 and let pass in 3.x")
    func duplicateQoS0() {
        #expect(refusal { try withPublish(packet(0x38, field("t") + [0]), .v5) } == .malformedPacket)
        #expect(refusal { try withPublish(packet(0x38, field("t")), .v3_1_1) } == nil)
        #expect(refusal { try withPublish(packet(0x38, field("t")), .v3_1) } == nil)
    }

    @Test("The packet identifier 0 is a protocol error", arguments: ProtocolVersion.allCases)
    func identifierZero(version: ProtocolVersion) {
        #expect(refusal { try withPublish(packet(0x32, field("t") + [0, 0, 0]), version) } == .protocolError)
        #expect(refusal { try withPublish(packet(0x34, field("t") + [0, 0, 0]), version) } == .protocolError)
    }

    @Test("A PUBLISH cut before its payload is malformed", arguments: ProtocolVersion.allCases)
    func cuts(version: ProtocolVersion) {
        let properties: [UInt8] = version == .v5 ? section([0x03] + field("x") + [0x02, 0, 0, 0, 1]) : []
        let head = field("a/b") + [0, 1] + properties
        for length in 0..<head.count {
            let bytes = packet(0x32, Array(head.prefix(length)))
            #expect(refusal { try withPublish(bytes, version) } == .malformedPacket, "cut to \(length)")
        }
        #expect(refusal { try withPublish(packet(0x32, head), version) } == nil)
    }

    @Test("The topic must be UTF-8", arguments: ProtocolVersion.allCases)
    func topicText(version: ProtocolVersion) {
        #expect(refusal { try withPublish(packet(0x30, field([0x61, 0]) + [0]), version) } == .malformedPacket)
        #expect(refusal { try withPublish(packet(0x30, field([0xFF]) + [0]), version) } == .malformedPacket)
    }

    @Test("Expiry and alias are read, and not forwarded")
    func properties() throws {
        let first: [UInt8] = [0x01, 1]
        let last: [UInt8] = [0x26] + field("k") + field("v") + [0x08] + field("r") + [0x26] + field("k") + field("")
        let all = first + [0x02, 0, 1, 0, 0] + [0x23, 0, 5] + last
        try withPublish(packet(0x30, field("") + section(all) + [9]), .v5) { publish in
            #expect(publish.topic.isEmpty)
            #expect(publish.properties.messageExpiry == 65_536)
            #expect(publish.properties.topicAlias == 5)
            #expect(!publish.properties.isForwardedWhole)
            #expect(publish.properties.section.bytes == all)
            #expect(publish.properties.forwarded() == first + last)
            #expect(publish.payload.bytes == [9])
        }
    }

    @Test("Expiry alone is taken out of what is forwarded too")
    func expiryAlone() throws {
        let kept: [UInt8] = [0x03] + field("t") + [0x09] + field([0])
        try withPublish(packet(0x30, field("t") + section(kept + [0x02, 0, 0, 0, 9])), .v5) { publish in
            #expect(publish.properties.forwarded() == kept)
            #expect(publish.properties.topicAlias == nil)
        }
    }

    @Test("Properties that are all forwarded are forwarded as they stand")
    func forwardedWhole() throws {
        let kept: [UInt8] = [0x26] + field("b") + field("1") + [0x03] + field("t") + [0x26] + field("a") + field("2")
        try withPublish(packet(0x30, field("t") + section(kept)), .v5) { publish in
            #expect(publish.properties.isForwardedWhole)
            #expect(publish.properties.forwarded() == kept)
        }
    }

    @Test(
        "Properties with a fault are refused with the code of the fault",
        arguments: [
            ([0x0B, 1], .protocolError), ([0x08, 0, 1, 0x2B], .protocolError),
            ([0x08, 0, 3, 0x61, 0x2F, 0x23], .protocolError),
            ([0x08, 0, 0], .protocolError), ([0x23, 0, 0], .topicAliasInvalid), ([0x01, 2], .protocolError),
            ([0x18, 0, 0, 0, 1], .malformedPacket), ([0x1F, 0, 0], .malformedPacket),
            ([0x23, 0, 1, 0x23, 0, 1], .protocolError),
        ] as [([UInt8], ReasonCode)])
    func faults(properties: [UInt8], reason: ReasonCode) {
        let bytes = packet(0x30, field("t") + section(properties))
        #expect(refusal { try withPublish(bytes, .v5) } == reason)
    }
}
