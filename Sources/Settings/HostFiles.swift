import Glibc

/// The few questions about files of this machine that finding settings needs.
///
/// Safe: every call of the C library here gets a Swift string, which lasts for the call, or a buffer with its own size.
enum HostFiles {
    /// Why a file could not be read: an error number of the system.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let code: CInt

        /// The system's words, such as `No such file or directory`.
        var description: String {
            // Safe: `strerror` answers with a text of the C library, copied at once.
            unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        }
    }

    /// The bytes of a file; of a longer one, its first `limit` bytes and one more.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        // Safe: see the type's argument.
        // Nobody waits for ever: not to open a pipe that nobody writes to, and not for its next byte.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + .seconds(patienceSeconds)
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while result.count <= limit {
            try waitUntilReadable(descriptor, until: deadline)
            let wanted = min(buffer.count, limit + 1 - result.count)
            // Safe: `wanted` is at most the size of the buffer.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, wanted) }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw Failure(code: errno)
            }
            result.append(contentsOf: buffer[..<count])
        }
        return result
    }

    /// How long a file may take in all: a pipe, such as that of a shell's `<(...)`, is written while it is read.
    private static let patienceSeconds = 5

    private static func waitUntilReadable(_ descriptor: Int32, until deadline: ContinuousClock.Instant) throws(Failure)
    {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { throw Failure(code: ETIMEDOUT) }
            // Safe: one structure of this function's own.
            let count = unsafe poll(&wanted, 1, Int32(left.rounded(.up)))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw Failure(code: errno) }
        }
    }

    /// The text of a small file; nil when it cannot be read.
    static func text(_ path: String) -> String? {
        guard let bytes = try? read(path, limit: 65_536) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether there is something at a path, readable or not: what cannot be looked at is not taken for absent.
    static func exists(_ path: String) -> Bool {
        // Safe: see the type's argument.
        if unsafe access(path, F_OK) == 0 { return true }
        return errno != ENOENT && errno != ENOTDIR
    }

    /// Whether new files may be made in a directory.
    static func isWritableDirectory(_ path: String) -> Bool {
        // Safe: see the type's argument. The slash at the end makes the call fail for what is no directory.
        unsafe access("\(path)/", W_OK | X_OK) == 0
    }
}
