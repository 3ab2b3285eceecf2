import MQTTWire

/// Cuts a stream into whole packets; keeps what is not yet whole, up to a limit.
struct PacketReader: Sendable {
    /// Bytes of the largest packet that is taken.
    static let largestPacket = 1_048_576

    private var kept: [UInt8] = []

    /// Hands each packet that is now whole to `take`.
    ///
    /// - Throws: if a packet has no readable length or is too large.
    mutating func feed(
        _ bytes: ByteView, _ take: (ByteView, FixedHeader) throws(BenchError) -> Void
    ) throws(BenchError) {
        if kept.isEmpty {
            let used = try Self.packets(in: bytes, take)
            if used < bytes.count { kept = bytes.dropping(used).bytes }
            return
        }
        var all = kept
        kept = []
        all.append(contentsOf: bytes.bytes)
        let used = try all.withByteView { (view) throws(BenchError) in try Self.packets(in: view, take) }
        all.removeFirst(used)
        kept = all
    }

    private static func packets(
        in bytes: ByteView, _ take: (ByteView, FixedHeader) throws(BenchError) -> Void
    ) throws(BenchError) -> Int {
        var offset = 0
        while true {
            let rest = bytes.dropping(offset)
            let header: FixedHeader?
            do throws(WireError) { header = try FixedHeader.parse(rest) } catch {
                throw BenchError(.refused, "The broker sent a packet without a readable length")
            }
            guard let header else { return offset }
            guard header.packetLength <= largestPacket else {
                throw BenchError(.refused, "The broker sent a packet of \(header.packetLength) bytes")
            }
            guard header.packetLength <= rest.count else { return offset }
            try take(rest.slice(0, header.packetLength), header)
            offset += header.packetLength
        }
    }
}
