import Foundation

/// The files of this project that are under version control, or would be with the next commit.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What a command printed, and its exit status.
    struct Result {
        let status: Int32
        let text: String
    }

    /// Paths from the root, with `/` between names.
    static let paths: [String] = {
        let list = try? run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        guard let list, list.status == 0 else { return [] }
        return list.text.split(separator: "\0").map(String.init).filter {
            FileManager.default.fileExists(atPath: root.appending(path: $0).path)
        }
    }()

    /// Every Swift file below a folder.
    static func swiftFiles(below folder: String) throws -> [SourceFile] {
        try paths.filter { $0.hasPrefix("\(folder)/") && $0.hasSuffix(".swift") }.map { try SourceFile(path: $0) }
    }

    static func text(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    /// Runs a command at the root and waits for its end.
    static func run(_ command: String, _ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.currentDirectoryURL = root
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
    }
}

/// One Swift file.
struct SourceFile {
    let path: String
    let text: String
    /// The text without comments and the contents of string literals; line breaks stay where they are.
    let code: String

    init(path: String) throws {
        self.path = path
        text = try Repository.text(of: path)
        code = CodeStripper.strip(text)
    }

    /// For tests of the checks themselves.
    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = CodeStripper.strip(text)
    }

    /// The target that it belongs to: the folder below `Sources` or `Tests`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }

    /// `path:line` of each line of code in which a pattern occurs, with what was found.
    func findings(of pattern: Regex<Substring>) -> [String] {
        codeLines.enumerated().flatMap { index, line in
            line.matches(of: pattern).map { "\(path):\(index + 1): \($0.output)" }
        }
    }
}
