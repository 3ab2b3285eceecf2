package import NIOCore

/// Bytes on their way to one client, gathered during a tick and handed to the socket once at its end.
///
/// Everything small is copied behind one another into one buffer; a large body is not copied but taken in as a
/// slice that all its receivers share, which ends the current buffer and starts a new one.
package struct OutBuffer {
    /// What comes before `tail`, in order.
    private var segments: [ByteBuffer] = []
    private var tail: ByteBuffer
    /// Bytes in ``segments``.
    private var segmentBytes = 0

    /// An empty buffer without memory.
    package init() { tail = ByteBuffer() }

    /// Bytes that wait.
    @inline(__always)
    package var count: Int { segmentBytes &+ tail.readableBytes }

    @inline(__always)
    package var isEmpty: Bool { count == 0 }

    /// Memory that an empty buffer holds on to.
    package var idleCapacity: Int { tail.capacity }

    /// Whether it is empty and holds no memory, so that one with memory may take its place.
    @inline(__always)
    package var isWithoutMemory: Bool { tail.capacity == 0 && segments.isEmpty }

    /// All that waits, if it stands in one piece, as it does when there is no large body.
    package var single: ByteBuffer? { segments.isEmpty ? tail : nil }

    /// Whether all that waits stands in one piece.
    @inline(__always)
    package var isOnePiece: Bool { segments.isEmpty }

    /// Offers all that waits to `take`, and forgets the first bytes, of which `take` says how many they are. Does nothing
    /// unless it stands in one piece.
    ///
    /// Safe if the pointer does not leave `take`.
    @inline(__always)
    @unsafe package mutating func offer(to take: (UnsafeRawBufferPointer) -> Int) {
        guard segments.isEmpty else { return }
        _ = unsafe tail.readWithUnsafeReadableBytes { min(max(unsafe take($0), 0), $0.count) }
    }

    /// Hands all that waits to `write` in order and forgets what is not in the last buffer; ``reset()`` forgets that.
    package mutating func drain(_ write: (ByteBuffer) -> Void) {
        for segment in segments { write(segment) }
        segments = []
        segmentBytes = 0
        if tail.readableBytes > 0 { write(tail) }
    }

    /// Empties the buffer for more, once what it held was written. Keeps the memory if nobody else refers to it: a
    /// socket that has not taken everything still does.
    package mutating func reset() {
        if tail.modifyIfUniquelyOwned({ $0.clear() }) == nil { tail = ByteBuffer() }
        segments = []
        segmentBytes = 0
    }

    /// Takes out the first bytes that wait, at most so many.
    package mutating func takeFirst(_ bytes: Int) -> OutBuffer {
        var part = OutBuffer()
        var rest = bytes
        var whole = 0
        while whole < segments.count, rest > 0 {
            if segments[whole].readableBytes > rest {
                if let slice = segments[whole].readSlice(length: rest) { part.append(shared: slice) }
                segmentBytes -= rest
                rest = 0
                break
            }
            rest -= segments[whole].readableBytes
            segmentBytes -= segments[whole].readableBytes
            part.append(shared: segments[whole])
            whole += 1
        }
        segments.removeFirst(whole)
        if segments.isEmpty, let slice = tail.readSlice(length: min(rest, tail.readableBytes)) {
            part.append(shared: slice)
        }
        return part
    }

    /// Appends `size` bytes that `fill` writes to the pointer that it gets.
    ///
    /// Safe: `fill` must write exactly `size` bytes; all callers are in this target and compute the size from the
    /// parts that they write.
    @inline(__always)
    @unsafe mutating func append(size: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        unsafe tail.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            if let base = room.baseAddress { unsafe fill(base) }
            return size
        }
    }

    /// Appends a copy of `bytes`.
    @inline(__always)
    package mutating func append(_ bytes: ByteView) {
        unsafe append(size: bytes.count) { target in unsafe target.copy(bytes) }
    }

    /// Appends a slice without copying it.
    package mutating func append(shared slice: ByteBuffer) {
        if tail.readableBytes > 0 {
            segments.append(tail)
            segmentBytes += tail.readableBytes
            tail = ByteBuffer()
        }
        segments.append(slice)
        segmentBytes += slice.readableBytes
    }
}

extension UnsafeMutableRawPointer {
    /// Copies all of `bytes` here.
    @inline(__always)
    func copy(_ bytes: ByteView) {
        // Safe: the caller has reserved `bytes.count` bytes at this pointer (see OutBuffer.append).
        unsafe bytes.withUnsafeBytes { source in
            if source.count > 0, let base = source.baseAddress {
                unsafe self.copyMemory(from: base, byteCount: source.count)
            }
        }
    }

    /// Copies `bytes` here and moves on behind them.
    @inline(__always)
    mutating func put(_ bytes: ByteView) {
        unsafe copy(bytes)
        unsafe self += bytes.count
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        unsafe storeBytes(of: byte, as: UInt8.self)
        unsafe self += 1
    }

    @inline(__always)
    mutating func put(_ number: UInt16) {
        unsafe storeBytes(of: number.bigEndian, as: UInt16.self)
        unsafe self += 2
    }

    @inline(__always)
    mutating func put(_ number: UInt32) {
        unsafe storeBytes(of: number.bigEndian, as: UInt32.self)
        unsafe self += 4
    }

    /// A variable byte integer (MQTT 5 section 1.5.5).
    @inline(__always)
    mutating func put(variableInteger value: Int) {
        var rest = value
        repeat {
            let byte = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            unsafe put(rest > 0 ? byte | 0x80 : byte)
        } while rest > 0
    }
}

/// Bytes that `value` takes as a variable byte integer.
@inline(__always)
package func variableIntegerSize(_ value: Int) -> Int {
    value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}
