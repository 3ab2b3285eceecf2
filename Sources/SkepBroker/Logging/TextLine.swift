import Logging

/// A line for people: time, level, message, fields.
///
/// Line breaks and control characters in what clients sent are escaped, so that nobody can forge a line.
enum TextLine {
    static func bytes(_ record: LogRecord) -> [UInt8] {
        Array("\(record.timestamp) \(record.level.rawValue) \(text(record))\n".utf8)
    }

    /// Message and fields, as the journal shows them too.
    static func text(_ record: LogRecord) -> String {
        record.fields.reduce(into: escape(record.message)) { line, field in
            line += " \(field.name)=\(escape(quote(field.value)))"
        }
    }

    /// Characters that could end a line, move the cursor or turn the direction of the text are written as `\u{...}`.
    private static func escape(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isDangerous) else { return text }
        return text.unicodeScalars.map { scalar in
            isDangerous(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
        }.joined()
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }

    /// A value with spaces, quotes or backslashes stands in quotes, so that it cannot pretend to be another field.
    /// Looks at scalars, not characters: a quote with a combining accent is another character, but still a quote.
    private static func quote(_ text: String) -> String {
        let special: Set<Unicode.Scalar> = [" ", "\"", "\\", "="]
        guard text.unicodeScalars.contains(where: { special.contains($0) }) else { return text }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
