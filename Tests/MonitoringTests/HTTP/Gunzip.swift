import CZlib

/// The content of gzip's bytes, or nil if they are none.
func gunzip(_ compressed: [UInt8]) -> [UInt8]? {
    var stream = unsafe z_stream()
    // Safe: the stream is zeroed, as zlib asks for; 16 asks for gzip's header.
    guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        return nil
    }
    // Safe: called once, for the stream set up above.
    defer { unsafe inflateEnd(&stream) }
    var input = compressed
    var output = [UInt8](repeating: 0, count: 1 << 20)
    var produced: Int?
    // Safe: the pointers are valid within the closures, and the sizes are those of the arrays.
    unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe output.withUnsafeMutableBufferPointer { target in
            unsafe stream.next_in = source.baseAddress
            unsafe stream.avail_in = UInt32(source.count)
            unsafe stream.next_out = target.baseAddress
            unsafe stream.avail_out = UInt32(target.count)
            if unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END {
                produced = unsafe target.count - Int(stream.avail_out)
            }
        }
    }
    return produced.map { Array(output.prefix($0)) }
}
