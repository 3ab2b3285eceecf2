import Glibc

/// What the kernel says about the broker's process: its CPU time to the nanosecond, and its open files.
struct BrokerProcess: Sendable {
    let pid: Int32
    private let clock: clockid_t

    /// - Throws: if there is no such process.
    init(pid: Int32) throws(BenchError) {
        var clock = clockid_t()
        // Safe: the variable is this function's own.
        let status = unsafe clock_getcpuclockid(pid, &clock)
        guard status == 0, MonotonicClock.read(clock) != nil else {
            throw BenchError(.unavailable, "--pid \(pid): there is no such process on this machine")
        }
        self.pid = pid
        self.clock = clock
    }

    /// CPU time of all its threads since it started, in nanoseconds.
    func cpuTime() throws(BenchError) -> Int {
        guard let time = MonotonicClock.read(clock) else {
            throw BenchError(.unavailable, "The process \(pid) has ended")
        }
        return time
    }

    /// Bytes of memory that it has resident.
    ///
    /// - Throws: if the process has ended.
    func residentMemory() throws(BenchError) -> Int {
        let path = "/proc/\(pid)/statm"
        // Safe: the stream is closed below and does not leave this function, and the text is cut to its own length.
        guard let stream = unsafe fopen(path, "r") else {
            throw BenchError(.unavailable, "\(path) cannot be read: \(BenchError.text(of: errno))")
        }
        defer { unsafe fclose(stream) }
        var text = [UInt8](repeating: 0, count: 256)
        let count = unsafe fread(&text, 1, text.count, stream)
        let fields = String(decoding: text.prefix(count), as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else {
            throw BenchError(.unavailable, "\(path) holds no size")
        }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Open files.
    ///
    /// - Throws: if they cannot be seen, which takes the same user or root.
    func openFiles() throws(BenchError) -> Int {
        let folder = "/proc/\(pid)/fd"
        var status = stat()
        // Safe: the structure is this function's own. Since Linux 6.2 the size of this folder is what we ask for.
        if unsafe stat(folder, &status) == 0, status.st_size > 0 { return Int(status.st_size) }
        // Safe: the stream is closed below and does not leave this function.
        guard let stream = unsafe opendir(folder) else {
            throw BenchError(.unavailable, "\(folder) cannot be read: \(BenchError.text(of: errno))")
        }
        defer { unsafe closedir(stream) }
        var count = -2  // the entries . and ..
        while unsafe readdir(stream) != nil { count += 1 }
        return max(0, count)
    }
}
