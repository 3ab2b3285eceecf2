/// What this process has moved from and to disks, in bytes.
package struct ProcessIO: Sendable, Equatable {
    /// Read from disks; what came out of the page cache is not in it.
    package var read: UInt64
    /// Written, or dirtied to be written.
    package var written: UInt64

    /// `/proc/self/io`.
    static func parse(io text: ArraySlice<UInt8>) -> ProcessIO? {
        guard let values = KeyedLines.values(text, keys: ["read_bytes", "write_bytes"], unit: .none),
            let read = values[0], let written = values[1]
        else { return nil }
        return ProcessIO(read: read, written: written)
    }
}

/// Measures ``ProcessIO``; 2 microseconds. The file cannot be read by a process that has changed its user, and is
/// absent from kernels without this accounting.
package struct ProcessIOSampler: Sampler, ~Copyable {
    package static let name = SamplerName.processIO
    private var io: KeptFile

    /// Reads below `root`.
    package init(root: ProcRoot) { io = KeptFile(root.own("io")) }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> ProcessIO {
        try io.read(&buffer)
        guard let value = ProcessIO.parse(io: buffer.text) else { throw .malformed(path: io.path) }
        return value
    }
}
