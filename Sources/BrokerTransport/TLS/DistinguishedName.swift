/// The name of a certificate's subject (X.501): attributes in their order.
struct DistinguishedName: Equatable {
    /// One attribute.
    struct Attribute: Equatable {
        /// The object identifier in dots, such as `2.5.4.3`.
        let type: String
        let value: String
    }

    /// Groups of attributes that belong together, from the root down; nearly always each has one.
    private let groups: [[Attribute]]

    /// - Parameter content: that of the SEQUENCE.
    /// - Returns: nil for what is no name.
    init?(_ content: ArraySlice<UInt8>) {
        var groups: [[Attribute]] = []
        var reader = DERReader(content)
        while !reader.isAtEnd {
            guard let set = reader.next(DERReader.Tag.set) else { return nil }
            var members = DERReader(set)
            var group: [Attribute] = []
            while !members.isAtEnd {
                guard let pair = members.next(DERReader.Tag.sequence) else { return nil }
                var parts = DERReader(pair)
                guard let type = parts.next(DERReader.Tag.objectIdentifier), let value = parts.next() else {
                    return nil
                }
                group.append(Attribute(type: Self.dotted(type), value: Self.text(of: value)))
            }
            groups.append(group)
        }
        self.groups = groups
    }

    /// The last value of an attribute, the most specific one; nil without it.
    subscript(_ type: String) -> String? { groups.joined().last { $0.type == type }?.value }

    /// As RFC 4514 writes it: from the most specific part to the root.
    var description: String {
        groups.reversed().map { group in
            group.map { "\(Self.shortNames[$0.type] ?? $0.type)=\(Self.escaped($0.value))" }.joined(separator: "+")
        }.joined(separator: ",")
    }

    /// RFC 4514 section 3, and what OpenSSL adds.
    private static let shortNames = [
        "2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
        "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title",
        "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
    ]

    private static func escaped(_ value: String) -> String {
        var result = ""
        for (index, character) in value.unicodeScalars.enumerated() {
            let isAtEdge = index == 0 || index == value.unicodeScalars.count - 1
            let isSpecial = "\"+,;<>\\".unicodeScalars.contains(character) || index == 0 && character == "#"
            if isSpecial || isAtEdge && character == " " { result += "\\" }
            // Nothing may play tricks on a terminal or a log.
            if character.properties.generalCategory == .control {
                result += "\u{FFFD}"
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func text(of value: DERReader.Value) -> String {
        switch value.tag {
        case DERReader.Tag.bmpString: wide(value.content, bytes: 2)
        case DERReader.Tag.universalString: wide(value.content, bytes: 4)
        // Whatever else has a text has it in bytes; what is no UTF-8 of it is replaced.
        default: String(decoding: value.content, as: UTF8.self)
        }
    }

    private static func wide(_ content: ArraySlice<UInt8>, bytes: Int) -> String {
        var reader = ByteReader(content)
        var text = ""
        while let number = reader.takeNumber(bytes: bytes) {
            text.unicodeScalars.append(UInt32(exactly: number).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
        }
        return text
    }

    /// What cannot be read of an identifier is left out: it is then the name of nothing that is known.
    private static func dotted(_ content: ArraySlice<UInt8>) -> String {
        var numbers: [UInt64] = []
        var current: UInt64 = 0
        for byte in content {
            guard current <= UInt64.max >> 8 else { return "" }
            current = current << 7 | UInt64(byte & 0x7F)
            guard byte & 0x80 == 0 else { continue }
            if numbers.isEmpty {
                let first = min(current / 40, 2)
                numbers = [first, current - first * 40]
            } else {
                numbers.append(current)
            }
            current = 0
        }
        return numbers.map { "\($0)" }.joined(separator: ".")
    }
}
