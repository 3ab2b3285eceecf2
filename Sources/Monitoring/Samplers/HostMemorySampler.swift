/// The memory of the host, in bytes.
package struct HostMemory: Sendable, Equatable {
    /// All of it.
    package var total: UInt64
    /// Not used, not even for caches.
    package var free: UInt64
    /// What programs can still get without swapping; nil where only `sysinfo(2)` answers, which does not know it.
    package var available: UInt64?
    /// All swap space.
    package var swapTotal: UInt64
    /// Swap space that is not used.
    package var swapFree: UInt64

    /// `/proc/meminfo`.
    static func parse(meminfo text: ArraySlice<UInt8>) -> HostMemory? {
        let keys: [StaticString] = ["MemTotal", "MemFree", "MemAvailable", "SwapTotal", "SwapFree"]
        guard let values = KeyedLines.values(text, keys: keys, unit: .kibibytes), let total = values[0],
            let free = values[1], let swapTotal = values[3], let swapFree = values[4]
        else { return nil }
        return HostMemory(
            total: total, free: free, available: values[2], swapTotal: swapTotal, swapFree: swapFree)
    }
}

/// Measures ``HostMemory``; 10 microseconds. `sysinfo(2)` answers when the file is hidden.
package struct HostMemorySampler: Sampler, ~Copyable {
    package static let name = SamplerName.hostMemory
    private let root: ProcRoot
    private var meminfo: KeptFile

    /// Reads below `root`.
    package init(root: ProcRoot) {
        self.root = root
        meminfo = KeptFile("\(root.proc)/meminfo")
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> HostMemory {
        do {
            try meminfo.read(&buffer)
        } catch {
            guard error.isAbsence, let information = root.systemInformation() else { throw error }
            return HostMemory(
                total: information.memoryTotal, free: information.memoryFree, available: nil,
                swapTotal: information.swapTotal, swapFree: information.swapFree)
        }
        guard let memory = HostMemory.parse(meminfo: buffer.text) else { throw .malformed(path: meminfo.path) }
        return memory
    }
}
