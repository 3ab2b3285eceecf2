import CLinux
import Glibc

/// The calls of the C library that samplers need, each as a safe function.
///
/// Safe: every call gets a Swift string, which lasts for the call, a structure of the calling function, or a buffer
/// with its own size. No pointer leaves this type.
enum SystemCalls {
    /// The system's words for an error number.
    static func text(of code: CInt) -> String {
        // Safe: `strerror` answers with a text of the C library, copied at once.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// Opens a file for reading. A pipe that stands in the place of a file does not block.
    static func open(_ path: String) throws(SamplerError) -> CInt {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
        return descriptor
    }

    /// Reads at most as many bytes as stand behind `start` in `bytes`. The count is negative for an error (`errno`).
    static func read(_ descriptor: CInt, _ bytes: inout [UInt8], from start: Int, upTo end: Int) -> Int {
        precondition(start >= 0 && start <= end && end <= bytes.count)
        return unsafe bytes.withUnsafeMutableBytes { buffer in
            // Safe: the range was checked just above.
            unsafe pread(descriptor, buffer.baseAddress?.advanced(by: start), end - start, off_t(start))
        }
    }

    /// The names in a directory, without those that begin with a dot.
    /// - Throws: ``SamplerError/tooLarge(path:)`` when there are more than `limit`.
    static func names(in path: String, limit: Int) throws(SamplerError) -> [String] {
        var names: [String] = []
        unsafe try visit(path, limit: limit) { name in unsafe names.append(String(cString: name)) }
        return names
    }

    /// How many names stand in a directory, without those that begin with a dot.
    static func count(in path: String, limit: Int) throws(SamplerError) -> Int {
        var count = 0
        unsafe try visit(path, limit: limit) { _ in count += 1 }
        return count
    }

    private static func visit(
        _ path: String, limit: Int, _ body: (UnsafePointer<CChar>) -> Void
    ) throws(SamplerError) {
        guard let directory = unsafe opendir(path) else { throw .unreadable(path: path, code: errno) }
        defer { unsafe _ = closedir(directory) }
        let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0
        var count = 0
        while true {
            errno = 0
            guard let entry = unsafe readdir(directory) else {
                guard errno == 0 else { throw .unreadable(path: path, code: errno) }
                return
            }
            // Safe: the name ends with a zero and lasts until the next `readdir`. The entry is not copied, since it
            // may be shorter than the structure.
            let name = unsafe UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            if unsafe name.pointee == CChar(bitPattern: UInt8(ascii: ".")) { continue }
            count += 1
            guard count <= limit else { throw .tooLarge(path: path) }
            unsafe body(name)
        }
    }

    /// The size that `stat(2)` gives.
    static func size(of path: String) throws(SamplerError) -> UInt64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .unreadable(path: path, code: errno) }
        return UInt64(max(0, status.st_size))
    }

    /// Whether a path lies in a file system of the kernel's processes, where sizes have a meaning of their own.
    static func isProcessFileSystem(_ path: String) -> Bool {
        let magic = 0x9fa0
        var status = statfs()
        return unsafe statfs(path, &status) == 0 && Int(status.f_type) == magic
    }

    /// What the process has used so far.
    static func resourceUsage() throws(SamplerError) -> rusage {
        var usage = rusage()
        guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else {
            throw .failedCall(name: "getrusage", code: errno)
        }
        return usage
    }

    /// The soft limit of open files; nil when there is none.
    static func openFileLimit() throws(SamplerError) -> UInt64? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw .failedCall(name: "getrlimit", code: errno)
        }
        return limit.rlim_cur == .max ? nil : UInt64(limit.rlim_cur)
    }

    /// A clock of the system, in seconds.
    static func seconds(of clock: clockid_t) throws(SamplerError) -> Double {
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { throw .failedCall(name: "clock_gettime", code: errno) }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    /// Bytes in a page of memory.
    static let pageSize = UInt64(max(1, sysconf(CInt(_SC_PAGESIZE))))
    /// The unit of processor times in `/proc`.
    static let ticksPerSecond = Double(max(1, sysconf(CInt(_SC_CLK_TCK))))
}
