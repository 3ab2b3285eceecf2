import Glibc

/// The right to use a data directory, held by one process as long as this object lives. The kernel gives it back when the
/// process ends in whatever way.
final class DirectoryLock {
    private let descriptor: Int32

    /// Makes the directory if it is missing, and takes the lock.
    init(directory: String) throws(StorageFailure) {
        try SystemFile.makeDirectory(directory)
        let path = directory + "/skep.lock"
        descriptor = try Self.file(path, in: directory)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let failure = SystemFile.failure(path)
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw isHeld ? .inUse(path: directory, processIdentifier: holder) : failure
        }
        // Only for those who are refused: without it the lock is as good.
        let text = Array("\(getpid())\n".utf8)
        // Safe: the array lives for the call.
        if ftruncate(descriptor, 0) == 0 { _ = unsafe pwrite(descriptor, text, text.count, 0) }
    }

    deinit { close(descriptor) }

    /// Whoever owns the directory could have put a link there, which root must not follow.
    private static func file(_ path: String, in directory: String) throws(StorageFailure) -> Int32 {
        do throws(StorageFailure) { return try SystemFile.create(path, in: directory) } catch {
            guard case .exists = error else { throw error }
            return try SystemFile.open(path, O_RDWR | O_NOFOLLOW)
        }
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        // Safe: the array has as many bytes as the call is told.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return Int32(String(decoding: digits, as: UTF8.self))
    }
}
