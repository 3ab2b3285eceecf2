import CEpoll
import Glibc
import MQTTWire

/// What became of a call that moves bytes.
enum Transfer {
    /// So many bytes were moved; at least one.
    case moved(Int)
    /// The socket cannot take or give any now.
    case wouldBlock
    /// The peer has closed in good order.
    case ended
    /// The connection is broken; the error number.
    case failed(Int32)
}

/// The calls on sockets, all of them non-blocking.
enum Sockets {
    /// Raises the limit of open files to what is allowed and checks that it suffices.
    static func needDescriptors(_ count: Int) throws(BenchError) {
        // Standard streams, epoll, metrics, some to spare.
        let needed = count + 32
        var limit = rlimit()
        // Safe: the structure is this function's own.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw .system("getrlimit")
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_max >= rlim_t(needed) else {
            throw BenchError(
                .system, "This run needs \(needed) open files; the hard limit is \(limit.rlim_max) (ulimit -Hn)")
        }
    }

    /// Opens a socket and starts to connect it.
    static func connect(to target: Endpoint, from source: Endpoint?) throws(BenchError) -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(target.family, flags, 0)
        guard descriptor >= 0 else { throw .system("socket") }
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        if let source {
            // The port is chosen when the target is known, so that a port serves several targets.
            set(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT)
            guard unsafe source.withAddress({ unsafe bind(descriptor, $0, $1) }) == 0 else {
                let number = errno
                close(descriptor)
                throw .system("The source address \(source.description)", number)
            }
        }
        let status = unsafe target.withAddress { unsafe Glibc.connect(descriptor, $0, $1) }
        if status != 0, errno != EINPROGRESS {
            let number = errno
            close(descriptor)
            if number == EADDRNOTAVAIL {
                throw BenchError(.system, "No source port is free; name more addresses with --source")
            }
            throw BenchError(.unavailable, "Cannot connect to \(target): \(BenchError.text(of: number))")
        }
        return descriptor
    }

    /// The error that ended a connection attempt; 0 if it succeeded.
    static func pendingError(_ descriptor: Int32) -> Int32 {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // Safe: both variables are this function's own.
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) == 0 ? number : errno
    }

    /// Whether the peer has closed a connection that it should have left open.
    static func isEnded(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        // Safe: one byte of this function's own is written. What has come stays where it is.
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
    }

    /// Makes a later close send RST at once instead of FIN.
    static func resetOnClose(_ descriptor: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        // Safe: the structure is this function's own.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var value: Int32 = 1
        // Safe: the variable is this function's own. These options only make the run better, so no error is looked at.
        _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends from `offset` on.
    @inline(__always)
    static func send(_ descriptor: Int32, _ bytes: [UInt8], from offset: Int = 0) -> Transfer {
        guard offset >= 0, offset < bytes.count else { return .wouldBlock }
        // Safe: the array lives for the call, and the offset was just checked.
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(
                descriptor, buffer.baseAddress.map { unsafe $0 + offset }, buffer.count - offset,
                Int32(MSG_NOSIGNAL))
        }
        if count > 0 { return .moved(count) }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno)
    }

    /// Closes all, those with neighbouring numbers in one call: thousands of connections then end within milliseconds.
    static func closeAll(_ descriptors: [Int32]) {
        let sorted = descriptors.filter { $0 >= 0 }.sorted()
        var start = 0
        while start < sorted.count {
            var end = start
            while end + 1 < sorted.count, sorted[end + 1] == sorted[end] + 1 { end += 1 }
            if close_range(UInt32(sorted[start]), UInt32(sorted[end]), 0) != 0 {
                for descriptor in sorted[start...end] { close(descriptor) }
            }
            start = end + 1
        }
    }
}

/// The memory that one thread receives into.
///
/// Safe: the memory is the buffer's own, lives as long as it, and is lent down the call stack only.
@safe final class ReceiveBuffer {
    private let memory: UnsafeMutableRawBufferPointer

    init(size: Int) { unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64) }

    deinit { unsafe memory.deallocate() }

    var size: Int { unsafe memory.count }

    /// Receives once and hands what came, behind what was `kept` of the last time, to `take`, which must not keep it.
    ///
    /// What was kept must be shorter than this buffer.
    @inline(__always)
    func receive(
        _ descriptor: Int32, behind kept: [UInt8] = [], _ take: (ByteView) throws(BenchError) -> Void
    ) throws(BenchError) -> Transfer {
        let start = kept.count
        precondition(start < size)
        if start > 0 { unsafe memory.copyBytes(from: kept) }
        // Safe: the buffer is longer than what was copied into it, as was just checked.
        let count = unsafe recv(descriptor, memory.baseAddress.map { unsafe $0 + start }, size - start, 0)
        if count > 0 {
            try take(unsafe ByteView(UnsafeRawBufferPointer(rebasing: memory[..<(start + count)])))
            return .moved(count)
        }
        if count == 0 { return .ended }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno)
    }
}
