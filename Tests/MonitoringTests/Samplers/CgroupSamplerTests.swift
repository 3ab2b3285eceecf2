import Foundation
import Testing

@testable import Monitoring

@Suite("What is read of a cgroup")
struct CgroupSamplerTests {
    private let tree: FakeTree
    private let own = "sys/fs/cgroup/system.slice/skep.service"

    init() throws { tree = try FakeTree() }

    @Test("Use is our group's, limits are the tightest on the way up")
    func complete() throws {
        var sampler = CgroupSampler(root: tree.root)
        let use = try sampler.sample()
        #expect(use.memory == 104_857_600)
        #expect(use.oomKills == 3)
        #expect(use.cpu == .init(usage: 5, user: 3, system: 2, throttledPeriods: 7, throttled: 1.5))
        #expect(use.tasks == 5)
        #expect(use.limits == .init(memory: 1_073_741_824, memoryHigh: 900_000_000, cpus: 1.5, tasks: 100))
    }

    @Test("A limit of max is none")
    func noLimits() throws {
        for directory in [own, "sys/fs/cgroup/system.slice"] {
            for name in ["memory.max", "memory.high", "pids.max"] { try tree.write("\(directory)/\(name)", "max\n") }
            try tree.write("\(directory)/cpu.max", "max 100000\n")
        }
        var sampler = CgroupSampler(root: tree.root)
        #expect(try sampler.sample().limits == .init())
    }

    @Test("Controllers that are not there are missing values; with none of them the sampler fails")
    func controllers() throws {
        try tree.remove("\(own)/memory.current", "\(own)/memory.events", "\(own)/memory.max")
        var sampler = CgroupSampler(root: tree.root)
        let use = try sampler.sample()
        #expect(use.memory == nil)
        #expect(use.oomKills == nil)
        #expect(use.limits.memory == 1_073_741_824)
        #expect(use.tasks == 5)
        try tree.remove("\(own)/cpu.stat", "\(own)/pids.current")
        var bare = CgroupSampler(root: tree.root)
        #expect(throws: SamplerError.self) { try bare.sample() }
    }

    @Test("A machine with cgroups of version 1 only has no value")
    func versionOne() throws {
        try tree.write("proc/self/cgroup", "4:memory:/a\n1:cpu:/\n")
        var sampler = CgroupSampler(root: tree.root)
        #expect(throws: SamplerError.self) { try sampler.sample() }
        // A mixed one has the line, but another tree.
        try tree.write("proc/self/cgroup", "4:memory:/a\n0::/\n")
        try tree.remove("sys/fs/cgroup/cgroup.controllers")
        #expect(throws: SamplerError.self) { try sampler.sample() }
    }

    @Test(
        "In a container, where the path of the host does not exist, the top is our group",
        arguments: ["0::/host.slice/of/the/host\n", "0::/../../other\n", "0::/\n"])
    func container(_ line: String) throws {
        try tree.write("proc/self/cgroup", line)
        try tree.write("sys/fs/cgroup/memory.current", "42\n")
        try tree.write("sys/fs/cgroup/memory.max", "99\n")
        var sampler = CgroupSampler(root: tree.root)
        let use = try sampler.sample()
        #expect(use.memory == 42)
        #expect(use.limits == .init(memory: 99))
    }

    @Test("New limits and a move to another group are seen with the next look-up")
    func lookup() throws {
        var sampler = CgroupSampler(root: tree.root)
        _ = try sampler.sample(at: 1)
        try tree.write("\(own)/memory.max", "1000\n")
        #expect(try sampler.sample(at: 2).limits.memory == 1_073_741_824)
        #expect(try sampler.sample(at: 1 + CgroupSampler.lookupInterval).limits.memory == 1000)
        try tree.write("sys/fs/cgroup/memory.current", "42\n")
        try tree.write("proc/self/cgroup", "0::/\n")
        #expect(try sampler.sample(at: 1 + 2 * CgroupSampler.lookupInterval).memory == 42)
    }

    @Test("A quota without a period is malformed", arguments: ["100000 0\n", "100000\n", "many 100000\n", "\n"])
    func quota(_ text: String) throws {
        try tree.write("\(own)/cpu.max", text)
        var sampler = CgroupSampler(root: tree.root)
        #expect(throws: SamplerError.malformed(path: "\(tree.top.path)/\(own)/cpu.max")) { try sampler.sample() }
    }

    @Test("A path deeper than any is malformed")
    func deep() throws {
        try tree.write("proc/self/cgroup", "0::" + String(repeating: "/a", count: 33) + "\n")
        var sampler = CgroupSampler(root: tree.root)
        #expect(throws: SamplerError.malformed(path: tree.root.own("cgroup"))) { try sampler.sample() }
    }
}
