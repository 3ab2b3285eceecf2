import NIOCore

/// Takes the mask off the payload of a client's frame (RFC 6455 section 5.3).
///
/// The bytes are moved on the way, since a channel's read is shared with what holds it and would be copied anyhow.
enum FrameMask {
    /// Moves `count` bytes, of which `from` holds as many, to the end of `to`.
    static func move(_ count: Int, from: inout ByteBuffer, into to: inout ByteBuffer, key: UInt32) {
        guard count > 0, let source = from.readSlice(length: count) else { return }
        let wide = UInt64(key) | UInt64(key) << 32
        // Safe: `source` has `count` bytes, `target` has room for as many at least, and no access goes beyond.
        unsafe source.withUnsafeReadableBytes { source in
            _ = unsafe to.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                var place = 0
                while place &+ 8 <= count {
                    let word = unsafe source.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                    unsafe target.storeBytes(of: word ^ wide.littleEndian, toByteOffset: place, as: UInt64.self)
                    place &+= 8
                }
                while place < count {
                    let byte = UInt8(truncatingIfNeeded: key >> (UInt32(place & 3) &* 8))
                    unsafe target[place] = source[place] ^ byte
                    place &+= 1
                }
                return count
            }
        }
    }

    /// The key for what comes behind so many bytes.
    static func advance(_ key: UInt32, by count: Int) -> UInt32 {
        let bits = UInt32(count & 3) &* 8
        return bits == 0 ? key : key >> bits | key << (32 &- bits)
    }
}
