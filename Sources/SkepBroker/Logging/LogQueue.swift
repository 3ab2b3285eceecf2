/// Entries of the log that wait to be written, within limits; what is beyond them is left out and counted.
struct LogQueue {
    static let maximumCount = 10_000
    static let maximumBytes = 4 * 1024 * 1024

    private var entries: [LogEntry] = []
    private var bytes = 0
    /// Once full, entries are left out until half of it has been written: single ones out of a flood say little.
    private var isFull = false
    /// Entries left out since a note said so.
    private var leftOut = 0
    /// Entries left out since the beginning.
    private(set) var leftOutInAll = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Adds an entry, or leaves it out.
    ///
    /// - Parameter note: the entry that says that so many were left out; asked for when there is room again.
    mutating func append(_ entry: LogEntry, note: (Int) -> LogEntry) {
        if isFull, entries.count <= Self.maximumCount / 2, bytes <= Self.maximumBytes / 2 { isFull = false }
        if entries.count >= Self.maximumCount || bytes + entry.byteCount > Self.maximumBytes { isFull = true }
        if isFull {
            leftOut += 1
            leftOutInAll += 1
            return
        }
        appendNote(note)
        add(entry)
    }

    /// Adds the note, if entries were left out since the last one.
    mutating func appendNote(_ note: (Int) -> LogEntry) {
        if leftOut == 0 { return }
        add(note(leftOut))
        leftOut = 0
    }

    private mutating func add(_ entry: LogEntry) {
        entries.append(entry)
        bytes += entry.byteCount
    }

    /// Counts entries that could not be written, although they had a place here.
    mutating func lost(_ count: Int) { leftOutInAll += count }

    /// Takes the oldest entries out, about `count` bytes of them but one entry at least.
    mutating func take(_ count: Int) -> [LogEntry] {
        var end = 0
        var taken = 0
        while end < entries.count, end == 0 || taken + entries[end].byteCount <= count {
            taken += entries[end].byteCount
            end += 1
        }
        defer { entries.removeFirst(end) }
        bytes -= taken
        return Array(entries[..<end])
    }
}
