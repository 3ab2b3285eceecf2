import Glibc

/// Calls of the system about files, with their errors as ``StorageFailure``.
///
/// Safe: all calls get texts that live for the call, and descriptors that this process has opened.
enum SystemFile {
    /// Makes a directory for the broker alone, and its group to look into.
    static func makeDirectory(_ path: String) throws(StorageFailure) {
        if unsafe mkdir(path, 0o750) != 0 {
            if errno == EEXIST { return }
            throw failure(path)
        }
        // Its own name must be safe too. A directory above that may not be read cannot be synced; then it is not.
        try? sync(directory(of: path))
    }

    /// Makes a file that is not there yet. If root does, it belongs to whom the directory belongs, since the broker runs as
    /// another user.
    static func create(_ path: String, in directory: String) throws(StorageFailure) -> Int32 {
        let descriptor = try open(path, O_RDWR | O_CREAT | O_EXCL)
        var status = stat()
        if geteuid() == 0, unsafe stat(directory, &status) == 0 {
            // If it fails, the broker will say what it may not open.
            _ = fchown(descriptor, status.st_uid, status.st_gid)
        }
        return descriptor
    }

    /// Opens a file, or a directory to be synced.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o640) throws(StorageFailure) -> Int32 {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        if descriptor < 0 { throw failure(path) }
        return descriptor
    }

    /// Whether there is something of this name.
    static func exists(_ path: String) -> Bool { size(path) != nil }

    /// Bytes of a file; nil if there is none.
    static func size(_ path: String) -> Int? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// What tells a file from any other that is there at the same time.
    struct Place: Equatable {
        let device: UInt
        let number: UInt
    }

    /// Which file stands at a path; nil if there is none.
    static func place(_ path: String) -> Place? {
        var status = stat()
        return unsafe stat(path, &status) == 0
            ? Place(device: UInt(status.st_dev), number: UInt(status.st_ino)) : nil
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Bytes that this process may still write on the file system of a path; nil if it does not say.
    static func freeBytes(_ path: String) -> UInt64? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : bytes
    }

    /// Makes a file's content, or a directory's names, safe on disk.
    static func sync(_ path: String) throws(StorageFailure) {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw failure(path) }
    }

    /// The directory that a path's last part stands in.
    static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func rename(_ old: String, to new: String) throws(StorageFailure) {
        if unsafe Glibc.rename(old, new) != 0 { throw failure(new) }
    }

    /// Gives a file its name if nothing has that name yet.
    static func renameWithoutReplacing(_ old: String, to new: String) throws(StorageFailure) {
        if unsafe link(old, new) == 0 {
            _ = unsafe unlink(old)
            return
        }
        if errno == EEXIST { throw .exists(path: new) }
        // Some file systems have no second names.
        if exists(new) { throw .exists(path: new) }
        try rename(old, to: new)
    }

    /// Removes a file if it is there.
    static func remove(_ path: String) { _ = unsafe unlink(path) }

    /// Copies a file into one of a directory that is not there yet, and makes it safe on disk.
    static func copy(_ old: String, to new: String, in directory: String) throws(StorageFailure) {
        let source = try open(old, O_RDONLY)
        defer { close(source) }
        let target = try create(new, in: directory)
        defer { close(target) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            // Safe: the buffer has as many bytes as the call is told.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(source, $0.baseAddress, $0.count) }
            if count < 0 { throw failure(old) }
            if count == 0 { break }
            var written = 0
            while written < count {
                // Safe: the range lies within the buffer.
                let step = unsafe buffer.withUnsafeBytes {
                    unsafe write(target, $0.baseAddress.map { unsafe $0 + written }, count - written)
                }
                if step <= 0 { throw failure(new) }
                written += step
            }
        }
        if fsync(target) != 0 { throw failure(new) }
    }

    /// The failure that `errno` stands for.
    static func failure(_ path: String) -> StorageFailure {
        let code = errno
        // Safe: the text is copied at once.
        let reason = unsafe String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT, EFBIG: return .full(path: path, reason: reason)
        case EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EISDIR: return .notWritable(path: path, reason: reason)
        case EEXIST: return .exists(path: path)
        default: return .inputOutput(path: path, reason: reason)
        }
    }
}
