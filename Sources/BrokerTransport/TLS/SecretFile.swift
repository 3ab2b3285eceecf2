import Glibc

/// Reads files of certificates and keys.
enum SecretFile {
    /// Bytes that such a file may have: a truststore of every public authority has 300 KB.
    private static let largest = 4 * 1024 * 1024

    /// All bytes of a regular file.
    static func read(_ path: String) throws(TLSFileFault) -> [UInt8] {
        // Safe: the text lasts for the call. A pipe that nobody writes to does not hold it up.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        // Safe: one structure of this function's own.
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw TLSFileFault(path: path, reason: "it is no file") }
        guard status.st_size <= largest else {
            throw TLSFileFault(path: path, reason: "it is larger than \(largest) bytes, so it is no certificate or key")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= largest {
            // Safe: the buffer lives for the call, which is told its size.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            bytes += buffer[..<count]
        }
        guard !bytes.isEmpty else { throw TLSFileFault(path: path, reason: "it is empty") }
        return bytes
    }

    private static func failure(_ path: String) -> TLSFileFault {
        let code = errno
        // Safe: `strerror` answers with a text of the C library, copied at once.
        let text = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        let hint =
            switch code {
            case EACCES: ": the user that skep runs as must be allowed to read it, and to pass the directories above it"
            default: ""
            }
        return TLSFileFault(path: path, reason: "it cannot be read: \(text)\(hint)")
    }
}

/// What tells whether a file has changed, without reading it.
struct FileStamp: Hashable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Nil for a file that is not there.
    init?(_ path: String) {
        var status = stat()
        // Safe: the text lasts for the call, and the structure is this function's own.
        guard unsafe stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
