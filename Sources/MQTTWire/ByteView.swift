/// A borrowed, read-only window on bytes that somebody else owns: a receive buffer, a ``Message``, a scratch buffer.
///
/// Why it exists: a publish is decoded, matched and encoded for its receivers without one allocation, so the packet
/// views must point into the receive buffer. This is the one type through which borrowed memory is read; every access is
/// checked against the bounds and traps outside of them, so no packet can make the broker read past a buffer.
///
/// Safe: a view is only handed *down* the call stack by whoever keeps the memory alive for that call. No type of the
/// broker stores one beyond the event it came with; what must be kept is copied (``Message``, `String`, `[UInt8]`).
@safe package struct ByteView {
    @usableFromInline let start: UnsafeRawPointer
    /// Number of bytes.
    package let count: Int

    /// Safe: one byte that is never read, for views of no bytes.
    private static nonisolated(unsafe) let nowhere = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    /// A view of `count` bytes at `start`, which must outlive the view.
    @inline(__always)
    @unsafe package init(start: UnsafeRawPointer, count: Int) {
        unsafe self.start = unsafe start
        self.count = count
    }

    /// A view of all bytes of `buffer`, which must outlive the view.
    @inline(__always)
    @unsafe package init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.init(start: buffer.baseAddress ?? Self.nowhere, count: buffer.count)
    }

    /// A view of no bytes.
    package static var empty: ByteView { unsafe ByteView(start: nowhere, count: 0) }

    package var isEmpty: Bool { count == 0 }

    /// The byte at `index`; traps outside the bounds.
    @inline(__always)
    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        // Safe: the index was just checked.
        return unsafe start.load(fromByteOffset: index, as: UInt8.self)
    }

    /// The big-endian 16-bit number at `index`; traps outside the bounds.
    @inline(__always)
    package func uint16(at index: Int) -> UInt16 {
        precondition(index >= 0 && index &+ 2 <= count)
        // Safe: the range was just checked.
        return unsafe UInt16(bigEndian: start.loadUnaligned(fromByteOffset: index, as: UInt16.self))
    }

    /// The big-endian 32-bit number at `index`; traps outside the bounds.
    @inline(__always)
    package func uint32(at index: Int) -> UInt32 {
        precondition(index >= 0 && index &+ 4 <= count)
        // Safe: the range was just checked.
        return unsafe UInt32(bigEndian: start.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }

    /// Eight bytes at `index` in the machine's order, for word-wise scanning; traps outside the bounds.
    @inline(__always)
    package func word(at index: Int) -> UInt64 {
        precondition(index >= 0 && index &+ 8 <= count)
        // Safe: the range was just checked.
        return unsafe start.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }

    /// The bytes from `lower` to before `upper`; traps outside the bounds.
    @inline(__always)
    package func slice(_ lower: Int, _ upper: Int) -> ByteView {
        precondition(lower >= 0 && lower <= upper && upper <= count)
        // Safe: the range was just checked.
        return unsafe ByteView(start: start + lower, count: upper &- lower)
    }

    /// All bytes from `lower` on; traps outside the bounds.
    @inline(__always)
    package func dropping(_ lower: Int) -> ByteView { slice(lower, count) }

    /// Runs `body` with the raw memory.
    @inline(__always)
    @unsafe package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A copy of the bytes.
    package var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }

    /// The bytes as text; what is not UTF-8 is replaced, so validate first where that matters.
    package var text: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}

extension ByteView {
    /// Whether both windows show the same bytes.
    @inline(__always)
    package func elementsEqual(_ other: ByteView) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index &+ 8 <= count {
            if word(at: index) != other.word(at: index) { return false }
            index &+= 8
        }
        while index < count {
            if self[index] != other[index] { return false }
            index &+= 1
        }
        return true
    }

    /// A seeded 64-bit hash of the bytes, in the manner of wyhash: one 128-bit multiplication for every eight bytes.
    ///
    /// The seed is secret to the process: peers choose topics and client identifiers, and must not be able to choose
    /// them so that they collide.
    @inline(__always)
    package func hash(seed: UInt64) -> UInt64 {
        var state = seed ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
        var index = 0
        while index &+ 8 <= count {
            state = Self.mix(word(at: index) ^ state, 0xE703_7ED1_A0B4_28DB)
            index &+= 8
        }
        var rest: UInt64 = 0
        while index < count {
            rest = rest << 8 | UInt64(self[index])
            index &+= 1
        }
        return Self.mix(rest ^ state, 0x8EBC_6AF0_9C88_C6E3 ^ seed)
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

extension Array where Element == UInt8 {
    /// Runs `body` with a view of the array's bytes.
    @inline(__always)
    package func withByteView<R, E: Error>(_ body: (ByteView) throws(E) -> R) throws(E) -> R {
        // Safe: the array lives for the call; the result of `body` is handed through a Result because
        // `withUnsafeBytes` does not pass typed errors on.
        let result: Result<R, E> = unsafe self.withUnsafeBytes { buffer in
            do throws(E) { return .success(try unsafe body(ByteView(buffer))) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
