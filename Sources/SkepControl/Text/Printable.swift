/// Text from outside in a form that no terminal takes for a command.
///
/// Client identifiers and topics are chosen by clients: an escape sequence in one could move the cursor, change the
/// window's title or turn the direction of writing, and so hide what is there.
enum Printable {
    /// Whether a scalar is shown as it is: no control, no invisible format character, no separator of lines.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: return false
        default: return true
        }
    }

    /// The text with everything else written as in Swift's literals: `\n`, `\u{1B}`.
    static func text(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy(isPrintable) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
                }
            }
        }
        return result
    }
}
