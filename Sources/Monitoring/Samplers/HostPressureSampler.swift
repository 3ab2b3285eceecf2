/// How much tasks stand still for want of a resource (pressure stall information).
package struct HostPressure: Sendable, Equatable {
    /// Whose tasks are meant.
    package enum Scope: String, Sendable {
        /// All of the machine.
        case host
        /// Those of our cgroup, which is what a hidden `/proc` leaves.
        case cgroup
    }

    /// Whose tasks are meant, in all parts.
    package var scope: Scope
    /// Want of a processor.
    package var cpu: PressureStall?
    /// Want of memory.
    package var memory: PressureStall?
    /// Want of a disk.
    package var io: PressureStall?
}

/// The pressure on one resource.
package struct PressureStall: Sendable, Equatable {
    /// One line.
    package struct Line: Sendable, Equatable {
        /// Share of the last ten seconds, 0 to 1.
        package var share: Double
        /// Seconds since the start.
        package var total: Double
    }

    /// At least one task stood still.
    package var some: Line
    /// All tasks that were not idle stood still at once; nil where the kernel does not tell.
    package var full: Line?

    /// `some avg10=0.09 avg60=0.20 avg300=2.61 total=3019317622`, and a line that begins with `full`.
    static func parse(_ text: ArraySlice<UInt8>) -> PressureStall? {
        guard TextScanner.isWhole(text) else { return nil }
        var some: Line?
        var full: Line?
        var scanner = TextScanner(text)
        while let line = scanner.line() {
            var words = TextScanner(line)
            guard let kind = words.word(), let parsed = parse(line: &words) else { return nil }
            if kind.equals("some") { some = parsed } else if kind.equals("full") { full = parsed }
        }
        return some.map { PressureStall(some: $0, full: full) }
    }

    private static func parse(line words: inout TextScanner) -> Line? {
        var percent: Double?
        var microseconds: UInt64?
        while let word = words.word() {
            var pair = TextScanner(word)
            guard let key = pair.upTo(UInt8(ascii: "=")) else { return nil }
            if key.equals("avg10") { percent = TextScanner.decimal(pair.rest) }
            if key.equals("total") { microseconds = TextScanner.number(pair.rest) }
        }
        guard let percent, let microseconds, percent <= 100 else { return nil }
        return Line(share: percent / 100, total: Double(microseconds) / 1_000_000)
    }
}

/// Measures ``HostPressure``; 9 microseconds. When `/proc/pressure` is hidden, the pressure in our cgroup answers.
package struct HostPressureSampler: Sampler, ~Copyable {
    package static let name = SamplerName.hostPressure
    private let root: ProcRoot
    private var host: Files
    private var cgroup: Files?
    private var lookedUpAt: UInt64 = 0

    private struct Files: ~Copyable, Sendable {
        var cpu: KeptFile
        var memory: KeptFile
        var io: KeptFile

        init(_ path: (String) -> String) {
            cpu = KeptFile(path("cpu"))
            memory = KeptFile(path("memory"))
            io = KeptFile(path("io"))
        }

        /// - Throws: The fault of a file that is there and wrong, or the absence of all three.
        mutating func read(_ buffer: inout FileBuffer, _ scope: HostPressure.Scope) throws(SamplerError) -> HostPressure
        {
            var absence: SamplerError?
            let value = HostPressure(
                scope: scope, cpu: try Self.read(&cpu, &buffer, &absence),
                memory: try Self.read(&memory, &buffer, &absence), io: try Self.read(&io, &buffer, &absence))
            if let absence, value.cpu == nil, value.memory == nil, value.io == nil { throw absence }
            return value
        }

        private static func read(
            _ file: inout KeptFile, _ buffer: inout FileBuffer, _ absence: inout SamplerError?
        ) throws(SamplerError) -> PressureStall? {
            do throws(SamplerError) {
                try file.read(&buffer)
            } catch {
                guard error.isAbsence else { throw error }
                absence = absence ?? error
                return nil
            }
            guard let stall = PressureStall.parse(buffer.text) else { throw .malformed(path: file.path) }
            return stall
        }
    }

    /// Reads below `root`.
    package init(root: ProcRoot) {
        self.root = root
        host = Files { "\(root.proc)/pressure/\($0)" }
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> HostPressure {
        do throws(SamplerError) {
            return try host.read(&buffer, .host)
        } catch {
            guard error.isAbsence else { throw error }
        }
        do throws(SamplerError) {
            if cgroup == nil || now < lookedUpAt || now - lookedUpAt >= CgroupSampler.lookupInterval {
                lookedUpAt = now
                let directory = try CgroupPath.resolve(root, &buffer).own
                cgroup = Files { "\(directory)/\($0).pressure" }
            }
            guard let value = try cgroup?.read(&buffer, .cgroup) else { throw SamplerError.unsupported("no cgroup") }
            return value
        } catch {
            // The group may have gone, and the process have been moved to another one.
            cgroup = nil
            throw error
        }
    }
}
