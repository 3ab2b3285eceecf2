import RandomKit
import Testing

@testable import Monitoring

/// A parser and the file that it is for.
private struct ParserCase: Sendable {
    let file: String
    /// Whether the text was understood; what it says must be sane.
    let parse: @Sendable (ArraySlice<UInt8>) -> Bool

    static let all: [ParserCase] = [
        ParserCase(file: "proc/self/statm") { ProcessMemory.parse(statm: $0, pageSize: 4096) != nil },
        ParserCase(file: "proc/self/status") { text in
            var memory = ProcessMemory(virtual: 0, resident: 0, data: 0)
            return memory.add(status: text)
        },
        ParserCase(file: "proc/self/smaps_rollup") { ProportionalMemory.parse(smapsRollup: $0) != nil },
        ParserCase(file: "proc/self/stat") { ProcessStatus.parse($0) != nil },
        ParserCase(file: "proc/self/task/4715/stat") { ProcessStatus.parse($0) != nil },
        ParserCase(file: "proc/self/io") { ProcessIO.parse(io: $0) != nil },
        ParserCase(file: "proc/self/cgroup") { CgroupPath.parse($0) != nil },
        ParserCase(file: "proc/self/net/dev") { text in
            guard let network = HostNetwork.parse(dev: text, limit: 1) else { return false }
            return network.interfaces.count <= 1
        },
        ParserCase(file: "proc/loadavg") { text in
            guard let load = HostLoad.parse(loadavg: text) else { return false }
            return load.one.isFinite && load.five.isFinite && load.fifteen.isFinite
        },
        ParserCase(file: "proc/uptime") { HostLoad.parse(uptime: $0)?.isFinite ?? false },
        ParserCase(file: "proc/meminfo") { HostMemory.parse(meminfo: $0) != nil },
        ParserCase(file: "proc/stat") { HostCPU.parse(stat: $0)?.total.isFinite ?? false },
        ParserCase(file: "proc/stat") { ProcessActivitySampler.bootTime(stat: $0)?.isFinite ?? false },
        ParserCase(file: "proc/diskstats") { HostDisks.parse(diskstats: $0, whole: ["vda"]) != nil },
        ParserCase(file: "sys/block/vda/stat") { HostDisks.parse(stat: $0) != nil },
        ParserCase(file: "proc/pressure/cpu") { text in
            guard let stall = PressureStall.parse(text) else { return false }
            return (0...1).contains(stall.some.share)
        },
        cgroup("memory.current") { CgroupUse.parse(number: $0) != nil },
        cgroup("memory.max") { CgroupUse.parse(limit: $0) != nil },
        cgroup("memory.events") { CgroupUse.parse(events: $0) != nil },
        cgroup("cpu.max") { text in
            guard let limit = CgroupUse.parse(cpuMax: text) else { return false }
            return limit.tightened(1) ?? 0 <= 1
        },
        cgroup("cpu.stat") { CgroupUse.CPU.parse(stat: $0) != nil },
    ]

    private static func cgroup(
        _ name: String, _ parse: @escaping @Sendable (ArraySlice<UInt8>) -> Bool
    ) -> ParserCase {
        ParserCase(file: "sys/fs/cgroup/system.slice/skep.service/\(name)", parse: parse)
    }
}

@Suite("Parsers of kernel files against bytes that nobody planned")
struct SamplerFuzzTests {
    static let seeds: [UInt64] = [1, 2, 3, UInt64.random(in: 4 ... .max)]

    @Test("2,000 mutations of each file trap nowhere, and some are refused", arguments: seeds)
    func mutations(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for test in ParserCase.all {
            let text = Array(try #require(FakeFiles.all[test.file]).utf8)
            #expect(test.parse(text[...]), "\(test.file) as it is")
            var refused = 0
            for _ in 0..<500 {
                var mutated = text
                for _ in 0..<Int.random(in: 1...4, using: &generator) { Self.mutate(&mutated, &generator) }
                // Somewhere inside an array, as in the samplers' buffer.
                let padded = [1, 2, 3] + mutated + [4, 5]
                if !test.parse(padded[3..<(3 + mutated.count)]) { refused += 1 }
            }
            #expect(refused > 0, "\(test.file)")
        }
    }

    private static let words: [[UInt8]] = [
        "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "-1", "+1", "0x10", "1e309",
        "nan",
        "inf", "max", "kB", ":", "(", ")", "=", ".", "..", "\n", " ", "\t", "\0", "0::/", "1.", ".1", "1.1.1",
    ].map { Array($0.utf8) }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...12, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: place)
        case 4: bytes.replaceSubrange(place..<end, with: words.randomElement(using: &generator) ?? [])
        default: bytes.insert(contentsOf: bytes[place..<end], at: 0)
        }
    }
}
