/// Log lines that wait to be written, within limits; what is beyond them is left out and counted.
struct LineQueue {
    static let maximumCount = 10_000
    static let maximumBytes = 4 * 1024 * 1024

    private var lines: [[UInt8]] = []
    private var bytes = 0
    /// Once full, lines are left out until half of it has been written: single lines out of a flood say little.
    private var isFull = false
    /// Lines left out since a note said so.
    private var leftOut = 0
    /// Lines left out since the beginning.
    private(set) var leftOutInAll = 0

    var isEmpty: Bool { lines.isEmpty }

    /// Adds a line, or leaves it out.
    ///
    /// - Parameter note: the line that says that so many were left out; asked for when there is room again.
    mutating func append(_ line: [UInt8], note: (Int) -> [UInt8]) {
        if isFull, lines.count <= Self.maximumCount / 2, bytes <= Self.maximumBytes / 2 { isFull = false }
        if lines.count >= Self.maximumCount || bytes + line.count > Self.maximumBytes { isFull = true }
        if isFull {
            leftOut += 1
            leftOutInAll += 1
            return
        }
        appendNote(note)
        add(line)
    }

    /// Adds the note, if lines were left out since the last one.
    mutating func appendNote(_ note: (Int) -> [UInt8]) {
        if leftOut == 0 { return }
        add(note(leftOut))
        leftOut = 0
    }

    private mutating func add(_ line: [UInt8]) {
        lines.append(line)
        bytes += line.count
    }

    /// Takes the oldest lines out, about `count` bytes of them but one line at least.
    mutating func take(_ count: Int) -> [UInt8] {
        var taken: [UInt8] = []
        var end = 0
        while end < lines.count, taken.isEmpty || taken.count + lines[end].count <= count {
            taken += lines[end]
            end += 1
        }
        lines.removeFirst(end)
        bytes -= taken.count
        return taken
    }
}
