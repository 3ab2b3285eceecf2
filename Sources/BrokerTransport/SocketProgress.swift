import Glibc

/// What a TCP socket has moved, as the kernel counts it.
enum SocketProgress {
    /// Where `struct tcp_info` of Linux (linux/tcp.h) has its 64-bit counters: part of the kernel's interface since 4.1.
    private static let acknowledged = 120
    private static let received = 128

    /// Bytes that the peer has acknowledged and that it has sent; nil for a socket that does not tell.
    static func bytes(of socket: CInt) -> UInt64? {
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        // Safe: the array lives for the call, which is told its size.
        let result = unsafe info.withUnsafeMutableBytes { bytes in
            unsafe getsockopt(socket, CInt(IPPROTO_TCP), TCP_INFO, bytes.baseAddress, &length)
        }
        guard result == 0, Int(length) >= received + 8 else { return nil }
        return number(info, at: acknowledged) &+ number(info, at: received)
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        // Safe: the caller has checked that the array is long enough for both offsets.
        unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }
}
