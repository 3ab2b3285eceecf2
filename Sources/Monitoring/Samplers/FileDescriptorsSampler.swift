/// Files and sockets of this process.
package struct FileDescriptors: Sendable, Equatable {
    /// Open now.
    package var open: UInt64
    /// How many it may have; nil for no limit.
    package var limit: UInt64?
}

/// Measures ``FileDescriptors``.
///
/// Since Linux 6.2 the size of `/proc/self/fd` is the number of descriptors: 3 microseconds. Before, the directory has
/// to be listed, 4 ms for 5000; with more than ``manyDescriptors`` that is done every ``listInterval`` only.
package struct FileDescriptorsSampler: Sampler, ~Copyable {
    package static let name = SamplerName.fileDescriptors
    /// From here on listing is too expensive to do each time.
    static let manyDescriptors: UInt64 = 1000
    /// How long a list of many serves, in nanoseconds.
    static let listInterval: UInt64 = 5_000_000_000
    /// Nobody has more, `fs.nr_open` says.
    static let maximumDescriptors = 1_073_741_816

    private let path: String
    private let sizeIsCount: Bool
    private var listed: (count: UInt64, at: UInt64)?

    /// Reads below `root`.
    package init(root: ProcRoot) {
        path = root.own("fd")
        sizeIsCount = SystemCalls.isProcessFileSystem(path)
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> FileDescriptors {
        let limit = try SystemCalls.openFileLimit()
        if sizeIsCount {
            let size = try SystemCalls.size(of: path)
            if size > 0 { return FileDescriptors(open: size, limit: limit) }
        }
        if let listed, listed.count > Self.manyDescriptors, now >= listed.at, now - listed.at < Self.listInterval {
            return FileDescriptors(open: listed.count, limit: limit)
        }
        let names = try SystemCalls.count(in: path, limit: Self.maximumDescriptors)
        // The list holds the descriptor that it is read with.
        let count = UInt64(max(0, names - 1))
        listed = (count, now)
        return FileDescriptors(open: count, limit: limit)
    }
}
