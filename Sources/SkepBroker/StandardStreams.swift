import Glibc

/// Standard input, output and error.
enum StandardStreams {
    /// Opens `/dev/null` in the place of those that are closed: else the first files that the process opens would be taken
    /// for them, and the log written there.
    static func complete() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is given, which is this one.
            unsafe _ = open("/dev/null", O_RDWR)
        }
    }
}
