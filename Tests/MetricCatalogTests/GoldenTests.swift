import Foundation
import MetricCatalog
import Testing

struct GoldenTests {
    @Test("METRICS.md holds names, types, labels and help of all metrics as they are")
    func reference() throws {
        let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = project.appending(path: "Sources/MetricCatalog/METRICS.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        // Names are what dashboards and alerts depend on: write the file anew with `skep metrics --markdown`, and look
        // at what changes.
        #expect(text == MetricTable.markdown() + "\n")
    }
}
