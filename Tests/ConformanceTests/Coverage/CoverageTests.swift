import Testing

@Suite("Coverage of the standards")
struct CoverageTests {
    @Test("The clause lists are complete, and the table of their coverage is printed")
    func table() throws {
        let reports = try Standard.allCases.map { try CoverageReport($0) }
        print("\n\(CoverageReport.table(reports))\n")
        for report in reports {
            #expect(report.clauses.count == report.standard.statementCount)
            #expect(Set(report.clauses.map(\.identifier)).count == report.standard.statementCount)
            #expect(report.clauses.allSatisfy { report.standard.owns($0.identifier) })
        }
    }

    @Test("Every statement that a server can be seen to keep has a test or a reason", arguments: Standard.allCases)
    func statements(standard: Standard) throws {
        for clause in try CoverageReport(standard).missing {
            Issue.record("\(clause.identifier) (\(clause.topic)) has no test: \(clause.requirement)")
        }
    }

    @Test("Tests and exceptions name only statements that exist", arguments: Standard.allCases)
    func names(standard: Standard) throws {
        #expect(try CoverageReport(standard).unknown == [])
    }

    @Test("No test names a statement of neither version")
    func strangers() throws {
        let strangers = try CoverageFiles.testedIdentifiers().filter { name in
            !Standard.allCases.contains { $0.owns(name) }
        }
        #expect(strangers == [])
    }

    @Test(
        "A statement with a test is no exception, and every exception stands there once", arguments: Standard.allCases)
    func exceptions(standard: Standard) throws {
        let report = try CoverageReport(standard)
        #expect(report.contradicted == [])
        #expect(Set(report.exceptions.map(\.identifier)).count == report.exceptions.count)
    }

    @Test("The identifiers of a trait are found wherever its lines break")
    func reading() {
        let trait = ".clauses"
        let source = "@Test(\"a (b)\", \(trait)(\"X-1\",\n    \"X-2\"), arguments: [\"no\"])\n\(trait)(\"X-3\")"
        #expect(CoverageFiles.identifiers(in: source) == ["X-1", "X-2", "X-3"])
    }
}
