import MQTTWire

extension [UInt8] {
    /// Reads packets that stand one behind the other, as a read of a socket brings them, from the beginning again at the
    /// end. Returns the sum of what `read` says of each; of a packet that cannot be read, a number that no sum reaches.
    @inline(__always)
    func sum(packets count: Int, _ read: (FixedHeader, ByteView) throws(WireError) -> Int) -> Int {
        withByteView { bytes in
            var sum = 0
            var offset = 0
            for _ in 0..<count {
                do throws(WireError) {
                    guard let header = try FixedHeader.parse(bytes.dropping(offset)) else { return .min }
                    let end = offset &+ header.packetLength
                    sum &+= try read(header, bytes.slice(offset, end))
                    offset = end == bytes.count ? 0 : end
                } catch {
                    return .min
                }
            }
            return sum
        }
    }
}
