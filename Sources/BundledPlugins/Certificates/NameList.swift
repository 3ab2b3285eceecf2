/// Names, one a line. Empty lines, and lines that begin with `#`, say nothing.
struct NameList: Sendable {
    let names: Set<String>

    static let largestFile = 16 << 20
    static let longestLine = 4_096
    static let mostNames = 250_000

    init(_ bytes: [UInt8], file: String) throws(KeyFileFaults) {
        var names: Set<String> = []
        for (number, line) in try KeyFileLines(bytes, file: file, longestLine: Self.longestLine).lines {
            let name = line.trimmed
            if name.isEmpty || name.utf8.first == UInt8(ascii: "#") { continue }
            names.insert(String(name))
            guard names.count <= Self.mostNames else {
                let problem = "there are more than \(Self.mostNames) names"
                throw KeyFileFaults([KeyFileFault(file: file, line: number, problem: problem)])
            }
        }
        self.names = names
    }
}
