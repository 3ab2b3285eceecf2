import Glibc

/// Asks for a password on the terminal, without showing it.
///
/// Safe: every call of the C library here gets a variable of its own function, which lasts for the call, or a buffer with
/// its own size.
enum PasswordPrompt {
    /// Bytes of a password: what MQTT can carry.
    static let longest = 65_535

    /// The answer; empty if there is none.
    static func ask(_ question: String) -> [UInt8] {
        Descriptor.write(Array(question.utf8), to: STDERR_FILENO)
        var settings = termios()
        // Safe: see the type's argument.
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return [] }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        // A signal at the keyboard would leave the terminal silent: it comes in as a letter, and ends the question.
        silent.c_lflag &= ~tcflag_t(ISIG)
        // Safe: see the type's argument.
        guard unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { return [] }
        defer {
            // Safe: see the type's argument.
            unsafe _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            Descriptor.write([0x0A], to: STDERR_FILENO)
        }
        let answer = line()
        let endOfText: UInt8 = 0x03
        return answer.contains(endOfText) ? [] : answer
    }

    /// The first line of standard input, without what ends it; longer than ``longest`` if it is too long.
    static func line() -> [UInt8] {
        var result: [UInt8] = []
        var byte: UInt8 = 0
        while result.count <= longest + 1 {
            // Safe: see the type's argument.
            let count = unsafe read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != 0x0A else { break }
            result.append(byte)
        }
        if result.last == 0x0D { result.removeLast() }
        return result
    }
}
