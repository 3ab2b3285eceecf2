/// What all processors of the host have done since its start, in seconds.
package struct HostCPU: Sendable, Equatable {
    /// In programs.
    package var user: Double
    /// In programs of low priority.
    package var nice: Double
    /// In the kernel.
    package var system: Double
    /// Nothing.
    package var idle: Double
    /// Nothing, while a disk was waited for.
    package var ioWait: Double
    /// In interrupts.
    package var interrupts: Double
    /// In the work that interrupts left behind.
    package var softInterrupts: Double
    /// Taken by other virtual machines.
    package var steal: Double

    /// All of it together.
    package var total: Double { user + nice + system + idle + ioWait + interrupts + softInterrupts + steal }

    /// The first line of `/proc/stat`, in ticks. Time of guests is contained in the others.
    static func parse(stat text: ArraySlice<UInt8>) -> HostCPU? {
        var scanner = TextScanner(text)
        guard let line = scanner.upTo(UInt8(ascii: "\n")) else { return nil }
        var words = TextScanner(line)
        guard let key = words.word(), key.equals("cpu") else { return nil }
        var seconds: [Double] = []
        while seconds.count < 8 {
            guard let ticks = words.number() else { return nil }
            seconds.append(Double(ticks) / SystemCalls.ticksPerSecond)
        }
        return HostCPU(
            user: seconds[0], nice: seconds[1], system: seconds[2], idle: seconds[3], ioWait: seconds[4],
            interrupts: seconds[5], softInterrupts: seconds[6], steal: seconds[7])
    }
}

/// Measures ``HostCPU``; 11 microseconds, of which the kernel needs most for what is not read. There is no other
/// source: when the file is hidden, the processor time of the cgroup is what there is (``CgroupUse``).
package struct HostCPUSampler: Sampler, ~Copyable {
    package static let name = SamplerName.hostCPU
    /// The first line is never longer.
    static let headBytes = 1024
    private var stat: KeptFile

    /// Reads below `root`.
    package init(root: ProcRoot) { stat = KeptFile("\(root.proc)/stat") }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> HostCPU {
        try stat.read(&buffer, head: Self.headBytes)
        guard let value = HostCPU.parse(stat: buffer.text) else { throw .malformed(path: stat.path) }
        return value
    }
}
