import Glibc
import NIOCore

/// The socket of a channel, to write to it without the channel: for small answers to many clients, NIO's queue of writes
/// costs nearly as much as the system call.
///
/// Only for a channel in which nothing waits to be written, and which has nothing between its handler and its socket.
struct DirectSocket {
    private let descriptor: CInt

    /// Nil for a channel without a socket of its own.
    ///
    /// The descriptor is valid until the channel is inactive: NIO closes it just before it says so.
    init?(of context: ChannelHandlerContext) {
        let found = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let descriptor = found ?? nil else { return nil }
        self.descriptor = descriptor
    }

    /// Bytes that the socket has taken; 0 also when it has failed, as the channel's next write will then, which knows
    /// what to do about it.
    @inline(__always)
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        // Safe: the kernel reads `bytes` during the call and nothing else.
        return max(0, unsafe send(descriptor, bytes.baseAddress, bytes.count, flags))
    }
}
