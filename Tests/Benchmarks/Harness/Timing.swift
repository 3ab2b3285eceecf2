/// Time an operation takes, natively. Moves from run to run, as times do: for orders of magnitude, not for comparing.
enum Timing {
    private static let rounds = 11
    private static let roundTime = Duration.milliseconds(30)

    /// Prints nanoseconds for each operation of the benchmarks: the median of the rounds, and the fastest of them.
    static func run(_ benchmarks: [Benchmark]) {
        let width = benchmarks.map(\.name.count).max() ?? 0
        let title = "ns per operation".padded(to: width)
        print("\(title)      median     fastest")
        for benchmark in benchmarks {
            let times = measure(benchmark)
            let median = text(times[times.count / 2])
            let fastest = text(times[0])
            print("\(benchmark.name.padded(to: width)) \(median.padded(left: 11)) \(fastest.padded(left: 11))")
        }
    }

    /// Sorted nanoseconds an operation, one for each round.
    private static func measure(_ benchmark: Benchmark) -> [Double] {
        let run = benchmark.checked()
        run(2)
        let clock = ContinuousClock()
        var periods = 1
        while clock.measure({ run(periods) }) < roundTime { periods *= 2 }
        return (0..<rounds).map { _ in
            clock.measure { run(periods) } / .nanoseconds(1) / Double(periods * benchmark.period)
        }.sorted()
    }

    private static func text(_ nanoseconds: Double) -> String {
        let tenths = Int((nanoseconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    func padded(left width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
