/// Traffic of the network interfaces that this process sees.
package struct HostNetwork: Sendable, Equatable {
    /// In the kernel's order, at most ``HostNetworkSampler/maximumInterfaces``.
    package var interfaces: [Interface]
    /// How many more there are.
    package var omitted: Int

    /// One interface, since it came up.
    package struct Interface: Sendable, Equatable {
        /// Such as `eth0`; at most 15 bytes in any kernel.
        package var name: String
        /// Bytes received.
        package var received: UInt64
        /// Bytes sent.
        package var sent: UInt64
    }

    /// `/proc/self/net/dev`: two lines of headings, then one for each interface with 16 numbers.
    static func parse(dev text: ArraySlice<UInt8>, limit: Int) -> HostNetwork? {
        guard TextScanner.isWhole(text) else { return nil }
        var scanner = TextScanner(text)
        guard scanner.line() != nil, let headings = scanner.line(), headings.contains(UInt8(ascii: "|")) else {
            return nil
        }
        var value = HostNetwork(interfaces: [], omitted: 0)
        while let line = scanner.line() {
            guard value.interfaces.count < limit else {
                value.omitted += 1
                continue
            }
            var words = TextScanner(line)
            guard let label = words.upTo(UInt8(ascii: ":")), let received = words.number(), words.skip(7),
                let sent = words.number(), words.skip(7)
            else { return nil }
            var padded = TextScanner(label)
            guard let name = padded.word(), name.count <= 15 else { return nil }
            value.interfaces.append(Interface(name: TextScanner.text(name), received: received, sent: sent))
        }
        return value
    }
}

/// Measures ``HostNetwork``; 10 microseconds. The file belongs to the process, so hiding the host does not hide it; it
/// shows the network namespace that the process lives in.
package struct HostNetworkSampler: Sampler, ~Copyable {
    package static let name = SamplerName.hostNetwork
    /// A machine that runs containers can have thousands.
    static let maximumInterfaces = 32
    private var dev: KeptFile

    /// Reads below `root`.
    package init(root: ProcRoot) { dev = KeptFile(root.own("net/dev")) }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> HostNetwork {
        try dev.read(&buffer)
        guard let value = HostNetwork.parse(dev: buffer.text, limit: Self.maximumInterfaces) else {
            throw .malformed(path: dev.path)
        }
        return value
    }
}
