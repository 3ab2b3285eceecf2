import FoundationEssentials
import Testing

@testable import Settings

@Suite("The reference of options")
struct OptionReferenceTests {
    @Test("Sources/Settings/OPTIONS.md is what `skep options` prints")
    func isUpToDate() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try Data(contentsOf: root.appending(path: "Sources/Settings/OPTIONS.md"))
        let text = String(decoding: bytes, as: UTF8.self)
        // The command adds a line break of its own.
        let isSame = text.split(separator: "\n") == OptionTable.markdown().split(separator: "\n")
        #expect(isSame, "write it anew: .build/release/skep options > Sources/Settings/OPTIONS.md")
    }
}
