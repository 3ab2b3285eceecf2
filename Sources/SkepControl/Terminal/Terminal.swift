import Glibc

/// The terminal while it shows one screen that changes: its other screen, no echo, keys as they are pressed.
///
/// Whoever enters leaves, on every way out: until then the user's shell would be unusable.
struct Terminal: ~Copyable {
    private static let enterSequence = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
    private static let leaveSequence = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    private let before: termios

    /// Takes the terminal over.
    ///
    /// - Throws: if standard input and output are not a terminal.
    init() throws(ToolError) {
        var modes = termios()
        // Safe: tcgetattr fills in the structure, which lives for the call.
        guard isatty(STDOUT_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &modes) == 0 else {
            throw ToolError(.failed, "top needs a terminal; without one use: skepctl top --once")
        }
        before = modes
        enter()
    }

    deinit { leave() }

    /// Takes it over, also after it was given back for a while.
    func enter() {
        var modes = before
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
        // Safe: the structure is read during the call.
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes)
        _ = SystemCall.writeAll(Self.enterSequence, to: STDOUT_FILENO)
    }

    /// Gives it back as it was.
    func leave() {
        _ = SystemCall.writeAll(Self.leaveSequence, to: STDOUT_FILENO)
        var modes = before
        // Safe: the structure is read during the call.
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes)
    }

    /// Shows lines from the top, and nothing below them, on so many rows; false if the terminal is gone.
    func show(_ lines: [String], rows: Int) -> Bool {
        // Erased before and not behind: behind a full line that would take its last character.
        let text = (0..<rows).map { row in "\u{1B}[\(row + 1);1H\u{1B}[2K" + (row < lines.count ? lines[row] : "") }
        return SystemCall.writeAll(text.joined(), to: STDOUT_FILENO)
    }
}
