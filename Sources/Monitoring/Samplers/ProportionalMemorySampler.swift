/// The memory of this process when each shared page is divided among those who share it.
package struct ProportionalMemory: Sendable, Equatable {
    /// Bytes in memory (PSS).
    package var resident: UInt64
    /// Bytes swapped out; nil where the kernel does not tell.
    package var swap: UInt64?

    /// `/proc/self/smaps_rollup`: a line with an address range, then keys and sizes.
    static func parse(smapsRollup text: ArraySlice<UInt8>) -> ProportionalMemory? {
        guard let values = KeyedLines.values(text, keys: ["Pss", "SwapPss"], unit: .kibibytes), let pss = values[0]
        else { return nil }
        return ProportionalMemory(resident: pss, swap: values[1])
    }
}

/// Measures ``ProportionalMemory``. The kernel walks all page tables for it, which takes 3 ms for a heap of 200 MB
/// and holds up whoever maps memory, so it is done once a minute at most.
package struct ProportionalMemorySampler: Sampler, ~Copyable {
    package static let name = SamplerName.proportionalMemory
    package static let minimumInterval: UInt64 = 60_000_000_000
    private let path: String

    /// Reads below `root`.
    package init(root: ProcRoot) { path = root.own("smaps_rollup") }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(
        _ buffer: inout FileBuffer, at now: UInt64
    ) throws(SamplerError) -> ProportionalMemory {
        try buffer.read(path)
        guard let memory = ProportionalMemory.parse(smapsRollup: buffer.text) else { throw .malformed(path: path) }
        return memory
    }
}
