import Glibc

/// A password file that is read as a whole and replaced as a whole.
///
/// Safe: every call of the C library here gets a Swift string or a variable of its own function, which last for the call,
/// or a buffer with its own size.
package struct PasswordFileOnDisk: Sendable {
    /// Why it cannot be read or written.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
        /// Of sysexits.h.
        package let status: Int32
    }

    /// Where it really is: behind a symbolic link its target, so that the link stays.
    let path: String
    package let bytes: [UInt8]
    /// Nil if it is not there yet.
    private let status: stat?

    /// Reads it as a whole.
    ///
    /// - Parameter mayBeMissing: whether one that is not there counts as empty.
    package static func read(_ path: String, mayBeMissing: Bool) throws(Failure) -> PasswordFileOnDisk {
        // Safe: see the type's argument.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            guard errno == ENOENT, mayBeMissing, !isLink(path) else { throw failure("\(path)", 66) }
            return PasswordFileOnDisk(path: path, bytes: [], status: nil)
        }
        defer { close(descriptor) }
        var status = stat()
        // Safe: see the type's argument.
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path, 66) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= PasswordTable.largestFile else {
            throw Failure(description: "\(path): this is not a regular file, or a very large one", status: 65)
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= PasswordTable.largestFile {
            // Safe: see the type's argument.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path, 66)
            }
            bytes.append(contentsOf: buffer[..<count])
        }
        return PasswordFileOnDisk(path: try target(path), bytes: bytes, status: status)
    }

    /// Waits until no other process holds the folder of the file, and holds it until this process ends. A folder that
    /// cannot be read is not held.
    package func lock() {
        // Safe: see the type's argument. The file itself cannot be held: it is replaced.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    private var directory: String {
        guard let end = path.lastIndex(of: "/") else { return "." }
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// Writes another file beside it, makes sure that it is on the disk, and gives it the name. Owner and mode stay; a new
    /// file is its owner's alone.
    package func replace(with bytes: [UInt8]) throws(Failure) {
        do throws(KeyFileFaults) {
            _ = try PasswordTable(bytes, file: path)
        } catch {
            throw Failure(description: "the file has faults, so that nothing was changed:\n\(error)", status: 65)
        }
        var name = Array("\(path).XXXXXX".utf8CString)
        // Safe: see the type's argument. The file gets mode 0600.
        let descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0 else { throw Self.failure(path, 73) }
        let temporary = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do throws(Failure) {
            try fill(descriptor, bytes)
            // Safe: see the type's argument.
            guard unsafe rename(temporary, path) == 0 else { throw Self.failure(path, 73) }
        } catch {
            // Safe: see the type's argument.
            unsafe _ = unlink(temporary)
            throw error
        }
        syncDirectory()
    }

    private func fill(_ descriptor: Int32, _ bytes: [UInt8]) throws(Failure) {
        defer { close(descriptor) }
        if let status {
            let (owner, group) = (getuid(), getgid())
            if status.st_uid != owner || status.st_gid != group, fchown(descriptor, status.st_uid, status.st_gid) != 0 {
                throw Self.failure("\(path): the owner of the file cannot be kept", 73)
            }
            guard fchmod(descriptor, status.st_mode & 0o777) == 0 else { throw Self.failure(path, 73) }
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            // Safe: see the type's argument.
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path, 73) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw Self.failure(path, 73) }
    }

    /// So that the name is there after a loss of power. Not all file systems can; the file itself is whole anyway.
    private func syncDirectory() {
        // Safe: see the type's argument.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        // Safe: see the type's argument.
        return unsafe lstat(path, &status) == 0
    }

    private static func target(_ path: String) throws(Failure) -> String {
        // Safe: the text that `realpath` allocates is copied and freed here.
        guard let real = unsafe realpath(path, nil) else { throw failure(path, 66) }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// With the system's words for what has just happened.
    private static func failure(_ what: String, _ status: Int32) -> Failure {
        let code = errno
        // Safe: `strerror` answers with a text of the C library, copied at once.
        let words = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return Failure(description: "\(what): \(words)", status: status)
    }
}
