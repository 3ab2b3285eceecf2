import Glibc

/// One operation whose cost is of interest.
struct Benchmark {
    /// Dotted, by area: `wire.decode.publish-qos1`.
    let name: String
    /// Operations after which everything is as it was before. Only whole periods are run, so that each run does the same.
    let period: Int
    /// The sum of what the operations of one period answer: bytes, matches, messages. A benchmark that measures nothing
    /// gives another one.
    let resultOfPeriod: () -> Int
    /// Makes what the operations work on; returns what runs so many of them and adds up their answers.
    let prepare: () -> (Int) -> Int

    init(
        _ name: String, period: Int, resultOfPeriod: @autoclosure @escaping () -> Int,
        prepare: @escaping () -> (Int) -> Int
    ) {
        self.name = name
        self.period = period
        self.resultOfPeriod = resultOfPeriod
        self.prepare = prepare
    }

    /// The function of ``prepare`` with a look at what it answers.
    func checked() -> (_ periods: Int) -> Void {
        let run = prepare()
        let expected = resultOfPeriod()
        return { periods in
            let result = run(periods * period)
            if result == periods * expected { return }
            // A release build does not print what a precondition says.
            print("\(name): the operations answer \(result) instead of \(periods * expected)")
            exit(EX_SOFTWARE)
        }
    }
}

extension Benchmark {
    /// All of them, by area.
    static func all() -> [Benchmark] {
        DecodeBenchmarks.all + EncodeBenchmarks.all + SessionBenchmarks.all + IndexBenchmarks.all()
            + RouteBenchmarks.all + ClientBenchmarks.all
    }
}
