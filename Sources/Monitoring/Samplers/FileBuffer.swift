import Glibc

/// The one buffer that all files are read into, one after the other.
package struct FileBuffer: Sendable {
    /// A file that is longer is of no kind that samplers read.
    static let capacity = 65_536
    // One more than may be used, to see that a file goes on.
    private var bytes = [UInt8](repeating: 0, count: capacity + 1)
    private var count = 0

    /// An empty buffer.
    package init() {}

    /// What was read last. Let go of it before the next file is read, or the buffer is copied.
    var text: ArraySlice<UInt8> { bytes[..<count] }

    /// Opens, reads and closes a file.
    mutating func read(_ path: String) throws(SamplerError) {
        let descriptor = try SystemCalls.open(path)
        defer { close(descriptor) }
        try read(descriptor, path)
    }

    /// Reads an open file from its start.
    /// - Parameter head: Stop after so many bytes instead of failing when there are more.
    mutating func read(_ descriptor: CInt, _ path: String, head: Int? = nil) throws(SamplerError) {
        count = 0
        let end = min(head ?? bytes.count, bytes.count)
        while count < end {
            let got = SystemCalls.read(descriptor, &bytes, from: count, upTo: end)
            if got == 0 { return }
            if got < 0 {
                if errno == EINTR { continue }
                let code = errno
                count = 0
                throw .unreadable(path: path, code: code)
            }
            count += got
        }
        if head == nil {
            count = 0
            throw .tooLarge(path: path)
        }
    }
}

/// A file that stays open, because opening costs several times what reading does.
///
/// It is opened when it is first read, and again after a fault.
struct KeptFile: ~Copyable, Sendable {
    /// Where it is.
    let path: String
    private var descriptor: CInt = -1

    init(_ path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Reads the whole file, or its `head`.
    mutating func read(_ buffer: inout FileBuffer, head: Int? = nil) throws(SamplerError) {
        if descriptor < 0 { descriptor = try SystemCalls.open(path) }
        do {
            try buffer.read(descriptor, path, head: head)
        } catch {
            close(descriptor)
            descriptor = -1
            throw error
        }
    }
}
