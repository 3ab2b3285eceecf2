import Glibc

/// Processor time of this process since its start, in seconds.
package struct ProcessCPU: Sendable, Equatable {
    /// In the program.
    package var user: Double
    /// In the kernel.
    package var system: Double
    /// The threads that were asked for, in the order of their rules and indices.
    package var threads: [ThreadCPU]
}

/// Processor time of one thread since its start, in seconds.
package struct ThreadCPU: Sendable, Equatable {
    /// The label of the rule that it matches.
    package var label: String
    /// The number behind the rule's prefix.
    package var index: Int
    /// In the program.
    package var user: Double
    /// In the kernel.
    package var system: Double
}

/// Which threads are measured one by one: those whose name is a prefix and a number.
package struct ThreadRule: Sendable, Equatable {
    /// The beginning of a thread's name. The kernel keeps 15 bytes of a name.
    package let prefix: String
    /// What such a thread is called in a metric.
    package let label: String

    /// A rule of its own.
    package init(prefix: String, label: String) {
        self.prefix = prefix
        self.label = label
    }

    /// The loops of one of SwiftNIO's groups of threads, `NIO-ELT-0-#0` and on. Groups are numbered from 0 as they are
    /// made, and the shared one counts, too.
    package static func eventLoops(group: Int) -> ThreadRule {
        ThreadRule(prefix: "NIO-ELT-\(group)-#", label: "event_loop")
    }

    /// The number behind the prefix; nil for a thread that the rule is not for.
    func index(of name: String) -> Int? {
        guard name.hasPrefix(prefix) else { return nil }
        return TextScanner.number(Array(name.utf8.dropFirst(prefix.utf8.count))[...]).flatMap { Int(exactly: $0) }
    }
}

/// Measures ``ProcessCPU``: one system call, and about 10 microseconds for each thread that a rule names.
package struct ProcessCPUSampler: Sampler, ~Copyable {
    package static let name = SamplerName.processCPU
    /// No more threads than this are measured one by one.
    static let maximumThreads = 64
    /// A process with more threads than this is not searched.
    static let maximumTasks = 4096
    /// Threads live long: who is who is looked up so often, and when one has ended.
    static let lookupInterval: UInt64 = 60_000_000_000

    private struct Known {
        var path: String
        var rule: Int
        var index: Int
    }

    private let root: ProcRoot
    private let rules: [ThreadRule]
    private var known: [Known] = []
    private var lookedUpAt: UInt64?

    /// Reads below `root`.
    package init(root: ProcRoot, threads rules: [ThreadRule]) {
        self.root = root
        self.rules = rules
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> ProcessCPU {
        let usage = try SystemCalls.resourceUsage()
        return ProcessCPU(
            user: Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1_000_000,
            system: Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1_000_000,
            threads: rules.isEmpty ? [] : try threads(&buffer, at: now))
    }

    private mutating func threads(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> [ThreadCPU] {
        if let at = lookedUpAt, now >= at, now - at < Self.lookupInterval, let threads = try readKnown(&buffer) {
            return threads
        }
        try lookUp(&buffer)
        lookedUpAt = now
        return try readKnown(&buffer) ?? []
    }

    /// nil when a thread has ended or its number belongs to another one now.
    private func readKnown(_ buffer: inout FileBuffer) throws(SamplerError) -> [ThreadCPU]? {
        var threads: [ThreadCPU] = []
        for thread in known {
            guard let status = try status(thread.path, &buffer),
                rules[thread.rule].index(of: status.name) == thread.index
            else { return nil }
            threads.append(
                ThreadCPU(
                    label: rules[thread.rule].label, index: thread.index,
                    user: Double(status.userTicks) / SystemCalls.ticksPerSecond,
                    system: Double(status.systemTicks) / SystemCalls.ticksPerSecond))
        }
        return threads
    }

    private mutating func lookUp(_ buffer: inout FileBuffer) throws(SamplerError) {
        known = []
        let directory = root.own("task")
        for name in try SystemCalls.names(in: directory, limit: Self.maximumTasks) {
            let path = "\(directory)/\(name)/stat"
            guard let status = try status(path, &buffer) else { continue }
            for (number, rule) in rules.enumerated() {
                guard let index = rule.index(of: status.name) else { continue }
                known.append(Known(path: path, rule: number, index: index))
                break
            }
        }
        known.sort { ($0.rule, $0.index) < ($1.rule, $1.index) }
        if known.count > Self.maximumThreads { known.removeLast(known.count - Self.maximumThreads) }
    }

    /// nil for a thread that has ended meanwhile.
    private func status(_ path: String, _ buffer: inout FileBuffer) throws(SamplerError) -> ProcessStatus? {
        do {
            try buffer.read(path)
        } catch {
            if error.isEndOfThread { return nil }
            throw error
        }
        guard let status = ProcessStatus.parse(buffer.text) else { throw .malformed(path: path) }
        return status
    }
}
