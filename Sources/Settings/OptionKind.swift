import BrokerTransport

/// What an option takes, and how its text is read.
package enum OptionKind: Sendable, Hashable {
    case integer(ClosedRange<Int>)
    case double(ClosedRange<Double>)
    case boolean
    case choice([String])
    /// Text of 1 to this many bytes without control characters.
    case string(maximumBytes: Int)

    /// A path of at most this many bytes that begins with a slash, without control characters.
    case filePath(maximumBytes: Int)
    /// Where something is found over HTTP: begins with a slash, and is none of the paths that are taken.
    case httpPath(taken: [String])
    /// An address of the internet, or a network of them.
    case network

    /// What may be written, as faults and the reference say it.
    package var allowed: String {
        switch self {
        case .integer(let bounds): "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .double(let bounds):
            "a number from \(Self.text(of: bounds.lowerBound)) to \(Self.text(of: bounds.upperBound))"
        case .boolean: "true or false"
        case .choice(let names): names.joined(separator: " or ")
        case .string(let maximumBytes): "a text of 1 to \(maximumBytes) bytes without control characters"
        case .filePath(let maximumBytes): "a path of 2 to \(maximumBytes) bytes that begins with /"
        case .httpPath(let taken):
            "a path of letters, digits and - _ . / that begins with /"
                + (taken.isEmpty ? "" : " and is none of \(taken.joined(separator: ", "))")
        case .network: "an address, or a network such as 10.0.0.0/8 or 2001:db8::/32"
        }
    }

    /// The number, if this kind allows it.
    func integer(_ text: String) -> Int? {
        guard case .integer(let bounds) = self, let number = Int(text), bounds.contains(number) else { return nil }
        return number
    }

    /// The number, if this kind allows it: in decimal digits, such as `530`, `0.5` or `1e3`. Infinity and NaN lie in no
    /// bounds.
    func double(_ text: String) -> Double? {
        guard case .double(let bounds) = self, text.utf8.allSatisfy({ Array("0123456789.+-eE".utf8).contains($0) }),
            let number = Double(text), bounds.contains(number)
        else { return nil }
        return number
    }

    /// Without the `.0` of a number that has no fraction.
    static func text(of number: Double) -> String {
        guard let whole = Int(exactly: number) else { return "\(number)" }
        return "\(whole)"
    }

    /// XML Schema's booleans, which HiveMQ takes too: 1 and 0 stand for true and false.
    func boolean(_ text: String) -> Bool? {
        guard self == .boolean else { return nil }
        switch text {
        case "true", "1": return true
        case "false", "0": return false
        default: return nil
        }
    }

    /// The text, if this kind allows it.
    func text(_ text: String) -> String? {
        switch self {
        case .choice(let names): return names.contains(text) ? text : nil
        case .string(let maximumBytes):
            guard (1...maximumBytes).contains(text.utf8.count),
                !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else { return nil }
            return text
        case .filePath(let maximumBytes):
            let isPath = text.hasPrefix("/") && text.utf8.count > 1
            return isPath ? OptionKind.string(maximumBytes: maximumBytes).text(text) : nil
        case .httpPath(let taken):
            let isPlain = text.utf8.allSatisfy { byte in
                Character(UnicodeScalar(byte)).isLetter && byte < 0x80 || (0x30...0x39).contains(byte)
                    || [0x2D, 0x2E, 0x2F, 0x5F].contains(byte)
            }
            return text.hasPrefix("/") && text.utf8.count <= 255 && isPlain && !taken.contains(text) ? text : nil
        case .network: return NetworkRange(text) == nil ? nil : text
        case .integer, .double, .boolean: return nil
        }
    }
}
