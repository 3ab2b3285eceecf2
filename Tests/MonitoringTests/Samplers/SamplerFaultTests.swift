import Foundation
import Testing

@testable import Monitoring

/// One sampler and one file that it needs.
struct FaultCase: Sendable, CustomTestStringConvertible {
    let name: SamplerName
    let file: String
    /// Without the file there is another answer, or a part that is missing.
    var mayBeAbsent = false
    /// Only the first line counts.
    var isHead = false

    var testDescription: String { "\(name.rawValue) \(file)" }

    private static let own = "sys/fs/cgroup/system.slice/skep.service"

    static let all: [FaultCase] = [
        FaultCase(name: .processMemory, file: "proc/self/statm"),
        FaultCase(name: .processMemory, file: "proc/self/status"),
        FaultCase(name: .proportionalMemory, file: "proc/self/smaps_rollup"),
        FaultCase(name: .processCPU, file: "proc/self/task/4712/stat", mayBeAbsent: true),
        FaultCase(name: .processActivity, file: "proc/self/stat"),
        FaultCase(name: .processIO, file: "proc/self/io"),
        FaultCase(name: .hostLoad, file: "proc/loadavg", mayBeAbsent: true),
        FaultCase(name: .hostLoad, file: "proc/uptime", mayBeAbsent: true),
        FaultCase(name: .hostMemory, file: "proc/meminfo", mayBeAbsent: true),
        FaultCase(name: .hostCPU, file: "proc/stat", isHead: true),
        FaultCase(name: .hostPressure, file: "proc/pressure/cpu", mayBeAbsent: true),
        FaultCase(name: .hostPressure, file: "proc/pressure/memory", mayBeAbsent: true),
        FaultCase(name: .hostPressure, file: "proc/pressure/io", mayBeAbsent: true),
        FaultCase(name: .hostNetwork, file: "proc/self/net/dev"),
        FaultCase(name: .hostDisks, file: "proc/diskstats", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "proc/self/cgroup"),
        FaultCase(name: .cgroup, file: "\(own)/memory.current", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "\(own)/memory.max", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "\(own)/memory.events", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "\(own)/cpu.max", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "\(own)/cpu.stat", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "\(own)/pids.current", mayBeAbsent: true),
        FaultCase(name: .cgroup, file: "sys/fs/cgroup/system.slice/pids.max", mayBeAbsent: true),
    ]

    /// The error of the one sampler; every other one must be up.
    func error(in tree: FakeTree) throws -> SamplerError? {
        var runner = SamplerRunner(root: tree.root, threads: [.eventLoops(group: 0)], clock: { 1 })
        let statuses = runner.run().statuses
        for status in statuses where status.name != name {
            #expect(status.up, "\(status.name) is no part of this: \(String(describing: status.error))")
        }
        let status = try #require(statuses.first { $0.name == name })
        #expect(status.up == (status.error == nil))
        #expect(status.errors == (status.up ? 0 : 1))
        return status.error
    }

    func path(in tree: FakeTree) -> String { "\(tree.top.path)/\(file)" }

    /// Faults of `/proc/stat` also reach the start time, which has an answer for them.
    var text: [UInt8] { Array((FakeFiles.all[file] ?? "").utf8) }
}

@Suite("Faults of files fail one sampler and nothing else")
struct SamplerFaultTests {
    @Test("A missing file fails the sampler, or leaves it to its fallback", arguments: FaultCase.all)
    func missing(_ test: FaultCase) throws {
        let tree = try FakeTree()
        try tree.remove(test.file)
        let error = try test.error(in: tree)
        let expected = SamplerError.unreadable(path: test.path(in: tree), code: ENOENT)
        #expect(error == (test.mayBeAbsent ? nil : expected))
    }

    @Test("An empty file is malformed, or names no group", arguments: FaultCase.all)
    func empty(_ test: FaultCase) throws {
        let tree = try FakeTree()
        try tree.write(test.file, "")
        #expect(try test.error(in: tree) == .malformed(path: test.path(in: tree)))
    }

    @Test("A file that was cut inside a line is malformed, wherever it was cut", arguments: FaultCase.all)
    func truncated(_ test: FaultCase) throws {
        let tree = try FakeTree()
        let whole = test.text
        let last = test.isHead ? (whole.firstIndex(of: 10) ?? 0) : whole.count - 1
        for end in 1...last where whole[end - 1] != 10 {
            try tree.write(test.file, Array(whole[..<end]))
            #expect(try test.error(in: tree) == .malformed(path: test.path(in: tree)), "cut at \(end)")
        }
    }

    @Test("Bytes that mean nothing are malformed", arguments: FaultCase.all)
    func garbage(_ test: FaultCase) throws {
        for bytes in [[0], [10], [0xff, 0xfe, 10], Array(repeating: 65, count: 5000) + [10], Array("a b c\n".utf8)] {
            let tree = try FakeTree()
            try tree.write(test.file, bytes as [UInt8])
            // No line for version 2 is what a machine with version 1 shows.
            if test.file == "proc/self/cgroup" {
                #expect(try test.error(in: tree) != nil)
            } else {
                #expect(try test.error(in: tree) == .malformed(path: test.path(in: tree)))
            }
        }
    }

    /// Every number that is not a part of a name, changed.
    private func numbers(_ test: FaultCase, _ number: String) -> String {
        String(decoding: test.text, as: UTF8.self).replacing(#/(^|[\s=])\d+/#) { "\($0.output.1)\(number)" }
    }

    @Test(
        "Numbers beyond 64 bits are malformed, never wrapped",
        arguments: FaultCase.all.filter { $0.file != "proc/self/cgroup" })
    func tooLargeNumbers(_ test: FaultCase) throws {
        let tree = try FakeTree()
        let number = "18446744073709551616"
        try tree.write(test.file, test.file.hasSuffix("pids.max") ? "\(number)\n" : numbers(test, number))
        #expect(try test.error(in: tree) == .malformed(path: test.path(in: tree)))
    }

    @Test("The largest number of 64 bits does not trap, and does not wrap when it has a unit", arguments: FaultCase.all)
    func largestNumbers(_ test: FaultCase) throws {
        let tree = try FakeTree()
        try tree.write(test.file, numbers(test, "18446744073709551615"))
        let error = try test.error(in: tree)
        let withUnits = ["statm", "status", "smaps_rollup", "meminfo", "diskstats"]
        if withUnits.contains(where: { test.file.hasSuffix($0) }) {
            #expect(error == .malformed(path: test.path(in: tree)))
        }
    }

    @Test("A huge file is refused, but for the one whose head is enough", arguments: FaultCase.all)
    func huge(_ test: FaultCase) throws {
        let tree = try FakeTree()
        try tree.write(test.file, test.text + Array(repeating: 10, count: FileBuffer.capacity))
        #expect(try test.error(in: tree) == (test.isHead ? nil : .tooLarge(path: test.path(in: tree))))
    }

    @Test("A directory in the place of a file is a fault, not an absence", arguments: FaultCase.all)
    func directory(_ test: FaultCase) throws {
        // The start time reads /proc/stat too.
        if test.isHead { return }
        let tree = try FakeTree()
        try tree.makeDirectory(test.file)
        #expect(try test.error(in: tree) == .unreadable(path: test.path(in: tree), code: EISDIR))
    }

    @Test(
        "A file without permission fails the sampler or leads to the fallback; the superuser may read it",
        arguments: FaultCase.all)
    func permission(_ test: FaultCase) throws {
        let tree = try FakeTree()
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: test.path(in: tree))
        let error = try test.error(in: tree)
        if geteuid() == 0 || test.mayBeAbsent {
            #expect(error == nil)
        } else {
            #expect(error == .unreadable(path: test.path(in: tree), code: EACCES))
        }
    }

    @Test("A pipe in the place of a file does not block")
    func pipe() throws {
        let tree = try FakeTree()
        try tree.remove("proc/self/io")
        // Safe: the path lasts for the call.
        let made = unsafe mkfifo("\(tree.top.path)/proc/self/io", 0o600)
        #expect(made == 0)
        var sampler = ProcessIOSampler(root: tree.root)
        #expect(throws: SamplerError.self) { try sampler.sample() }
    }

    @Test("A broken list of descriptors, blocks or threads fails its sampler alone")
    func lists() throws {
        for (directory, name) in [
            ("proc/self/fd", SamplerName.fileDescriptors), ("sys/block", .hostDisks), ("proc/self/task", .processCPU),
        ] {
            let tree = try FakeTree()
            try tree.remove(directory)
            try tree.write(directory, "a file")
            let error = try FaultCase(name: name, file: directory).error(in: tree)
            #expect(error == .unreadable(path: "\(tree.top.path)/\(directory)", code: ENOTDIR))
        }
    }
}
