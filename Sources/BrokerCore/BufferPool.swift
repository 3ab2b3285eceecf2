import MQTTWire

/// Memory for out buffers: a connection has some only while it has something to send, so that ten thousand idle ones
/// hold none.
struct BufferPool {
    private static let maximumCount = 256
    /// A buffer that grew larger than this is not kept.
    private static let maximumCapacity = 1 << 20

    private var free: [OutBuffer] = []

    /// Buffers that wait to be used.
    var count: Int { free.count }

    /// An empty buffer.
    mutating func take() -> OutBuffer { free.popLast() ?? OutBuffer() }

    /// Gives an empty buffer back.
    mutating func give(_ buffer: OutBuffer) {
        if free.count < Self.maximumCount, buffer.idleCapacity <= Self.maximumCapacity, buffer.idleCapacity > 0 {
            free.append(buffer)
        }
    }
}
