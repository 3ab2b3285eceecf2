import BrokerValues
import Foundation
import Testing

@Suite("The table of limits")
struct LimitTableTests {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// The rows of a section of README.md: the limit and the tests in each.
    private func rows(of section: String) throws -> [(limit: String, tests: [String])] {
        let text = try String(contentsOf: Self.directory.appending(path: "README.md"), encoding: .utf8)
        let sections = text.components(separatedBy: "\n## ")
        let body = try #require(sections.first { $0.hasPrefix(section + "\n") })
        return body.split(separator: "\n").compactMap { line in
            let names = line.matches(of: /`([^`]+)`/).map { String($0.output.1) }
            guard line.hasPrefix("| `"), let limit = names.first else { return nil }
            return (limit, Array(names.dropFirst()))
        }
    }

    private func fields(of value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }

    @Test("Every limit has its row, and no row is of a limit that is not there")
    func complete() throws {
        #expect(try rows(of: "Limits of the broker").map(\.limit).sorted() == fields(of: BrokerLimits()).sorted())
        let rate = ConnectRate(perSecond: 1)
        #expect(try rows(of: "Limits of a listener").map(\.limit).sorted() == fields(of: rate).sorted())
        let restrictions = ClientRestrictions()
        #expect(try rows(of: "Restrictions of one client").map(\.limit).sorted() == fields(of: restrictions).sorted())
    }

    @Test("Every test that the table names exists")
    func existing() throws {
        let sections = [
            "Limits of the broker", "Limits of a listener", "Restrictions of one client",
            "What is shed at high stress levels",
        ]
        for row in try sections.flatMap({ try rows(of: $0) }) {
            #expect(!row.tests.isEmpty, "\(row.limit)")
            for test in row.tests {
                let parts = test.split(separator: ".")
                try #require(parts.count == 2)
                let source = try String(
                    contentsOf: Self.directory.appending(path: "\(parts[0]).swift"), encoding: .utf8)
                #expect(source.contains("func \(parts[1])("), "\(test)")
            }
        }
    }
}
