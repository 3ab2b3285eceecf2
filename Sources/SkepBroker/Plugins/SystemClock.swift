import Glibc

/// The wall clock.
enum SystemClock {
    /// Milliseconds since 1970.
    static var milliseconds: Int64 {
        var now = timespec()
        // Safe: the call writes one timespec.
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return 0 }
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
