import Foundation
import Testing

@Suite("The tree")
struct TreeTests {
    @Test("Only the agreed names stand at the top level")
    func topLevel() {
        let allowed: Set = [
            "Package.swift", "Sources", "Tests", "dashboards", "packaging", "README.md", ".ci", ".swift-format",
            ".gitignore",
        ]
        let found = Set(Repository.paths.map { String($0.prefix { $0 != "/" }) })
        #expect(found.contains("Package.swift"))
        #expect(found.subtracting(allowed).isEmpty)
    }

    @Test("No file names a path of one machine")
    func machinePaths() throws {
        // Put together here so that this file does not hold what it looks for.
        let places = ["work", "tmp", "root", "home", "Users", "opt/swift"].map { "/" + $0 }
        let pattern = try Regex("(?:^|[^\\w.}])(?:\(places.joined(separator: "|")))/\\w", as: Substring.self)
        var found: [String] = []
        for path in Repository.paths {
            let lines = try Repository.text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.firstMatch(of: pattern) != nil {
                found.append("\(path):\(index + 1): \(line)")
            }
        }
        #expect(found == [])
    }

    @Test("Package.swift holds no unsafe flags, which would make the package useless as a dependency")
    func noUnsafeFlags() throws {
        let manifest = try SourceFile(path: "Package.swift")
        #expect(manifest.findings(of: #/unsafeFlags/#) == [])
    }

    @Test("Every target is compiled with the strict settings")
    func strictTargets() throws {
        let manifest = try SourceFile(path: "Package.swift")
        let targets = manifest.code.matches(of: #/\.(?:target|executableTarget|testTarget)\(/#).count
        let strict = manifest.code.matches(of: #/swiftSettings: strict\b/#).count
        #expect(targets > 0)
        #expect(targets == strict)
    }

    @Test("swift format finds nothing to change", .timeLimit(.minutes(5)))
    func format() throws {
        let result = try Repository.run(
            "swift", ["format", "lint", "--strict", "--parallel", "--recursive", "Sources", "Tests", "Package.swift"])
        #expect(result.status == 0, "\(result.text)")
    }
}

@Suite("Scripts")
struct ScriptTests {
    private func scripts() throws -> [String] {
        try Repository.paths.filter { path in
            try path.hasSuffix(".sh") || Repository.text(of: path).hasPrefix("#!/usr/bin/env bash")
        }
    }

    @Test("Every shell script can be parsed")
    func syntax() throws {
        for script in try scripts() {
            let result = try Repository.run("bash", ["-n", script])
            #expect(result.status == 0, "\(result.text)")
        }
    }

    @Test("Every shell script that is run stops at the first fault, and may be executed")
    func strictness() throws {
        let programs = try scripts().filter { !$0.hasSuffix(".sh") }
        #expect(Set(programs).isSuperset(of: ["packaging/build", "packaging/run", "packaging/test", ".ci/run"]))
        for script in programs {
            let text = try Repository.text(of: script)
            #expect(text.contains("\nset -euo pipefail\n"), "\(script)")
            let path = Repository.root.appending(path: script).path
            #expect(FileManager.default.isExecutableFile(atPath: path), "\(script)")
        }
    }
}
