/// What our cgroup uses and may use: in a container, the numbers that count.
///
/// Each part is nil where the controller is not there; a limit also where there is none.
package struct CgroupUse: Sendable, Equatable {
    /// Bytes in use, with the page cache of its files.
    package var memory: UInt64?
    /// How often the kernel has ended a process of the group for want of memory.
    package var oomKills: UInt64?
    /// Processor time.
    package var cpu: CPU?
    /// Processes and threads.
    package var tasks: UInt64?
    /// What may be used.
    package var limits: Limits

    /// Processor time of all processes in the group, in seconds.
    package struct CPU: Sendable, Equatable {
        /// All of it.
        package var usage: Double
        /// In programs.
        package var user: Double
        /// In the kernel.
        package var system: Double
        /// How often the group was halted because its quota was used up; nil without the controller.
        package var throttledPeriods: UInt64?
        /// How long the group was halted; nil without the controller.
        package var throttled: Double?

        /// `cpu.stat`, in microseconds.
        static func parse(stat text: ArraySlice<UInt8>) -> CPU? {
            let keys: [StaticString] = ["usage_usec", "user_usec", "system_usec", "nr_throttled", "throttled_usec"]
            guard let values = KeyedLines.values(text, keys: keys, unit: .none), let usage = values[0],
                let user = values[1], let system = values[2]
            else { return nil }
            func seconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1_000_000 }
            return CPU(
                usage: seconds(usage), user: seconds(user), system: seconds(system), throttledPeriods: values[3],
                throttled: values[4].map { seconds($0) })
        }
    }

    /// The tightest limits on the way from our group to the top.
    package struct Limits: Sendable, Equatable {
        /// Bytes; at this the kernel ends processes.
        package var memory: UInt64?
        /// Bytes; from here on the kernel slows the group down.
        package var memoryHigh: UInt64?
        /// Processors, as quota divided by period.
        package var cpus: Double?
        /// Processes and threads.
        package var tasks: UInt64?

        /// No limits.
        package init(memory: UInt64? = nil, memoryHigh: UInt64? = nil, cpus: Double? = nil, tasks: UInt64? = nil) {
            self.memory = memory
            self.memoryHigh = memoryHigh
            self.cpus = cpus
            self.tasks = tasks
        }
    }

    /// A number alone in its file.
    static func parse(number text: ArraySlice<UInt8>) -> UInt64? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        return words.number()
    }

    /// A number alone in its file, or `max`.
    static func parse(limit text: ArraySlice<UInt8>) -> Limit<UInt64>? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        guard let word = words.word() else { return nil }
        return word.equals("max") ? Limit.none : TextScanner.number(word).map { Limit.some($0) }
    }

    /// `cpu.max`: quota or `max`, and the period.
    static func parse(cpuMax text: ArraySlice<UInt8>) -> Limit<Double>? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        guard let quota = words.word(), let period = words.number(), period > 0 else { return nil }
        return quota.equals("max")
            ? Limit.none : TextScanner.number(quota).map { Limit.some(Double($0) / Double(period)) }
    }

    /// The line `oom_kill` of `memory.events`.
    static func parse(events text: ArraySlice<UInt8>) -> UInt64? {
        KeyedLines.values(text, keys: ["oom_kill"], unit: .none).flatMap { $0[0] }
    }

    /// What a file of a limit says.
    enum Limit<Value: Comparable & Sendable>: Sendable, Equatable {
        /// There is none.
        case none
        /// So much.
        case some(Value)

        /// The tighter one of this and what was found before.
        func tightened(_ other: Value?) -> Value? {
            switch self {
            case .none: other
            case .some(let value): min(value, other ?? value)
            }
        }
    }
}
