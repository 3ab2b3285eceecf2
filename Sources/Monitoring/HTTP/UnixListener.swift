import Glibc

/// A socket in the file system that listens.
struct UnixListener {
    /// Why there is none.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let descriptor: Int32
    /// The file that it made.
    let file: UnixSocketFile?

    /// Opens it with its permissions already set: nobody can connect before they are.
    ///
    /// - Parameter group: of the file; ignored where there is no such group, or if the process may not give files to it.
    static func open(path: String, mode: UInt32, group: String?, backlog: Int32) throws(Failure) -> UnixListener {
        guard var address = address(of: path) else {
            throw Failure(description: "the path is longer than \(maximumPathBytes) bytes")
        }
        if let parent = parent(of: path), unsafe mkdir(parent, 0o755) != 0, errno != EEXIST {
            throw Failure(description: "its folder cannot be made: \(SystemCalls.text(of: errno))")
        }
        try clear(path, address)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: SystemCalls.text(of: errno)) }
        guard unsafe withGeneric(&address, { unsafe bind(descriptor, $0, $1) }) == 0 else {
            let failure = Failure(description: SystemCalls.text(of: errno))
            Glibc.close(descriptor)
            throw failure
        }
        let listener = UnixListener(descriptor: descriptor, file: UnixSocketFile(path))
        if let group, let number = groupNumber(group) { unsafe _ = chown(path, UInt32.max, number) }
        guard unsafe chmod(path, mode) == 0, listen(descriptor, backlog) == 0 else {
            let failure = Failure(description: SystemCalls.text(of: errno))
            listener.close()
            throw failure
        }
        return listener
    }

    /// Ends it and removes its file.
    private func close() {
        Glibc.close(descriptor)
        file?.remove()
    }

    // MARK: - What stands at the path

    /// Removes a socket that nobody listens on any more.
    private static func clear(_ path: String, _ address: sockaddr_un) throws(Failure) {
        var status = stat()
        // Safe: the structure is this function's own.
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Failure(description: "something else stands there, which is no socket")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw Failure(description: SystemCalls.text(of: errno)) }
        defer { Glibc.close(probe) }
        // A listener whose backlog is full must not hold up the start.
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        var address = address
        if unsafe withGeneric(&address, { unsafe connect(probe, $0, $1) }) == 0 || errno != ECONNREFUSED {
            throw Failure(description: "another process listens there")
        }
        unsafe _ = unlink(path)
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return String(path[..<slash])
    }

    // MARK: - Calls

    /// A path ends with a zero byte.
    static let maximumPathBytes = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    private static func address(of path: String) -> sockaddr_un? {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= maximumPathBytes, !bytes.contains(0) else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // Safe: the bytes fit, as was checked, and the rest stays zero.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    private static func withGeneric(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        // Safe: the pointer is to an address of the size that is given, and is not kept.
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func groupNumber(_ name: String) -> gid_t? {
        var entry = unsafe group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        // Safe: entry and buffer are this function's own, and only the number is read, before it returns.
        let status = unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found)
        return unsafe status == 0 && found != nil ? entry.gr_gid : nil
    }
}

/// A file that stood at a path at some time, told from others that may stand there later.
struct UnixSocketFile: Sendable, Equatable, CustomStringConvertible {
    private let path: String
    private let device: UInt64
    private let number: UInt64

    /// Device and number.
    var description: String { "#\(device):\(number)" }

    /// What stands there now; nil for nothing.
    init?(_ path: String) {
        var status = stat()
        // Safe: the structure is this function's own.
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }

    /// Removes it if it still stands there; a socket that is open stays so, but nobody finds it any more.
    func remove() {
        if UnixSocketFile(path) == self { unsafe _ = unlink(path) }
    }
}
