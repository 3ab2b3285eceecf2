import Glibc

/// The few calls of the system that are not about the terminal's modes.
enum SystemCall {
    /// What an error number means.
    static func text(of number: Int32) -> String {
        // Safe: strerror returns a string that lives until this thread's next call of it, and it is copied at once.
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }

    /// The value of an environment variable; nil if it is not set.
    static func environment(_ name: String) -> String? {
        // Safe: nothing in this process sets variables, so the string stays where it is while it is copied.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Where names of files are looked up from; nil if it has gone or cannot be told.
    static var workingDirectory: String? {
        // Safe: with a null pointer the C library allocates the text, which is copied and freed.
        guard let text = unsafe getcwd(nil, 0) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Writes all bytes; false with `errno` if that fails. Waits for as long as the reader takes.
    static func writeAll(_ text: String, to descriptor: Int32) -> Bool {
        var copy = text
        return copy.withUTF8 { buffer in
            var written = 0
            while written < buffer.count {
                // Safe: the rest of a buffer that lives for this closure, with the length of that rest.
                let count = unsafe write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
                if count < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                written += count
            }
            return true
        }
    }

    /// Columns and rows of the terminal at a descriptor; nil if it is none.
    static func terminalSize(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        // Safe: TIOCGWINSZ fills in a winsize, which lives for the call.
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return nil
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Seconds since the Unix epoch.
    static func wallClock() -> Double {
        var now = timespec()
        // Safe: clock_gettime fills in a timespec, which lives for the call.
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return 0 }
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// Seconds that the time zone of this process is east of Greenwich at a moment.
    static func timeZoneOffset(at seconds: Double) -> Int {
        guard let moment = Int(exactly: seconds.rounded(.down)) else { return 0 }
        var from = moment
        // Safe: a structure whose one pointer, the zone's name, is not read.
        var parts = unsafe tm()
        // Safe: localtime_r reads one value and fills in the other; both live for the call.
        return unsafe localtime_r(&from, &parts) == nil ? 0 : parts.tm_gmtoff
    }
}
