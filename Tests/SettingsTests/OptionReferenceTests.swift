import FoundationEssentials
import Testing

@testable import Settings

@Suite("The reference of options")
struct OptionReferenceTests {
    /// Whether a file of the project is what a command prints, which adds a line break of its own.
    private func isPrinted(_ text: String, in path: String) throws -> Bool {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
        return file.split(separator: "\n") == text.split(separator: "\n")
    }

    @Test("Sources/Settings/OPTIONS.md is what `skep options` prints")
    func reference() throws {
        let isSame = try isPrinted(OptionTable.markdown(), in: "Sources/Settings/OPTIONS.md")
        #expect(isSame, "write it anew: .build/release/skep options > Sources/Settings/OPTIONS.md")
    }

    @Test("packaging/man/skep-config.5 is what `skep options --man` prints")
    func manualPage() throws {
        let isSame = try isPrinted(OptionTable.manPage(), in: "packaging/man/skep-config.5")
        #expect(isSame, "write it anew: .build/release/skep options --man > packaging/man/skep-config.5")
    }

    @Test("Every option stands in the manual page, and no line of it is longer than 100 characters")
    func manualPageIsWhole() {
        let lines = OptionTable.manPage().split(separator: "\n")
        for option in OptionTable.options {
            #expect(lines.contains(".It Cm \(option.path.replacing("-", with: "\\-"))"), "\(option.path)")
        }
        #expect(lines.allSatisfy { $0.count <= 100 })
    }
}
