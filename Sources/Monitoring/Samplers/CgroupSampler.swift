/// Measures ``CgroupUse``; about 12 microseconds, and some more when limits are read again.
///
/// Fails on machines that have cgroups of version 1 only.
package struct CgroupSampler: Sampler, ~Copyable {
    package static let name = SamplerName.cgroup
    /// Limits change seldom, and the process is hardly ever moved: both are looked up so often, in nanoseconds.
    static let lookupInterval: UInt64 = 10_000_000_000

    private struct Group: ~Copyable, Sendable {
        let path: CgroupPath
        var limits: CgroupUse.Limits
        var lookedUpAt: UInt64
        var memory: KeptFile
        var events: KeptFile
        var cpu: KeptFile
        var tasks: KeptFile

        init(_ path: CgroupPath, _ limits: CgroupUse.Limits, at now: UInt64) {
            self.path = path
            self.limits = limits
            lookedUpAt = now
            memory = KeptFile("\(path.own)/memory.current")
            events = KeptFile("\(path.own)/memory.events")
            cpu = KeptFile("\(path.own)/cpu.stat")
            tasks = KeptFile("\(path.own)/pids.current")
        }

        mutating func use(_ buffer: inout FileBuffer) throws(SamplerError) -> CgroupUse {
            let use = CgroupUse(
                memory: try CgroupSampler.value(&memory, &buffer, CgroupUse.parse(number:)),
                oomKills: try CgroupSampler.value(&events, &buffer, CgroupUse.parse(events:)),
                cpu: try CgroupSampler.value(&cpu, &buffer, CgroupUse.CPU.parse(stat:)),
                tasks: try CgroupSampler.value(&tasks, &buffer, CgroupUse.parse(number:)), limits: limits)
            guard use.memory != nil || use.cpu != nil || use.tasks != nil else {
                throw .unsupported("\(path.own) has no file that says what is used")
            }
            return use
        }
    }

    private let root: ProcRoot
    private var group: Group?

    /// Reads below `root`.
    package init(root: ProcRoot) { self.root = root }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> CgroupUse {
        do throws(SamplerError) {
            try lookUp(&buffer, at: now)
            guard let use = try group?.use(&buffer) else { throw SamplerError.unsupported("no cgroup") }
            return use
        } catch {
            group = nil
            throw error
        }
    }

    private mutating func lookUp(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) {
        if let at = group?.lookedUpAt, now >= at, now - at < Self.lookupInterval { return }
        let path = try CgroupPath.resolve(root, &buffer)
        let limits = try Self.limits(path, &buffer)
        if group?.path == path {
            group?.limits = limits
            group?.lookedUpAt = now
        } else {
            group = Group(path, limits, at: now)
        }
    }

    private static func limits(_ path: CgroupPath, _ buffer: inout FileBuffer) throws(SamplerError) -> CgroupUse.Limits
    {
        var limits = CgroupUse.Limits()
        for directory in path.directories {
            func value<Value>(
                _ name: String, _ parse: (ArraySlice<UInt8>) -> Value?
            ) throws(SamplerError) -> Value? {
                var file = KeptFile("\(directory)/\(name)")
                return try Self.value(&file, &buffer, parse)
            }
            if let limit = try value("memory.max", CgroupUse.parse(limit:)) {
                limits.memory = limit.tightened(limits.memory)
            }
            if let limit = try value("memory.high", CgroupUse.parse(limit:)) {
                limits.memoryHigh = limit.tightened(limits.memoryHigh)
            }
            if let limit = try value("cpu.max", CgroupUse.parse(cpuMax:)) { limits.cpus = limit.tightened(limits.cpus) }
            if let limit = try value("pids.max", CgroupUse.parse(limit:)) {
                limits.tasks = limit.tightened(limits.tasks)
            }
        }
        return limits
    }

    /// nil for a file that is not there; a file that is there and wrong is a fault.
    private static func value<Value>(
        _ file: inout KeptFile, _ buffer: inout FileBuffer, _ parse: (ArraySlice<UInt8>) -> Value?
    ) throws(SamplerError) -> Value? {
        do throws(SamplerError) {
            try file.read(&buffer)
        } catch {
            if error.isAbsence { return nil }
            throw error
        }
        guard let value = parse(buffer.text) else { throw .malformed(path: file.path) }
        return value
    }
}
