/// One thing that is wrong with the settings: where, what was found and what is allowed.
package struct SettingsFault: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Problem: Sendable, Hashable {
        /// A value that is not allowed. `found` is quoted already where it is the text of the file.
        case value(found: String, allowed: String)
        /// Anything that needs a sentence of its own.
        case sentence(String)
    }

    /// The name of the file as the user gave it.
    package let file: String
    /// The line, from 1; nil when no single line is to blame.
    package let line: Int?
    /// The path of the element below the root, such as `mqtt/max-inflight`; empty when the whole file is meant.
    package let path: String
    package let problem: Problem

    /// Such as `config.xml:12: mqtt/max-inflight: found "abc", allowed is a whole number from 1 to 65535`.
    package var description: String {
        let place = line.map { "\(file):\($0): " } ?? "\(file): "
        let element = path.isEmpty ? "" : "\(path): "
        switch problem {
        case .value(let found, let allowed): return "\(place)\(element)found \(found), allowed is \(allowed)"
        case .sentence(let sentence): return "\(place)\(element)\(sentence)"
        }
    }

    /// A text of the file as faults show it: quoted, shortened, and unable to play tricks on a terminal.
    static func quoted(_ text: String) -> String { text.isEmpty ? "nothing" : "\"\(shown(text))\"" }

    /// The same without the quotes.
    static func shown(_ text: String) -> String {
        let longest = 80
        var shown = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown.unicodeScalars.append("\u{FFFD}")
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > longest ? "\(shown)..." : shown
    }
}

/// Everything that is wrong with one file, all at once. The start ends with it (exit status 78).
package struct SettingsFaults: Error, Sendable, Hashable, CustomStringConvertible {
    /// At least one, in the order of lines.
    package let faults: [SettingsFault]
    /// What would have been warned about had the start not ended here; it may explain a fault.
    package let warnings: [String]

    /// One line per fault.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
