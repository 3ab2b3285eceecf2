import Testing

@testable import Monitoring

@Suite("What samplers read from a complete machine")
struct SamplerValueTests {
    private let tree: FakeTree

    init() throws { tree = try FakeTree() }

    @Test("The memory of the process comes from statm in pages and from status in kB")
    func memory() throws {
        var sampler = ProcessMemorySampler(root: tree.root)
        let memory = try sampler.sample()
        let page = SystemCalls.pageSize
        #expect(
            memory
                == ProcessMemory(
                    virtual: 262_144 * page, resident: 25_000 * page, data: 60_000 * page,
                    peakVirtual: 1_050_000 * 1024, peakResident: 120_000 * 1024, residentAnonymous: 84_000 * 1024,
                    residentFile: 15_000 * 1024, residentShared: 1_000 * 1024, swap: 12 * 1024))
    }

    @Test("Lines that an older kernel lacks are missing values, not a fault")
    func oldStatus() throws {
        try tree.write("proc/self/status", "Name:\tskep\nVmSize:\t 1048576 kB\nVmRSS:\t 1 kB\n")
        var sampler = ProcessMemorySampler(root: tree.root)
        let memory = try sampler.sample()
        #expect(memory.peakResident == nil)
        #expect(memory.residentAnonymous == nil)
        #expect(memory.resident > 0)
    }

    @Test("Proportional memory is the line Pss and no other that begins so")
    func proportional() throws {
        var sampler = ProportionalMemorySampler(root: tree.root)
        #expect(try sampler.sample() == ProportionalMemory(resident: 90_000 * 1024, swap: 6 * 1024))
    }

    @Test("Threads are told one by one when a rule names them, in the order of their numbers")
    func threads() throws {
        var sampler = ProcessCPUSampler(root: tree.root, threads: [.eventLoops(group: 0)])
        let cpu = try sampler.sample()
        let tick = SystemCalls.ticksPerSecond
        #expect(
            cpu.threads == [
                ThreadCPU(label: "event_loop", index: 0, user: 300 / tick, system: 100 / tick),
                ThreadCPU(label: "event_loop", index: 1, user: 400 / tick, system: 200 / tick),
            ])
        #expect(cpu.user + cpu.system > 0)
    }

    @Test("No more threads than the limit are told, and the first ones are")
    func manyThreads() throws {
        for index in 0..<80 {
            let text = FakeFiles.all["proc/self/task/4712/stat"] ?? ""
            try tree.write("proc/self/task/\(5000 + index)/stat", text.replacing("#0", with: "#\(index)"))
        }
        try tree.remove("proc/self/task/4712", "proc/self/task/4713")
        var sampler = ProcessCPUSampler(root: tree.root, threads: [.eventLoops(group: 0)])
        #expect(try sampler.sample().threads.map(\.index) == Array(0..<ProcessCPUSampler.maximumThreads))
    }

    @Test("A thread that has ended, or whose number another thread has, leads to a new look-up")
    func endedThread() throws {
        var sampler = ProcessCPUSampler(root: tree.root, threads: [.eventLoops(group: 0)])
        _ = try sampler.sample(at: 1)
        try tree.remove("proc/self/task/4713")
        #expect(try sampler.sample(at: 2).threads.map(\.index) == [0])
        try tree.write("proc/self/task/4712/stat", FakeFiles.all["proc/self/task/4711/stat"] ?? "")
        #expect(try sampler.sample(at: 3).threads.isEmpty)
    }

    @Test("A new thread is found with the next look-up")
    func newThread() throws {
        var sampler = ProcessCPUSampler(root: tree.root, threads: [.eventLoops(group: 0)])
        _ = try sampler.sample(at: 1)
        let text = FakeFiles.all["proc/self/task/4712/stat"] ?? ""
        try tree.write("proc/self/task/4720/stat", text.replacing("#0", with: "#2"))
        #expect(try sampler.sample(at: 2).threads.count == 2)
        #expect(try sampler.sample(at: 2 + ProcessCPUSampler.lookupInterval).threads.count == 3)
    }

    @Test(
        "A rule is for its prefix and a number",
        arguments: [
            ("NIO-ELT-0-#7", 7), ("NIO-ELT-0-#", nil), ("NIO-ELT-0-#x", nil), ("NIO-ELT-1-#7", nil), ("NIO", nil),
            ("NIO-ELT-0-#99999999999999999999", nil), ("NIO-ELT-0-#18446744073709551615", nil),
        ] as [(String, Int?)])
    func rule(_ name: String, _ index: Int?) {
        #expect(ThreadRule.eventLoops(group: 0).index(of: name) == index)
    }

    @Test("The name of a thread may hold brackets and blanks")
    func threadName() throws {
        let text = Array((FakeFiles.all["proc/self/task/4715/stat"] ?? "").utf8)
        #expect(try #require(ProcessStatus.parse(text[...])).name == "a) R (b")
    }

    @Test("The start time is the start of the machine and the ticks after it, and does not move")
    func startTime() throws {
        var sampler = ProcessActivitySampler(root: tree.root)
        let activity = try sampler.sample()
        #expect(activity.threads == 5)
        #expect(abs(activity.startTime - (1_795_232_826 + 98_765 / SystemCalls.ticksPerSecond)) < 0.000_1)
        try tree.write("proc/stat", "btime 5\n")
        #expect(try sampler.sample().startTime == activity.startTime)
    }

    @Test("Disk traffic of the process is what reached the disk")
    func processIO() throws {
        var sampler = ProcessIOSampler(root: tree.root)
        #expect(try sampler.sample() == ProcessIO(read: 8192, written: 4096))
    }

    @Test("Where size is no count, descriptors are listed, without the one of the list itself")
    func descriptors() throws {
        var sampler = FileDescriptorsSampler(root: tree.root)
        let descriptors = try sampler.sample()
        #expect(descriptors.open == 3)
        #expect(descriptors.limit == (try SystemCalls.openFileLimit()))
    }

    @Test("Many descriptors are not listed anew each time, few are")
    func manyDescriptors() throws {
        var sampler = FileDescriptorsSampler(root: tree.root)
        _ = try sampler.sample(at: 1)
        for number in 1000..<2200 { try tree.write("proc/self/fd/\(number)", "") }
        #expect(try sampler.sample(at: 2).open == 1203)
        try tree.remove("proc/self/fd/1000")
        #expect(try sampler.sample(at: 3).open == 1203)
        #expect(try sampler.sample(at: 2 + FileDescriptorsSampler.listInterval).open == 1202)
    }

    @Test("Load and uptime of the host")
    func load() throws {
        var sampler = HostLoadSampler(root: tree.root)
        #expect(try sampler.sample() == HostLoad(one: 0.5, five: 1.42, fifteen: 10.8, uptimeSeconds: 12_323.52))
    }

    @Test("Memory of the host")
    func hostMemory() throws {
        var sampler = HostMemorySampler(root: tree.root)
        #expect(
            try sampler.sample()
                == HostMemory(
                    total: 24_684_096 * 1024, free: 23_899_212 * 1024, available: 24_252_912 * 1024,
                    swapTotal: 1_048_576 * 1024, swapFree: 524_288 * 1024))
    }

    @Test("Processor time of the host is the first line of stat")
    func hostCPU() throws {
        var sampler = HostCPUSampler(root: tree.root)
        let cpu = try sampler.sample()
        let tick = SystemCalls.ticksPerSecond
        #expect(cpu.user == 1_170_500 / tick)
        #expect(cpu.steal == 16_500 / tick)
        #expect(abs(cpu.total - 2_464_700 / tick) < 0.001)
    }

    @Test("Pressure of the host")
    func pressure() throws {
        var sampler = HostPressureSampler(root: tree.root)
        let pressure = try sampler.sample()
        #expect(pressure.scope == .host)
        #expect(pressure.cpu?.some == PressureStall.Line(share: 0.125, total: 3019.317_622))
        #expect(pressure.memory?.full == PressureStall.Line(share: 0.005, total: 1))
        #expect(pressure.io?.some.share == 1)
    }

    @Test("Interfaces, with the loopback one")
    func network() throws {
        var sampler = HostNetworkSampler(root: tree.root)
        #expect(
            try sampler.sample()
                == HostNetwork(
                    interfaces: [
                        .init(name: "lo", received: 61_121_536_002, sent: 61_121_536_002),
                        .init(name: "eth0", received: 20_626_119, sent: 67_440),
                    ], omitted: 0))
    }

    @Test("No more interfaces than the limit, and how many more there are")
    func manyInterfaces() throws {
        var text = FakeFiles.all["proc/self/net/dev"] ?? ""
        for index in 0..<98 { text += "veth\(index):\(index) 0 0 0 0 0 0 0 \(index) 0 0 0 0 0 0 0\n" }
        try tree.write("proc/self/net/dev", text)
        var sampler = HostNetworkSampler(root: tree.root)
        let network = try sampler.sample()
        #expect(network.interfaces.count == HostNetworkSampler.maximumInterfaces)
        #expect(network.interfaces[5] == .init(name: "veth3", received: 3, sent: 3))
        #expect(network.omitted == 68)
    }

    @Test("Whole disks that have done anything, in bytes; no partitions")
    func disks() throws {
        var sampler = HostDisksSampler(root: tree.root)
        let expected = HostDisks(
            devices: [
                .init(name: "cciss/c0d0", read: 30 * 512, written: 40 * 512),
                .init(name: "vda", read: 1000 * 512, written: 2000 * 512),
            ], omitted: 0)
        #expect(try sampler.sample() == expected)
        try tree.remove("proc/diskstats")
        var fallback = HostDisksSampler(root: tree.root)
        #expect(try fallback.sample() == expected)
    }

    @Test("No more disks than the limit")
    func manyDisks() throws {
        for index in 0..<70 { try tree.write("sys/block/sd\(index)/stat", "1 0 1 0 1 0 1 0 0 0 0\n") }
        try tree.remove("proc/diskstats")
        var sampler = HostDisksSampler(root: tree.root)
        let disks = try sampler.sample()
        #expect(disks.devices.count == HostDisksSampler.maximumDevices)
        #expect(disks.omitted == 8)
    }

    @Test("A kept file shows what it holds now")
    func keptFile() throws {
        var sampler = HostLoadSampler(root: tree.root)
        _ = try sampler.sample()
        try tree.write("proc/loadavg", "7.00 8.00 9.00 1/82 17340\n")
        #expect(try sampler.sample().one == 7)
    }
}

@Suite("What samplers read when files of the host are hidden")
struct HiddenHostTests {
    private let tree: FakeTree

    init() throws {
        tree = try FakeTree()
        try tree.hideHost()
    }

    @Test("The kernel's call answers for load and memory; it does not know what is available")
    func systemInformation() throws {
        var load = HostLoadSampler(root: tree.root)
        #expect(try load.sample() == HostLoad(one: 0.25, five: 0.5, fifteen: 0.75, uptimeSeconds: 777))
        var memory = HostMemorySampler(root: tree.root)
        #expect(
            try memory.sample()
                == HostMemory(
                    total: 4_000_000, free: 1_000_000, available: nil, swapTotal: 2_000, swapFree: 1_000))
    }

    @Test("When that is mute too, the samplers fail")
    func mute() throws {
        var load = HostLoadSampler(root: tree.mute)
        #expect(throws: SamplerError.self) { try load.sample() }
        var memory = HostMemorySampler(root: tree.mute)
        #expect(throws: SamplerError.self) { try memory.sample() }
    }

    @Test("The pressure in our own cgroup answers, and says so")
    func pressure() throws {
        var sampler = HostPressureSampler(root: tree.root)
        let pressure = try sampler.sample()
        #expect(pressure.scope == .cgroup)
        #expect(pressure.cpu?.some.share == 0.03)
        #expect(pressure.io?.some.share == 0.01)
        // A process that is moved is followed with the next look-up.
        try tree.write("proc/self/cgroup", "0::/\n")
        try tree.write("sys/fs/cgroup/cpu.pressure", "some avg10=7.00 avg60=0.00 avg300=0.00 total=1\n")
        #expect(try sampler.sample(at: 2).cpu?.some.share == 0.03)
        let moved = try sampler.sample(at: 1 + CgroupSampler.lookupInterval)
        #expect(moved.cpu == PressureStall(some: .init(share: 0.07, total: 0.000_001), full: nil))
        #expect(moved.io == nil)
    }

    @Test("Processor time of the host is unknown, not zero")
    func hostCPU() throws {
        var sampler = HostCPUSampler(root: tree.root)
        #expect(throws: SamplerError.self) { try sampler.sample() }
    }

    @Test("The start time comes from the clocks")
    func startTime() throws {
        var sampler = ProcessActivitySampler(root: tree.root)
        let now = try SystemCalls.seconds(of: 0)
        let start = try sampler.sample().startTime
        #expect(start > 1_000_000_000)
        #expect(start < now + 98_765 / SystemCalls.ticksPerSecond + 60)
    }

    @Test("What belongs to the process is not hidden")
    func own() throws {
        var network = HostNetworkSampler(root: tree.root)
        #expect(try network.sample().interfaces.count == 2)
        var disks = HostDisksSampler(root: tree.root)
        #expect(try disks.sample().devices.count == 2)
    }
}
