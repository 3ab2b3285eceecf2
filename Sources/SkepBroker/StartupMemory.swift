import Glibc

/// What the start has touched and the running broker may never need again.
enum StartupMemory {
    /// Takes the pages of program text out of this process's resident memory. Those that are needed again come back from
    /// the page cache one by one; the code that only a start runs, which is the most, does not.
    static func giveBack() {
        guard let maps = unsafe fopen("/proc/self/maps", "re") else { return }
        defer { unsafe fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { unsafe free(line) }
        // Safe: getline keeps the buffer and its size in step, and ends what it reads with a null byte.
        while unsafe getline(&line, &capacity, maps) > 0, let text = unsafe line {
            guard let (start, count) = programText(unsafe String(cString: text)) else { continue }
            // Safe: the kernel named these pages a moment ago; they are clean, nobody can write to them, and the file that
            // they come from stays open. Reading one again brings back the same bytes.
            _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: start), count, MADV_DONTNEED)
        }
    }

    /// The place and bytes of program text that a line of the file describes; nil for any other memory. Only what is
    /// executable is never written: read-only data has had addresses put in.
    static func programText(_ line: String) -> (start: UInt, count: Int)? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).hasPrefix("/") else {
            return nil
        }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return (bounds[0], Int(clamping: bounds[1] - bounds[0]))
    }
}
