import Foundation
import Synchronization
import Testing

@testable import Monitoring

/// A clock that a test moves; each look costs seven nanoseconds.
private final class ManualClock: Sendable {
    private let time = Atomic<UInt64>(1000)
    func read() -> UInt64 { time.add(7, ordering: .relaxed).oldValue }
    func advance(_ nanoseconds: UInt64) { time.add(nanoseconds, ordering: .relaxed) }
}

@Suite("The runner of samplers")
struct SamplerRunnerTests {
    @Test("Each sampler is up on a complete machine, tells how long it took, and has its own name in the known order")
    func complete() throws {
        let tree = try FakeTree()
        let clock = ManualClock()
        var runner = SamplerRunner(root: tree.root, threads: [.eventLoops(group: 0)], clock: { clock.read() })
        #expect(runner.readings.statuses.allSatisfy { !$0.up && $0.runs == 0 })
        let readings = runner.run()
        #expect(readings.statuses.map(\.name) == SamplerName.allCases)
        #expect(readings.statuses.allSatisfy { $0.up && $0.runs == 1 && $0.errors == 0 && $0.durationNanoseconds == 7 })
        #expect(readings.processMemory.value?.swap == 12 * 1024)
        #expect(readings.cgroup.value?.tasks == 5)
    }

    @Test("A failing sampler loses its value, counts its errors, and recovers")
    func recovery() throws {
        let tree = try FakeTree()
        let clock = ManualClock()
        var runner = SamplerRunner(root: tree.root, threads: [.eventLoops(group: 0)], clock: { clock.read() })
        _ = runner.run()
        try tree.write("proc/self/io", "unknown\n")
        for count in 1...3 as ClosedRange<UInt64> {
            let io = runner.run().processIO
            #expect(io.value == nil)
            #expect(!io.status.up)
            #expect(io.status.errors == count)
            #expect(io.status.error == .malformed(path: tree.root.own("io")))
        }
        try tree.write("proc/self/io", "read_bytes: 1\nwrite_bytes: 2\n")
        let io = runner.run().processIO
        #expect(io.value == ProcessIO(read: 1, written: 2))
        #expect(io.status.up)
        #expect(io.status.errors == 3)
        #expect(io.status.error == nil)
        #expect(io.status.runs == 5)
    }

    @Test("What is expensive is measured again only after its interval, whether it failed or not")
    func interval() throws {
        let tree = try FakeTree()
        let clock = ManualClock()
        var runner = SamplerRunner(root: tree.root, threads: [.eventLoops(group: 0)], clock: { clock.read() })
        _ = runner.run()
        try tree.write("proc/self/smaps_rollup", "unknown\n")
        clock.advance(ProportionalMemorySampler.minimumInterval / 2)
        let kept = runner.run().proportionalMemory
        #expect(kept.value?.resident == 90_000 * 1024)
        #expect(kept.status.runs == 1)
        for runs in [2, 2, 3] as [UInt64] {
            clock.advance(ProportionalMemorySampler.minimumInterval / 2)
            let failed = runner.run().proportionalMemory
            #expect(failed.value == nil)
            #expect(failed.status.runs == runs)
        }
    }

    @Test("The numbers of this machine and this process are not zero")
    func realMachine() throws {
        var runner = SamplerRunner(threads: [], clock: { 1 })
        let readings = runner.run()
        let memory = try #require(readings.processMemory.value)
        #expect(memory.resident > 1_000_000)
        #expect(memory.virtual >= memory.resident)
        #expect(try #require(memory.peakResident) > 1_000_000)
        let cpu = try #require(readings.processCPU.value)
        #expect(cpu.user + cpu.system > 0)
        #expect(try #require(readings.fileDescriptors.value).open >= 3)
        let activity = try #require(readings.processActivity.value)
        #expect(activity.threads >= 1)
        #expect(activity.startTime > 1_600_000_000)
        #expect(activity.minorPageFaults > 0)
        #expect(try #require(readings.proportionalMemory.value).resident > 0)
        #expect(try #require(readings.hostMemory.value).total > memory.resident)
        #expect(try #require(readings.hostLoad.value).uptimeSeconds > 0)
        #expect(try #require(readings.hostCPU.value).total > 0)
        #expect(try #require(readings.hostNetwork.value).interfaces.contains { $0.name == "lo" })
        let information = try #require(SystemInformation.read())
        #expect(information.memoryTotal == readings.hostMemory.value?.total)
    }

    @Test("Both ways of counting descriptors agree about this process")
    func descriptors() throws {
        // Other tests open and close files at the same time.
        let listed = try SystemCalls.count(in: "/proc/self/fd", limit: 1_000_000)
        var sampler = FileDescriptorsSampler(root: ProcRoot())
        let counted = try sampler.sample().open
        #expect(counted > 0 && abs(Int(counted) - listed) < 100)
    }

    @Test("A named thread of this process is found")
    func ownThread() throws {
        let name = try String(contentsOfFile: "/proc/self/comm", encoding: .utf8).filter { $0 != "\n" }
        // The last character of the main thread's name is replaced by a number, so that a rule can be for it.
        let numbered = String(name.dropLast()) + "7"
        try numbered.write(toFile: "/proc/self/comm", atomically: false, encoding: .utf8)
        defer { try? name.write(toFile: "/proc/self/comm", atomically: false, encoding: .utf8) }
        var sampler = ProcessCPUSampler(
            root: ProcRoot(), threads: [ThreadRule(prefix: String(name.dropLast()), label: "main")])
        let threads = try sampler.sample().threads
        #expect(threads.contains { $0.label == "main" && $0.index == 7 })
    }
}
