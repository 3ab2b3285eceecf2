import CZlib
import NIOCore

/// Compression in the format of RFC 1952, by zlib.
enum Gzip {
    /// zlib's fastest: metrics are so repetitive that level 1 leaves about a tenth, and higher levels cost several times
    /// the processor time for little more.
    static let level: Int32 = 1

    /// 15 bits of window, and 16 to ask for gzip's header instead of zlib's own.
    private static let gzipWindow: Int32 = 15 + 16
    /// zlib's default; 9 is the most.
    private static let memoryLevel: Int32 = 8

    /// The compressed bytes, or nil if zlib has no memory or the input has more than 2 GB.
    static func compress(_ plain: ByteBuffer) -> ByteBuffer? {
        guard let inputSize = UInt32(exactly: plain.readableBytes), inputSize < UInt32(Int32.max) else { return nil }
        var stream = unsafe z_stream()
        // Safe: the stream is zeroed, as zlib asks for; deflateEnd below releases what this takes.
        guard
            unsafe deflateInit2_(
                &stream, level, Z_DEFLATED, gzipWindow, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        // Safe: called once, for the stream set up above.
        defer { unsafe deflateEnd(&stream) }
        // Safe: only reads the stream; the bound makes one call of deflate enough.
        guard let bound = unsafe UInt32(exactly: deflateBound(&stream, UInt(inputSize))) else { return nil }
        var output = ByteBufferAllocator().buffer(capacity: Int(bound))
        var isComplete = false
        // Safe: both pointers are valid within the closures, the sizes are those of the buffers, and zlib keeps neither
        // beyond this call of deflate.
        unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(bound)) { target in
            unsafe plain.withUnsafeReadableBytes { source in
                unsafe stream.next_in = UnsafeMutablePointer(
                    mutating: source.bindMemory(to: UInt8.self).baseAddress)
                unsafe stream.avail_in = inputSize
                unsafe stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.avail_out = bound
                isComplete = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                return isComplete ? unsafe Int(bound - stream.avail_out) : 0
            }
        }
        return isComplete ? output : nil
    }
}
