/// One line of `/proc/<pid>/stat` or `/proc/<pid>/task/<tid>/stat`.
struct ProcessStatus: Equatable {
    /// The name of the thread, at most 15 bytes. It may hold blanks and brackets.
    var name: String
    /// Processor time in the program, in ticks.
    var userTicks: UInt64
    /// Processor time in the kernel, in ticks.
    var systemTicks: UInt64
    /// How many threads the process has.
    var threads: UInt64
    /// When it started, in ticks since the machine did.
    var startTicks: UInt64

    /// Field numbers as in proc(5): 2 name, 14 and 15 times, 20 threads, 22 start.
    static func parse(_ text: ArraySlice<UInt8>) -> ProcessStatus? {
        // The name stands between the first opening and the last closing bracket.
        guard TextScanner.isWhole(text), let open = text.firstIndex(of: UInt8(ascii: "(")),
            let close = text.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return nil }
        var words = TextScanner(text[(close + 1)...])
        guard words.skip(11), let user = words.number(), let system = words.number(), words.skip(4),
            let threads = words.number(), words.skip(1), let start = words.number(), words.skip(1)
        else { return nil }
        return ProcessStatus(
            name: TextScanner.text(text[(open + 1)..<close]), userTicks: user, systemTicks: system, threads: threads,
            startTicks: start)
    }
}
