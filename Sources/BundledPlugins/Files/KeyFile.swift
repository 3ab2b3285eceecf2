import Glibc

/// The bytes of a file of users, rules or keys, read as a whole.
///
/// Safe: every call of the C library here gets a Swift string or a variable of its own function, which last for the
/// call, or a buffer with its own size.
struct KeyFile {
    let path: String
    let bytes: [UInt8]
    /// Whether everybody on this machine may read it.
    let isReadableByAll: Bool

    /// Reads a regular file; what is none (a pipe, a device) could hold up its reader, and could not be read again.
    static func read(_ path: String, limit: Int) throws(KeyFileFault) -> KeyFile {
        // Safe: see the type's argument.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        // Safe: see the type's argument.
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileFault(file: path, problem: "this is not a regular file")
        }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while result.count <= limit {
            // Safe: see the type's argument.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path, errno)
            }
            result.append(contentsOf: buffer[..<count])
        }
        guard result.count <= limit else {
            throw KeyFileFault(file: path, problem: "it is larger than \(limit) bytes")
        }
        return KeyFile(path: path, bytes: result, isReadableByAll: status.st_mode & S_IROTH != 0)
    }

    private static func failure(_ path: String, _ code: CInt) -> KeyFileFault {
        // Safe: `strerror` answers with a text of the C library, copied at once.
        KeyFileFault(file: path, problem: unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)")
    }
}
