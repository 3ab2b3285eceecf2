import Introspection

/// Writes a tree as JSON text, keys in the order of the alphabet.
///
/// Everything that a terminal could take for a command is escaped, so the text can be shown as it is.
struct PrintableJSON {
    private var text = ""
    private let isIndented: Bool

    private init(isIndented: Bool) { self.isIndented = isIndented }

    /// One line.
    static func compact(_ value: JSONValue) -> String {
        var writer = PrintableJSON(isIndented: false)
        writer.write(value, level: 0)
        return writer.text
    }

    /// A line for each value, indented by two spaces.
    static func indented(_ value: JSONValue) -> String {
        var writer = PrintableJSON(isIndented: true)
        writer.write(value, level: 0)
        return writer.text
    }

    private mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let string): write(string)
        case .array(let elements):
            list("[", "]", elements, level: level) { writer, element in writer.write(element, level: level + 1) }
        case .object(let members):
            list("{", "}", members.sorted { $0.key < $1.key }, level: level) { writer, member in
                writer.write(member.key)
                writer.text += writer.isIndented ? ": " : ":"
                writer.write(member.value, level: level + 1)
            }
        }
    }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], level: Int,
        _ write: (inout PrintableJSON, Element) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            lineBreak(level + 1)
            write(&self, element)
        }
        if !elements.isEmpty { lineBreak(level) }
        text += close
    }

    private mutating func lineBreak(_ level: Int) {
        guard isIndented else { return }
        text += "\n" + String(repeating: "  ", count: level)
    }

    private mutating func write(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if Printable.isPrintable(scalar) {
                    text.unicodeScalars.append(scalar)
                } else {
                    for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
                        let digits = String(unit, radix: 16)
                        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                }
            }
        }
        text += "\""
    }
}
