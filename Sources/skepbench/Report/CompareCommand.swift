import ArgumentParser
import Glibc

/// `skepbench compare`: two files of reports, side by side.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Prints what two files of --json reports have in common, and the ratio of each number.",
        discussion: """
            A file holds one report a line. Where it has a run several times, the median of each number is taken: \
            single runs vary by a third on a small machine.
            """)

    @Argument(help: "The file of the runs before.")
    var first: String

    @Argument(help: "The file of the runs after; ratios are this one's by the first's.")
    var second: String

    @Option(name: .long, help: "Only numbers whose key holds this, such as broker_cpu.")
    var key = ""

    @Flag(name: .long, help: "One JSON object for each run instead of a table.")
    var json = false

    func run() throws {
        do throws(BenchError) {
            let comparison = Comparison(
                try RecordedRun.runs(in: Self.read(first), of: first),
                try RecordedRun.runs(in: Self.read(second), of: second))
            guard !comparison.sections.isEmpty else {
                throw BenchError(.data, "The files have no run in common")
            }
            print(json ? comparison.json(keys: key) : comparison.table(keys: key))
        } catch { throw error.exit() }
    }

    private static func read(_ path: String) throws(BenchError) -> String {
        // Safe: the stream is closed below and does not leave this function.
        guard let stream = unsafe fopen(path, "r") else {
            throw BenchError(.noInput, "\(path) cannot be read: \(BenchError.text(of: errno))")
        }
        defer { unsafe fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, stream)
            if count == 0 { break }
            bytes += chunk.prefix(count)
            guard bytes.count <= RecordedRun.largestFile else { break }
        }
        if unsafe ferror(stream) != 0 {
            throw BenchError(.noInput, "\(path) cannot be read: \(BenchError.text(of: errno))")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
