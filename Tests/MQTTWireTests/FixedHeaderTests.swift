import MQTTWire
import Testing

@Suite("Fixed header")
struct FixedHeaderTests {
    private func parse(_ bytes: [UInt8]) throws -> FixedHeader? {
        try bytes.withByteView { view in try FixedHeader.parse(view) }
    }

    @Test(
        "The length field is read at both ends of each of its sizes",
        arguments: [
            ([0x00], 0), ([0x7F], 127), ([0x80, 0x01], 128), ([0xFF, 0x7F], 16_383), ([0x80, 0x80, 0x01], 16_384),
            ([0xFF, 0xFF, 0x7F], 2_097_151), ([0x80, 0x80, 0x80, 0x01], 2_097_152),
            ([0xFF, 0xFF, 0xFF, 0x7F], 268_435_455),
        ] as [([UInt8], Int)])
    func lengths(field: [UInt8], value: Int) throws {
        let header = try #require(try parse([0x3B] + field + [0xAA, 0xBB]))
        #expect(header.firstByte == 0x3B)
        #expect(header.flags == 0x0B)
        #expect(header.type == .publish)
        #expect(header.length == 1 + field.count)
        #expect(header.remainingLength == value)
        #expect(header.packetLength == 1 + field.count + value)
    }

    @Test("The largest length makes a packet of 268435460 bytes")
    func largest() throws {
        let header = try #require(try parse([0x30, 0xFF, 0xFF, 0xFF, 0x7F]))
        #expect(header.packetLength == 268_435_460)
        #expect(FixedHeader.maximumPacketLength == 268_435_460)
    }

    @Test(
        "A header that has not fully arrived asks for more bytes",
        arguments: [
            [], [0x10], [0x10, 0x80], [0x10, 0xFF, 0xFF], [0x10, 0x80, 0x80, 0x80], [0x10, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]])
    func incomplete(bytes: [UInt8]) throws {
        #expect(try parse(bytes) == nil)
    }

    @Test(
        "A length of more than four bytes is malformed",
        arguments: [
            [0x10, 0x80, 0x80, 0x80, 0x80], [0x10, 0x80, 0x80, 0x80, 0x80, 0x01], [0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        ] as [[UInt8]])
    func tooLong(bytes: [UInt8]) {
        #expect(refusal { try parse(bytes) } == .malformedPacket)
    }

    @Test(
        "A length written with more bytes than it needs is malformed",
        arguments: [
            [0x10, 0x80, 0x00], [0x10, 0xFF, 0x00], [0x10, 0x80, 0x80, 0x00], [0x10, 0x81, 0x80, 0x80, 0x00],
        ] as [[UInt8]])
    func overlong(bytes: [UInt8]) {
        #expect(refusal { try parse(bytes) } == .malformedPacket)
    }

    @Test("Type 0 is no packet type, and each other type stands in the high four bits")
    func types() throws {
        for number in UInt8(0)...15 {
            let header = try #require(try parse([number << 4 | 0x05, 0]))
            #expect(header.type?.rawValue == (number == 0 ? nil : number))
            #expect(header.flags == 0x05)
        }
    }

    @Test("PUBREL, SUBSCRIBE and UNSUBSCRIBE have the flags 2, PUBLISH has its own, all others have 0")
    func flags() {
        let fixed = [0, 0, nil, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0] as [UInt8?]
        #expect(PacketType.allCases.map(\.requiredFlags) == fixed)
    }

    @Test("Packets are named as the standard writes them")
    func names() {
        #expect(
            PacketType.allCases.map(\.name) == [
                "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK",
                "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
            ])
    }

    @Test("Only version 5 has properties, and versions are ordered by age")
    func versions() {
        #expect(ProtocolVersion.allCases.filter(\.hasProperties) == [.v5])
        #expect(ProtocolVersion.v3_1 < .v3_1_1)
        #expect(ProtocolVersion.v3_1_1 < .v5)
        #expect(!(ProtocolVersion.v5 < .v3_1))
    }

    @Test("Whole packets are counted up to the first that is not whole")
    func wholePackets() {
        let packets: [UInt8] = [0xC0, 0, 0x30, 3, 1, 2, 3, 0xE0, 0]
        for (length, whole) in [0, 0, 2, 2, 2, 2, 2, 7, 7, 9].enumerated() {
            #expect(Array(packets.prefix(length)).withByteView { FixedHeader.wholePackets($0) } == whole)
        }
        // A length that cannot be read is for the decoder to find, with all that comes behind it.
        let bad: [UInt8] = [0xC0, 0, 0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0]
        #expect(bad.withByteView { FixedHeader.wholePackets($0) } == bad.count)
    }
}
