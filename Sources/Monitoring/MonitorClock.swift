import Glibc

/// The clocks that monitoring reads; tests bring their own.
package struct MonitorClock: Sendable {
    /// Nanoseconds of the monotonic clock that event loops use as well.
    package var monotonic: @Sendable () -> UInt64
    /// Seconds since the Unix epoch.
    package var wall: @Sendable () -> Double

    /// Clocks of a test.
    package init(monotonic: @escaping @Sendable () -> UInt64, wall: @escaping @Sendable () -> Double) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// The system's.
    package static let system = MonitorClock(
        monotonic: {
            let (seconds, nanoseconds) = read(CLOCK_MONOTONIC)
            return UInt64(seconds) &* 1_000_000_000 &+ UInt64(nanoseconds)
        },
        wall: {
            let (seconds, nanoseconds) = read(CLOCK_REALTIME)
            return Double(seconds) + Double(nanoseconds) / 1e9
        })

    private static func read(_ clock: clockid_t) -> (seconds: Int, nanoseconds: Int) {
        var time = timespec()
        // Safe: the structure outlives the call. It cannot fail for a clock that every Linux has.
        unsafe _ = clock_gettime(clock, &time)
        return (max(0, time.tv_sec), max(0, time.tv_nsec))
    }
}
