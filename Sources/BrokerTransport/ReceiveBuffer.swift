import NIOCore

/// The one receive buffer of an event loop, lent to whichever channel is reading.
///
/// NIO keeps a buffer for each channel, which at ten thousand idle connections is most of their memory. Here a channel
/// borrows the loop's buffer for a read, and the handler gives it back when it has dealt with the bytes.
///
/// Safe (unchecked Sendable): used on the event loop of its shard only; NIO asks for the conformance because an
/// allocator may in principle be shared.
final class ReceiveBuffer: @unchecked Sendable {
    /// Bytes of one read.
    static let capacity = 64 * 1024

    /// Bytes of one read while reads bring nothing.
    private static let probeCapacity = 512

    private var buffer: ByteBuffer?
    /// Whether the buffer went out and did not come back: NIO drops it when a read fails.
    private var isLost = false

    /// The buffer. Once it was lost, small ones until a read has brought something: when thousands of clients go at
    /// once, each would have a large one made and freed for the error that its last read ends with.
    func take(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        if isLost { return allocator.buffer(capacity: Self.probeCapacity) }
        isLost = true
        guard var taken = buffer.take() else { return allocator.buffer(capacity: Self.capacity) }
        taken.clear()
        return taken
    }

    func giveBack(_ lent: ByteBuffer) {
        isLost = false
        if lent.capacity >= Self.capacity { buffer = lent }
    }
}

/// Lets NIO read into the loop's ``ReceiveBuffer``.
///
/// NIO stores the first buffer that an allocator hands out in the channel, and no later one as long as the allocator
/// says that it may grow. So the first is a small one of the channel's own, just large enough for most CONNECTs.
struct LoopReceiveAllocator: RecvByteBufferAllocator {
    private static let firstCapacity = 64

    let shared: ReceiveBuffer
    private var hasRead = false

    init(shared: ReceiveBuffer) { self.shared = shared }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        hasRead ? shared.take(allocator) : allocator.buffer(capacity: Self.firstCapacity)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        hasRead = true
        return true
    }
}
