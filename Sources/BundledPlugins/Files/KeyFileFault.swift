/// One thing that is wrong with a file of users, rules or keys: where, and what. It never holds a secret of the file.
package struct KeyFileFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The path as the settings give it.
    package let file: String
    /// The line, from 1; nil when the whole file is meant.
    package let line: Int?
    /// What is wrong, in words for people.
    package let problem: String

    /// A fault at a place.
    package init(file: String, line: Int? = nil, problem: String) {
        self.file = file
        self.line = line
        self.problem = problem
    }

    /// Such as `/etc/skep/users:12: there is no ":" between user name and hash`.
    package var description: String { "\(file):\(line.map { "\($0):" } ?? "") \(problem)" }

    /// A name from a file as faults show it: quoted, shortened, and unable to play tricks on a terminal.
    static func quoted(_ text: some StringProtocol) -> String {
        let longest = 80
        var shown = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown.unicodeScalars.append("\u{FFFD}")
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.dropFirst(longest).isEmpty ? "\"\(shown)\"" : "\"\(shown)...\""
    }
}

/// What is wrong with one or several files, at least one thing.
package struct KeyFileFaults: Error, Sendable, Hashable, CustomStringConvertible {
    /// In the order of lines; of a file with very many only the first ``limit``.
    package private(set) var faults: [KeyFileFault]

    /// How many faults of one file are told.
    static let limit = 50

    /// At least one.
    package init(_ faults: [KeyFileFault]) { self.faults = faults }

    /// One line for each.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
