import Glibc

/// The clock of all measurements.
enum MonotonicClock {
    static let second = 1_000_000_000
    static let millisecond = 1_000_000

    /// Nanoseconds since some moment in the past.
    @inline(__always)
    static func now() -> Int { read(CLOCK_MONOTONIC) ?? 0 }

    /// Nanoseconds of any clock of the system; nil if there is none of this name.
    @inline(__always)
    static func read(_ clock: clockid_t) -> Int? {
        var time = timespec()
        // Safe: the structure is this function's own.
        guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
        return time.tv_sec &* second &+ time.tv_nsec
    }

    /// Nanoseconds of CPU that the calling thread has used.
    static func threadCPU() -> Int { read(CLOCK_THREAD_CPUTIME_ID) ?? 0 }

    /// Waits; a signal may end it early.
    static func sleep(nanoseconds: Int) {
        guard nanoseconds > 0 else { return }
        var time = timespec(tv_sec: nanoseconds / second, tv_nsec: nanoseconds % second)
        // Safe: the structure is this function's own.
        _ = unsafe nanosleep(&time, nil)
    }
}
