/// How far the tests cover one version of the standard.
struct CoverageReport {
    let standard: Standard
    let clauses: [Clause]
    let covered: Set<String>
    let exceptions: [ClauseException]

    init(_ standard: Standard) throws {
        self.standard = standard
        clauses = try CoverageFiles.clauses(of: standard)
        covered = try CoverageFiles.testedIdentifiers().filter { standard.owns($0) }
        exceptions = try CoverageFiles.exceptions().filter { standard.owns($0.identifier) }
    }

    private var owed: [Clause] { clauses.filter(\.isOwed) }

    private var excepted: Set<String> { Set(exceptions.map(\.identifier)) }

    private var known: Set<String> { Set(clauses.map(\.identifier)) }

    /// Statements that the server can be seen to keep and that have neither a test nor a reason.
    var missing: [Clause] {
        owed.filter { !covered.contains($0.identifier) && !excepted.contains($0.identifier) }
    }

    /// Identifiers in tests or among the exceptions that the standard does not have.
    var unknown: [String] { covered.union(excepted).subtracting(known).sorted() }

    /// Exceptions that have a test all the same.
    var contradicted: [String] { covered.intersection(excepted).sorted() }

    /// One row of the table.
    var row: String {
        let identifiers = Set(owed.map(\.identifier))
        let cells = [
            "MQTT \(standard.rawValue)", "\(clauses.count)", "\(owed.count)",
            "\(identifiers.intersection(covered).count)", "\(identifiers.intersection(excepted).count)",
            "\(missing.count)",
        ]
        return Self.line(cells)
    }

    /// The table of all versions, and the exceptions with their reasons.
    static func table(_ reports: [CoverageReport]) -> String {
        let heading = line(["version", "statements", "owed", "covered", "excepted", "missing"])
        let exceptions = reports.flatMap(\.exceptions).map { "  \($0.identifier): \($0.reason)" }
        return ([heading] + reports.map(\.row) + ["Exceptions:"] + exceptions).joined(separator: "\n")
    }

    private static func line(_ cells: [String]) -> String {
        cells.map { $0 + String(repeating: " ", count: max(1, 12 - $0.count)) }.joined()
    }
}
