import MQTTWire
import Testing

/// A property, a value that is good anywhere, and where a client may send it (MQTT 5 section 2.2.2.2).
struct PropertyRow: Sendable, CustomTestStringConvertible {
    let identifier: UInt8
    let value: [UInt8]
    let places: [PropertyPlace]

    var testDescription: String { "property \(identifier)" }

    static let string: [UInt8] = [0, 1, 0x61]
    static let binary: [UInt8] = [0, 2, 0xFF, 0x00]

    static let all: [PropertyRow] = [
        PropertyRow(identifier: 0x01, value: [1], places: [.publish, .will]),
        PropertyRow(identifier: 0x02, value: [0, 0, 0, 0], places: [.publish, .will]),
        PropertyRow(identifier: 0x03, value: string, places: [.publish, .will]),
        PropertyRow(identifier: 0x08, value: string, places: [.publish, .will]),
        PropertyRow(identifier: 0x09, value: binary, places: [.publish, .will]),
        PropertyRow(identifier: 0x0B, value: [0x80, 0x01], places: [.subscribe, .publish]),
        PropertyRow(identifier: 0x11, value: [0, 0, 0, 0], places: [.connect, .disconnect]),
        PropertyRow(identifier: 0x12, value: string, places: []),
        PropertyRow(identifier: 0x13, value: [0, 0], places: []),
        PropertyRow(identifier: 0x15, value: string, places: [.connect, .auth]),
        PropertyRow(identifier: 0x16, value: binary, places: [.connect, .auth]),
        PropertyRow(identifier: 0x17, value: [0], places: [.connect]),
        PropertyRow(identifier: 0x18, value: [0, 0, 0, 0], places: [.will]),
        PropertyRow(identifier: 0x19, value: [1], places: [.connect]),
        PropertyRow(identifier: 0x1A, value: string, places: []),
        PropertyRow(identifier: 0x1C, value: string, places: []),
        PropertyRow(identifier: 0x1F, value: string, places: [.acknowledgement, .disconnect, .auth]),
        PropertyRow(identifier: 0x21, value: [0, 1], places: [.connect]),
        PropertyRow(identifier: 0x22, value: [0, 0], places: [.connect]),
        PropertyRow(identifier: 0x23, value: [0, 1], places: [.publish]),
        PropertyRow(identifier: 0x24, value: [1], places: []),
        PropertyRow(identifier: 0x25, value: [1], places: []),
        PropertyRow(identifier: 0x26, value: string + string, places: PropertyPlace.allCases),
        PropertyRow(identifier: 0x27, value: [0, 0, 0, 1], places: [.connect]),
        PropertyRow(identifier: 0x28, value: [1], places: []),
        PropertyRow(identifier: 0x29, value: [1], places: []),
        PropertyRow(identifier: 0x2A, value: [1], places: []),
    ]
}

/// Reads a whole property section.
func readProperties(_ section: [UInt8], in place: PropertyPlace) throws -> [UInt8] {
    try section.withByteView { view in
        var reader = PropertyReader(view, in: place)
        var identifiers: [UInt8] = []
        while let (property, _) = try reader.next() { identifiers.append(property.rawValue) }
        #expect(reader.offset == view.count)
        return identifiers
    }
}

@Suite("Properties")
struct PropertyTests {
    @Test("The table has every property, and no two have one name")
    func complete() {
        #expect(PropertyRow.all.map(\.identifier) == Property.allCases.map(\.rawValue))
        #expect(Set(Property.allCases.map(\.name)).count == Property.allCases.count)
    }

    @Test(
        "A client may send a property where the standard has it and nowhere else", arguments: PropertyRow.all,
        PropertyPlace.allCases)
    func places(row: PropertyRow, place: PropertyPlace) throws {
        let bytes = [row.identifier] + row.value
        if row.places.contains(place) {
            #expect(try readProperties(bytes, in: place) == [row.identifier])
        } else {
            #expect(refusal { try readProperties(bytes, in: place) } == .malformedPacket)
        }
    }

    @Test("A property that is cut anywhere is malformed", arguments: PropertyRow.all)
    func cuts(row: PropertyRow) {
        for place in row.places {
            expectCutsMalformed([row.identifier] + row.value, except: [0]) { view in
                _ = try readProperties(view.bytes, in: place)
            }
        }
    }

    @Test("Twice the same property is a protocol error where once is allowed", arguments: PropertyRow.all)
    func twice(row: PropertyRow) throws {
        for place in row.places {
            let bytes = [row.identifier] + row.value + [row.identifier] + row.value
            let mayRepeat = row.identifier == 0x26 || (row.identifier == 0x0B && place == .publish)
            #expect(refusal { try readProperties(bytes, in: place) } == (mayRepeat ? nil : .protocolError))
        }
    }

    @Test("An identifier that no property has is malformed in every place")
    func unknown() {
        let known = Set(PropertyRow.all.map(\.identifier))
        for identifier in UInt8.min ... .max where !known.contains(identifier) {
            for place in PropertyPlace.allCases {
                let bytes = [identifier, 0, 0, 0, 0, 0]
                #expect(refusal { try readProperties(bytes, in: place) } == .malformedPacket, "\(identifier)")
            }
        }
    }

    @Test(
        "A value out of its range is a protocol error",
        arguments: [
            ([0x01, 2], .publish), ([0x01, 0xFF], .will), ([0x17, 2], .connect), ([0x19, 2], .connect),
            ([0x21, 0, 0], .connect), ([0x27, 0, 0, 0, 0], .connect), ([0x0B, 0], .subscribe),
        ] as [([UInt8], PropertyPlace)])
    func ranges(bytes: [UInt8], place: PropertyPlace) {
        #expect(refusal { try readProperties(bytes, in: place) } == .protocolError)
    }

    @Test("The topic alias 0 has a reason code of its own")
    func aliasZero() {
        #expect(refusal { try readProperties([0x23, 0, 0], in: .publish) } == .topicAliasInvalid)
    }

    @Test("Text in a property must be UTF-8, and both halves of a user property are text")
    func text() {
        let zero: [UInt8] = [0, 1, 0]
        #expect(refusal { try readProperties([0x03] + zero, in: .publish) } == .malformedPacket)
        #expect(refusal { try readProperties([0x1F] + zero, in: .disconnect) } == .malformedPacket)
        #expect(refusal { try readProperties([0x26] + zero + PropertyRow.string, in: .auth) } == .malformedPacket)
        #expect(refusal { try readProperties([0x26] + PropertyRow.string + zero, in: .auth) } == .malformedPacket)
        #expect(refusal { try readProperties([0x09] + zero, in: .publish) } == nil)
    }

    @Test("Values come out as they stand in the packet")
    func values() throws {
        let bytes: [UInt8] = [0x02, 1, 2, 3, 4, 0x23, 0xAB, 0xCD, 0x26, 0, 1, 0x6B, 0, 0, 0x09, 0, 1, 0x00]
        try bytes.withByteView { view in
            var reader = PropertyReader(view, in: .publish)
            var seen: [String] = []
            while let (property, value) = try reader.next() {
                switch value {
                case .number(let number): seen.append("\(property.name)=\(number)")
                case .bytes(let bytes): seen.append("\(property.name)=\(bytes.bytes)")
                case .pair(let name, let value): seen.append("\(property.name)=\(name.bytes):\(value.bytes)")
                }
            }
            #expect(
                seen == [
                    "Message Expiry Interval=16909060", "Topic Alias=43981", "User Property=[107]:[]",
                    "Correlation Data=[0]",
                ])
        }
    }
}
