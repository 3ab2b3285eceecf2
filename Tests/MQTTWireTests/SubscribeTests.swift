import BrokerValues
import MQTTWire
import Testing

@Suite("SUBSCRIBE")
struct SubscribeTests {
    private func decode(
        _ body: [UInt8], _ version: ProtocolVersion, _ look: (SubscribeView) throws -> Void = { _ in }
    ) throws {
        try body.withByteView { view in try look(try SubscribeView.decode(view, version: version)) }
    }

    @Test("Filters and their QoS come out in their order", arguments: ProtocolVersion.allCases)
    func filters(version: ProtocolVersion) throws {
        let none: [UInt8] = version == .v5 ? [0] : []
        let body = [0x12, 0x34] + none + field("a/+") + [0] + field("#") + [1] + field("$share/g/t") + [2]
        try decode(body, version) { packet in
            #expect(packet.packetIdentifier == 0x1234)
            #expect(packet.subscriptionIdentifier == nil)
            #expect(packet.entries.map(\.filter.text) == ["a/+", "#", "$share/g/t"])
            let expected = [QualityOfService.atMostOnce, .atLeastOnce, .exactlyOnce]
            #expect(packet.entries.map(\.options) == expected.map { SubscriptionOptions(qos: $0) })
        }
    }

    @Test("Version 5 has its options at their bits")
    func options() throws {
        try decode([0, 1, 0] + field("t") + [0x1C | 1] + field("t") + [0x20] + field("t") + [0x08], .v5) { packet in
            let first = packet.entries[0].options
            #expect(first.qos == .atLeastOnce)
            #expect(first.noLocal)
            #expect(first.retainAsPublished)
            #expect(first.retainHandling == .onlyIfNew)
            let second = packet.entries[1].options
            #expect(!second.noLocal)
            #expect(!second.retainAsPublished)
            #expect(second.retainHandling == .never)
            #expect(packet.entries[2].options.retainAsPublished)
            #expect(packet.entries[2].options.retainHandling == .always)
        }
    }

    @Test("Every option byte is judged: reserved bits malformed, QoS 3 and retain handling 3 protocol errors")
    func optionBytes() {
        for byte in UInt8.min ... .max {
            let isKnown = byte & 3 != 3 && byte >> 4 & 3 != 3
            let new = refusal { try decode([0, 1, 0] + field("t") + [byte], .v5) }
            if byte & 0xC0 == 0 {
                #expect(new == (isKnown ? nil : .protocolError), "\(byte)")
            } else if isKnown {
                #expect(new == .malformedPacket, "\(byte)")
            } else {
                #expect(new != nil, "\(byte)")
            }
            for version in [ProtocolVersion.v3_1, .v3_1_1] {
                let old = refusal { try decode([0, 1] + field("t") + [byte], version) }
                #expect((old == nil) == (byte < 3), "\(byte)")
            }
        }
    }

    @Test(
        "The subscription identifier is read at both ends of its range",
        arguments: [([1], 1), ([0xFF, 0xFF, 0xFF, 0x7F], 268_435_455)] as [([UInt8], UInt32)])
    func identifier(bytes: [UInt8], number: UInt32) throws {
        try decode([0, 1] + section([0x0B] + bytes) + field("t") + [0], .v5) { packet in
            #expect(packet.subscriptionIdentifier == number)
        }
    }

    @Test(
        "Properties with a fault are refused with the code of the fault",
        arguments: [
            ([0x0B, 0], .protocolError), ([0x0B, 1, 0x0B, 2], .protocolError), ([0x0B, 0x80, 0x00], .malformedPacket),
            ([0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], .malformedPacket), ([0x1F, 0, 0], .malformedPacket),
        ] as [([UInt8], ReasonCode)])
    func properties(bytes: [UInt8], reason: ReasonCode) {
        #expect(refusal { try decode([0, 1] + section(bytes) + field("t") + [0], .v5) } == reason)
    }

    @Test("No filter, or the packet identifier 0, is a protocol error", arguments: ProtocolVersion.allCases)
    func missing(version: ProtocolVersion) {
        let none: [UInt8] = version == .v5 ? [0] : []
        #expect(refusal { try decode([0, 1] + none, version) } == .protocolError)
        #expect(refusal { try decode([0, 0] + none + field("t") + [0], version) } == .protocolError)
    }

    @Test(
        "A SUBSCRIBE cut between two filters is shorter, cut anywhere else refused",
        arguments: [
            ProtocolVersion.v3_1_1, .v5,
        ])
    func cuts(version: ProtocolVersion) {
        let head: [UInt8] = [0, 1] + (version == .v5 ? section([0x0B, 5]) : [])
        let body = head + field("a/b") + [1] + field("c") + [0]
        for length in 0..<body.count {
            let seen = refusal { try decode(Array(body.prefix(length)), version) }
            let expected: ReasonCode? =
                length == head.count ? .protocolError : length == head.count + 6 ? nil : .malformedPacket
            #expect(seen == expected, "cut to \(length)")
        }
    }

    @Test("Filters must be UTF-8", arguments: ProtocolVersion.allCases)
    func text(version: ProtocolVersion) {
        let none: [UInt8] = version == .v5 ? [0] : []
        #expect(refusal { try decode([0, 1] + none + field([0xC0, 0xAF]) + [0], version) } == .malformedPacket)
    }

    @Test("Filters beyond the limit are checked and counted, not kept")
    func excess() throws {
        let body = [0, 1, 0] + field("a") + [0] + field("b") + [1] + field("c") + [2]
        try body.withByteView { view in
            let exact = try SubscribeView.decode(view, version: .v5, maximumFilters: 3)
            #expect(exact.entries.count == 3 && exact.excess == nil)
            let packet = try SubscribeView.decode(view, version: .v5, maximumFilters: 1)
            #expect(packet.entries.map(\.filter.text) == ["a"])
            #expect(packet.excess?.count == 2 && packet.excess?.first.text == "b")
        }
        let wrong = Array(body.dropLast()) + [3]
        #expect(
            refusal {
                try wrong.withByteView { _ = try SubscribeView.decode($0, version: .v5, maximumFilters: 1) }
            } == .protocolError)
    }
}

@Suite("UNSUBSCRIBE")
struct UnsubscribeTests {
    @Test("More filters than the limit are refused as a whole")
    func excess() throws {
        let body = [0, 1, 0] + field("a") + field("b")
        let kept = try body.withByteView { view in
            try UnsubscribeView.decode(view, version: .v5, maximumFilters: 2).filters.count
        }
        #expect(kept == 2)
        #expect(
            refusal {
                try body.withByteView { _ = try UnsubscribeView.decode($0, version: .v5, maximumFilters: 1) }
            } == .quotaExceeded)
    }

    private func filters(_ body: [UInt8], _ version: ProtocolVersion) throws -> [String] {
        try body.withByteView { view in
            let packet = try UnsubscribeView.decode(view, version: version)
            #expect(packet.packetIdentifier == 0x0102)
            return packet.filters.map(\.text)
        }
    }

    @Test("Filters come out in their order", arguments: ProtocolVersion.allCases)
    func all(version: ProtocolVersion) throws {
        let properties: [UInt8] = version == .v5 ? section([0x26] + field("k") + field("v")) : []
        #expect(
            try filters([1, 2] + properties + field("a") + field("$share/g/b/#"), version) == ["a", "$share/g/b/#"])
    }

    @Test("No filter, or the packet identifier 0, is a protocol error", arguments: ProtocolVersion.allCases)
    func missing(version: ProtocolVersion) {
        let none: [UInt8] = version == .v5 ? [0] : []
        #expect(refusal { try filters([1, 2] + none, version) } == .protocolError)
        #expect(refusal { try filters([0, 0] + none + field("a"), version) } == .protocolError)
    }

    @Test("An UNSUBSCRIBE cut between two filters is shorter, cut anywhere else refused")
    func cuts() {
        let body: [UInt8] = [1, 2, 0] + field("ab") + field("c")
        for length in 0..<body.count {
            let seen = refusal { try filters(Array(body.prefix(length)), .v5) }
            let expected: ReasonCode? = length == 3 ? .protocolError : length == 7 ? nil : .malformedPacket
            #expect(seen == expected, "cut to \(length)")
        }
    }

    @Test("A property of another packet, or a filter that is not UTF-8, is malformed")
    func malformed() {
        #expect(refusal { try filters([1, 2] + section([0x0B, 1]) + field("a"), .v5) } == .malformedPacket)
        #expect(refusal { try filters([1, 2] + field([0]), .v3_1_1) } == .malformedPacket)
    }
}
