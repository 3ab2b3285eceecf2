import FoundationEssentials
import Testing

/// The files beside the tests' sources: clause lists, exceptions, and the sources themselves, in which the traits stand.
enum CoverageFiles {
    private static var directory: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    }

    static func clauses(of standard: Standard) throws -> [Clause] {
        try rows("Clauses/mqtt-\(standard.rawValue).tsv", columns: 5).map { row in
            Clause(
                identifier: row[0], side: row[1], isVisible: row[2] == "yes", topic: row[3], requirement: row[4])
        }
    }

    static func exceptions() throws -> [ClauseException] {
        try rows("Exceptions.tsv", columns: 2).map { ClauseException(identifier: $0[0], reason: $0[1]) }
    }

    /// The rows behind the heading of a table.
    private static func rows(_ name: String, columns: Int) throws -> [[String]] {
        let text = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
        let rows = text.split(separator: "\n").dropFirst().map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        for row in rows {
            try #require(row.count == columns && !row.contains(""), "\(name): \(row)")
        }
        return rows
    }

    /// Every identifier that stands in a `.clauses` trait of this target.
    static func testedIdentifiers() throws -> Set<String> {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        var found: Set<String> = []
        for path in paths where path.hasSuffix(".swift") {
            let source = try String(contentsOf: directory.appending(path: path), encoding: .utf8)
            found.formUnion(identifiers(in: source))
        }
        return found
    }

    /// The string literals between `.clauses(` and the next closing parenthesis.
    static func identifiers(in source: String) -> Set<String> {
        var found: Set<String> = []
        for part in source.split(separator: "." + "clauses(", omittingEmptySubsequences: false).dropFirst() {
            let list = part.prefix { $0 != ")" }
            let pieces = list.split(separator: "\"", omittingEmptySubsequences: false)
            for index in stride(from: 1, to: pieces.count, by: 2) { found.insert(String(pieces[index])) }
        }
        return found
    }
}
