import Glibc

/// One line on a terminal that is written over each second; nothing where there is no terminal.
struct Progress: Sendable {
    private let isShown: Bool
    private var shownAt = 0
    private var lastLength = 0

    init() { isShown = isatty(STDERR_FILENO) == 1 }

    /// Shows what `line` says, if a second has passed since it was last asked.
    mutating func show(at now: Int, _ line: () -> String) {
        guard isShown, now - shownAt >= MonotonicClock.second else { return }
        shownAt = now
        write(line())
    }

    /// Takes the line away.
    mutating func clear() {
        guard isShown, lastLength > 0 else { return }
        write("")
        Self.put("\r")
    }

    private mutating func write(_ line: String) {
        let padding = String(repeating: " ", count: max(0, lastLength - line.count))
        Self.put("\r\(line)\(padding)")
        lastLength = line.count
    }

    private static func put(_ text: String) {
        let bytes = Array(text.utf8)
        // Safe: the array lives for the call, and its own length is given.
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
