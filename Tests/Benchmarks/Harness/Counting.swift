/// Under `valgrind --tool=callgrind`: runs each benchmark with two counts of operations, between marks at which callgrind
/// writes down what was executed since the last one. The difference of the two is free of everything that comes once.
enum Counting {
    /// Periods of the two counts.
    private static let periods = (few: 1, many: 4)

    /// Runs benchmarks; prints the name of each and by how many operations its two counts differ.
    ///
    /// A benchmark has three marks: behind its preparation and a first run, which fills caches and makes arrays as long as
    /// they get, and behind each of the two counts.
    static func run(_ benchmarks: [Benchmark]) {
        for benchmark in benchmarks {
            let run = benchmark.checked()
            run(1)
            measurementMark()
            run(periods.few)
            measurementMark()
            run(periods.many)
            measurementMark()
            print("\(benchmark.name)\t\((periods.many - periods.few) * benchmark.period)")
        }
    }
}

/// Safe: written by the only thread; it makes ``measurementMark()`` a function that cannot be left out.
private nonisolated(unsafe) var marks = 0

/// The function whose calls callgrind is told to look for; `packaging/microbench` knows its name.
@inline(never)
func measurementMark() { unsafe marks &+= 1 }
