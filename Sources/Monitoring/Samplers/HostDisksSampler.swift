/// Traffic of the host's disks.
package struct HostDisks: Sendable, Equatable {
    /// Whole devices that have done anything, by name, at most ``HostDisksSampler/maximumDevices``.
    package var devices: [Device]
    /// How many more there are.
    package var omitted: Int

    /// One device, since the host's start.
    package struct Device: Sendable, Equatable {
        /// Such as `vda`.
        package var name: String
        /// Bytes read.
        package var read: UInt64
        /// Bytes written.
        package var written: UInt64
    }

    /// What the kernel calls a sector here has 512 bytes, whatever the device.
    private static let sectorBytes: UInt64 = 512

    /// `/proc/diskstats`: numbers of the device, its name, then the counts. Partitions are left out.
    static func parse(diskstats text: ArraySlice<UInt8>, whole: Set<String>) -> [Device]? {
        guard TextScanner.isWhole(text) else { return nil }
        var devices: [Device] = []
        var scanner = TextScanner(text)
        while let line = scanner.line() {
            var words = TextScanner(line)
            guard words.number() != nil, words.number() != nil, let name = words.word().map({ TextScanner.text($0) }),
                let counts = parse(counts: &words)
            else { return nil }
            if whole.contains(name) { devices.append(Device(name: name, read: counts.read, written: counts.written)) }
        }
        return devices
    }

    /// `/sys/block/<name>/stat`: the same counts.
    static func parse(stat text: ArraySlice<UInt8>) -> (read: UInt64, written: UInt64)? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        return parse(counts: &words)
    }

    /// Reads, merged, sectors, milliseconds; the same for writes; then more that newer kernels have.
    private static func parse(counts words: inout TextScanner) -> (read: UInt64, written: UInt64)? {
        guard words.skip(2), let read = words.number().flatMap({ TextScanner.product($0, sectorBytes) }),
            words.skip(3), let written = words.number().flatMap({ TextScanner.product($0, sectorBytes) }), words.skip(1)
        else { return nil }
        return (read, written)
    }
}

/// Measures ``HostDisks``; 15 microseconds. When `/proc/diskstats` is hidden, `/sys/block/*/stat` answers, 10
/// microseconds a device.
package struct HostDisksSampler: Sampler, ~Copyable {
    package static let name = SamplerName.hostDisks
    /// No more devices than this are shown.
    static let maximumDevices = 64
    /// A machine with more block devices than this is not searched.
    static let maximumBlocks = 1024
    /// Disks are plugged in seldom: which there are is looked up so often, in nanoseconds.
    static let lookupInterval: UInt64 = 60_000_000_000

    private let blocks: String
    private var diskstats: KeptFile
    private var whole: (names: [String], at: UInt64)?

    /// Reads below `root`.
    package init(root: ProcRoot) {
        blocks = "\(root.sys)/block"
        diskstats = KeptFile("\(root.proc)/diskstats")
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> HostDisks {
        let names = try wholeDevices(at: now)
        var devices: [HostDisks.Device]
        do throws(SamplerError) {
            try diskstats.read(&buffer)
            // A slash in a name stands as an exclamation mark in /sys.
            let shown = Set(names.map { String($0.map { $0 == "!" ? "/" : $0 }) })
            guard let parsed = HostDisks.parse(diskstats: buffer.text, whole: shown) else {
                throw SamplerError.malformed(path: diskstats.path)
            }
            devices = parsed
        } catch {
            guard error.isAbsence else { throw error }
            devices = try eachBlock(names, &buffer)
        }
        // Loop devices and RAM disks that nobody uses are on every machine.
        devices.removeAll { $0.read == 0 && $0.written == 0 }
        devices.sort { $0.name < $1.name }
        let omitted = max(0, devices.count - Self.maximumDevices)
        devices.removeLast(omitted)
        return HostDisks(devices: devices, omitted: omitted)
    }

    private mutating func wholeDevices(at now: UInt64) throws(SamplerError) -> [String] {
        if let whole, now >= whole.at, now - whole.at < Self.lookupInterval { return whole.names }
        let names = try SystemCalls.names(in: blocks, limit: Self.maximumBlocks).sorted()
        whole = (names, now)
        return names
    }

    private func eachBlock(_ names: [String], _ buffer: inout FileBuffer) throws(SamplerError) -> [HostDisks.Device] {
        var devices: [HostDisks.Device] = []
        for name in names {
            let path = "\(blocks)/\(name)/stat"
            try buffer.read(path)
            guard let counts = HostDisks.parse(stat: buffer.text) else { throw .malformed(path: path) }
            devices.append(
                HostDisks.Device(
                    name: String(name.map { $0 == "!" ? "/" : $0 }), read: counts.read, written: counts.written))
        }
        return devices
    }
}
