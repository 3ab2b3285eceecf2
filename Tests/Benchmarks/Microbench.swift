import ArgumentParser

/// Micro-benchmarks of the code that every message passes. `packaging/microbench` runs it; see the README beside this.
@main
struct Microbench: ParsableCommand {
    enum Mode: String, EnumerableFlag {
        case list, count, time, memory

        static func help(for mode: Mode) -> ArgumentHelp? {
            switch mode {
            case .list: "Print the names."
            case .count: "Run those with these names, each with two counts, for callgrind."
            case .time: "Print the time that each operation takes."
            case .memory: "Print the memory that a million filters take: bytes of each, resident and in all."
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "microbench", abstract: "Micro-benchmarks of the broker's hot code.")

    @Flag
    var mode: Mode

    @Argument(help: "Only those whose names begin so; with --memory, the kinds of filters: exact, plus, hash.")
    var prefixes: [String] = []

    func validate() throws {
        if mode != .memory, !prefixes.isEmpty, chosen.isEmpty {
            throw ValidationError("no benchmark has a name that begins so")
        }
    }

    func run() {
        switch mode {
        case .list: for benchmark in chosen { print(benchmark.name) }
        case .count: Counting.run(chosen)
        case .time: Timing.run(chosen)
        case .memory: FilterMemory.report(prefixes.first.flatMap { Fleet.Kind(rawValue: $0) })
        }
    }

    private var chosen: [Benchmark] {
        let all = Benchmark.all()
        if prefixes.isEmpty { return all }
        return all.filter { benchmark in
            prefixes.contains { mode == .count ? benchmark.name == $0 : benchmark.name.hasPrefix($0) }
        }
    }
}
