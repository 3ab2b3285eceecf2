/// The memory of this process, in bytes.
package struct ProcessMemory: Sendable, Equatable {
    /// All that is mapped.
    package var virtual: UInt64
    /// What lies in memory. The kernel counts it per processor, so it is off by some pages.
    package var resident: UInt64
    /// Heap, stacks and other private writable memory, used or only reserved.
    package var data: UInt64
    /// The most that ``virtual`` has been.
    package var peakVirtual: UInt64?
    /// The most that ``resident`` has been.
    package var peakResident: UInt64?
    /// The part of ``resident`` that no file stands behind: the heap.
    package var residentAnonymous: UInt64?
    /// The part of ``resident`` that comes from files: program and libraries.
    package var residentFile: UInt64?
    /// The part of ``resident`` that is shared memory.
    package var residentShared: UInt64?
    /// What has been swapped out.
    package var swap: UInt64?

    /// `/proc/self/statm`: seven counts of pages.
    static func parse(statm text: ArraySlice<UInt8>, pageSize: UInt64) -> ProcessMemory? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        guard let virtual = words.number().flatMap({ TextScanner.product($0, pageSize) }),
            let resident = words.number().flatMap({ TextScanner.product($0, pageSize) }), words.skip(3),
            let data = words.number().flatMap({ TextScanner.product($0, pageSize) }), words.number() != nil
        else { return nil }
        return ProcessMemory(virtual: virtual, resident: resident, data: data)
    }

    /// `/proc/self/status`: which lines there are depends on the kernel, but one of them always is there.
    /// - Returns: false when the text has no known form.
    mutating func add(status text: ArraySlice<UInt8>) -> Bool {
        let keys: [StaticString] = ["VmSize", "VmPeak", "VmHWM", "RssAnon", "RssFile", "RssShmem", "VmSwap"]
        guard let values = KeyedLines.values(text, keys: keys, unit: .kibibytes), values[0] != nil else { return false }
        peakVirtual = values[1]
        peakResident = values[2]
        residentAnonymous = values[3]
        residentFile = values[4]
        residentShared = values[5]
        swap = values[6]
        return true
    }
}

/// Measures ``ProcessMemory``; about 10 microseconds.
///
/// What the allocator holds is not asked: `mallinfo2` walks the arenas under their locks, 67 ms were measured on a
/// fragmented heap of 500 MB, and everybody who allocates waits meanwhile.
package struct ProcessMemorySampler: Sampler, ~Copyable {
    package static let name = SamplerName.processMemory
    private var statm: KeptFile
    private var status: KeptFile

    /// Reads below `root`.
    package init(root: ProcRoot) {
        statm = KeptFile(root.own("statm"))
        status = KeptFile(root.own("status"))
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> ProcessMemory {
        try statm.read(&buffer)
        guard var memory = ProcessMemory.parse(statm: buffer.text, pageSize: SystemCalls.pageSize) else {
            throw .malformed(path: statm.path)
        }
        try status.read(&buffer)
        guard memory.add(status: buffer.text) else { throw .malformed(path: status.path) }
        return memory
    }
}
