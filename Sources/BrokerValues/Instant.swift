/// A point on the broker's monotonic clock, in milliseconds since an arbitrary start.
///
/// Layers 0 to 2 never read a clock: whoever calls them passes the instant in, so that a simulation can run the broker
/// on a clock of its own. Wall-clock time plays no part in any deadline.
package struct Instant: Sendable, Hashable, Comparable {
    /// Milliseconds since the clock's start.
    package var milliseconds: UInt64

    /// A reading of the clock.
    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// A deadline that never comes.
    package static let never = Instant(milliseconds: .max)

    /// Earlier instants come first.
    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The instant `milliseconds` later; saturates at ``never``.
    package func advanced(byMilliseconds milliseconds: UInt64) -> Instant {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return overflow ? .never : Instant(milliseconds: sum)
    }

    /// The instant `seconds` later; saturates at ``never``.
    package func advanced(bySeconds seconds: UInt32) -> Instant { advanced(byMilliseconds: UInt64(seconds) * 1000) }

    /// Whole seconds from `earlier` to this instant; 0 if `earlier` is not earlier.
    package func seconds(since earlier: Instant) -> UInt64 {
        self > earlier ? (milliseconds - earlier.milliseconds) / 1000 : 0
    }
}
