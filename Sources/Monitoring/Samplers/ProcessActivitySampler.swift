import Glibc

/// What the process has done so far.
package struct ProcessActivity: Sendable, Equatable {
    /// Threads that it has now.
    package var threads: UInt64
    /// How often a thread waited for something.
    package var voluntaryContextSwitches: UInt64
    /// How often a thread had to make room for another one.
    package var involuntaryContextSwitches: UInt64
    /// Page faults that needed no disk.
    package var minorPageFaults: UInt64
    /// Page faults that waited for a disk.
    package var majorPageFaults: UInt64
    /// When it started, in seconds since 1970.
    package var startTime: Double
}

/// Measures ``ProcessActivity``; about 6 microseconds.
///
/// Context switches come from `getrusage`: what `/proc/self/status` shows is the main thread's alone.
package struct ProcessActivitySampler: Sampler, ~Copyable {
    package static let name = SamplerName.processActivity
    private let root: ProcRoot
    private var stat: KeptFile
    private var startTime: Double?

    /// Reads below `root`.
    package init(root: ProcRoot) {
        self.root = root
        stat = KeptFile(root.own("stat"))
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> ProcessActivity {
        try stat.read(&buffer)
        guard let status = ProcessStatus.parse(buffer.text) else { throw .malformed(path: stat.path) }
        let usage = try SystemCalls.resourceUsage()
        // Computed once: the clock of the day may be set, and a start time that moves looks like a restart.
        let start: Double
        if let startTime { start = startTime } else { start = try Self.startTime(status, root, &buffer) }
        startTime = start
        func count(_ value: Int) -> UInt64 { UInt64(max(0, value)) }
        return ProcessActivity(
            threads: status.threads, voluntaryContextSwitches: count(usage.ru_nvcsw),
            involuntaryContextSwitches: count(usage.ru_nivcsw), minorPageFaults: count(usage.ru_minflt),
            majorPageFaults: count(usage.ru_majflt), startTime: start)
    }

    private static func startTime(
        _ status: ProcessStatus, _ root: ProcRoot, _ buffer: inout FileBuffer
    ) throws(SamplerError) -> Double {
        var file = KeptFile("\(root.proc)/stat")
        let boot: Double
        do throws(SamplerError) {
            try file.read(&buffer, head: FileBuffer.capacity)
            // On machines with thousands of interrupts the line may lie behind what is read.
            if let told = bootTime(stat: buffer.text) { boot = told } else { boot = try bootTimeByClock() }
        } catch {
            guard error.isAbsence else { throw error }
            boot = try bootTimeByClock()
        }
        return boot + Double(status.startTicks) / SystemCalls.ticksPerSecond
    }

    /// The line `btime` of `/proc/stat`; nil when it is not there.
    static func bootTime(stat text: ArraySlice<UInt8>) -> Double? {
        var scanner = TextScanner(text)
        while let line = scanner.upTo(UInt8(ascii: "\n")) {
            var words = TextScanner(line)
            if let key = words.word(), key.equals("btime") { return words.number().map { Double($0) } }
        }
        return nil
    }

    private static func bootTimeByClock() throws(SamplerError) -> Double {
        try SystemCalls.seconds(of: CLOCK_REALTIME) - SystemCalls.seconds(of: CLOCK_BOOTTIME)
    }
}
