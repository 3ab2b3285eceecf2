import MQTTWire
import Testing

@Suite("Fields of a packet")
struct WireReaderTests {
    @Test("Numbers are read in network order, one behind the other")
    func numbers() throws {
        let bytes: [UInt8] = [0xFE, 0x12, 0x34, 0xDE, 0xAD, 0xBE, 0xEF, 0x07]
        try bytes.withByteView { (view) throws in
            var reader = WireReader(view)
            #expect(try reader.byte("a") == 0xFE)
            #expect(try reader.uint16("b") == 0x1234)
            #expect(reader.offset == 3)
            #expect(reader.remaining == 5)
            #expect(try reader.uint32("c") == 0xDEAD_BEEF)
            #expect(!reader.isAtEnd)
            #expect(reader.rest().bytes == [0x07])
            #expect(reader.isAtEnd)
            #expect(reader.remaining == 0)
        }
    }

    @Test("A field that is cut anywhere is malformed and nothing is read past the end")
    func cuts() {
        expectCutsMalformed([1]) { view in
            var reader = WireReader(view)
            _ = try reader.byte("a")
        }
        expectCutsMalformed([1, 2]) { view in
            var reader = WireReader(view)
            _ = try reader.uint16("a")
        }
        expectCutsMalformed([1, 2, 3, 4]) { view in
            var reader = WireReader(view)
            _ = try reader.uint32("a")
        }
        expectCutsMalformed(field("abc")) { view in
            var reader = WireReader(view)
            _ = try reader.string("a")
        }
        expectCutsMalformed(field([0xFF, 0x00])) { view in
            var reader = WireReader(view)
            _ = try reader.binary("a")
        }
        expectCutsMalformed([0xFF, 0xFF, 0xFF, 0x7F]) { view in
            var reader = WireReader(view)
            _ = try reader.variableInteger("a")
        }
        expectCutsMalformed([0x03, 1, 2, 3]) { view in
            var reader = WireReader(view)
            _ = try reader.propertySection()
        }
    }

    @Test(
        "A variable byte integer is read and written alike at both ends of each size",
        arguments: [
            (0, [0x00]), (1, [0x01]), (127, [0x7F]), (128, [0x80, 0x01]), (321, [0xC1, 0x02]), (16_383, [0xFF, 0x7F]),
            (16_384, [0x80, 0x80, 0x01]), (2_097_151, [0xFF, 0xFF, 0x7F]), (2_097_152, [0x80, 0x80, 0x80, 0x01]),
            (268_435_455, [0xFF, 0xFF, 0xFF, 0x7F]),
        ] as [(Int, [UInt8])])
    func variableIntegers(value: Int, bytes: [UInt8]) throws {
        var written: [UInt8] = []
        written.append(variableInteger: value)
        #expect(written == bytes)
        #expect(variableIntegerSize(value) == bytes.count)
        try bytes.withByteView { (view) throws in
            var reader = WireReader(view)
            #expect(try reader.variableInteger("a") == value)
            #expect(reader.isAtEnd)
        }
    }

    @Test(
        "A variable byte integer that is too long or not in its shortest form is malformed",
        arguments: [
            [0x80, 0x00], [0xFF, 0x00], [0x80, 0x80, 0x00], [0x80, 0x80, 0x80, 0x00], [0x80, 0x80, 0x80, 0x80],
            [0x80, 0x80, 0x80, 0x80, 0x01], [0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        ] as [[UInt8]])
    func badVariableIntegers(bytes: [UInt8]) {
        let seen = bytes.withByteView { view in
            refusal {
                var reader = WireReader(view)
                return try reader.variableInteger("a")
            }
        }
        #expect(seen == .malformedPacket)
    }

    @Test("A string may be empty or 65535 bytes long, and must be UTF-8; binary data may be anything")
    func strings() throws {
        for text in ["", String(repeating: "x", count: 65_535)] {
            try field(text).withByteView { (view) throws in
                var reader = WireReader(view)
                #expect(try reader.string("a").text == text)
                #expect(reader.isAtEnd)
            }
        }
        try field([0xC0, 0x80, 0x00]).withByteView { (view) throws in
            var strings = WireReader(view)
            #expect(refusal { try strings.string("a") } == .malformedPacket)
            var binary = WireReader(view)
            #expect(try binary.binary("a").bytes == [0xC0, 0x80, 0x00])
        }
    }

    @Test("Bytes behind the last field of a packet are malformed")
    func leftOver() throws {
        try [UInt8(1), 2].withByteView { (view) throws in
            var reader = WireReader(view)
            _ = try reader.byte("a")
            #expect(refusal { try reader.expectEnd(of: .connect) } == .malformedPacket)
            _ = try reader.byte("b")
            #expect(refusal { try reader.expectEnd(of: .connect) } == nil)
        }
    }

    @Test("A reader can start in the middle")
    func offset() throws {
        try [UInt8(1), 2, 3].withByteView { (view) throws in
            var reader = WireReader(view, offset: 1)
            #expect(reader.remaining == 2)
            #expect(try reader.uint16("a") == 0x0203)
        }
    }
}
