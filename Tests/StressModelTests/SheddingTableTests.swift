import Foundation
import StressModel
import Testing

struct SheddingTableTests {
    @Test("The README shows what is shed at which level as it is")
    func documentation() throws {
        let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: project.appending(path: "README.md"), encoding: .utf8)
        #expect(text.contains(SheddingTable.markdown))
    }
}
