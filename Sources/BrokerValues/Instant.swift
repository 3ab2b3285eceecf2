/// A point on the broker's monotonic clock, in nanoseconds since an arbitrary start.
///
/// Layers 0 to 2 never read a clock: whoever calls them passes the instant in, so that a simulation can run the broker
/// on a clock of its own. Wall-clock time plays no part in any deadline.
package struct Instant: Sendable, Hashable, Comparable {
    /// Nanoseconds since the clock's start.
    package let nanoseconds: UInt64

    /// A reading of the clock.
    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// A reading of a clock that is no finer; saturates at ``never``.
    package init(milliseconds: UInt64) {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflow ? .max : product
    }

    /// Whole milliseconds since the clock's start.
    package var milliseconds: UInt64 { nanoseconds / 1_000_000 }

    /// A deadline that never comes.
    package static let never = Instant(nanoseconds: .max)

    /// Earlier instants come first.
    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant `milliseconds` later; saturates at ``never``.
    package func advanced(byMilliseconds milliseconds: UInt64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(Instant(milliseconds: milliseconds).nanoseconds)
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// The instant `nanoseconds` later; one that is not later for a negative number. Saturates at ``never``.
    package func advanced(byNanoseconds nanoseconds: Int64) -> Instant {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(UInt64(max(nanoseconds, 0)))
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// The instant `seconds` later; saturates at ``never``.
    package func advanced(bySeconds seconds: UInt32) -> Instant { advanced(byMilliseconds: UInt64(seconds) * 1000) }

    /// Whole seconds from `earlier` to this instant; 0 if `earlier` is not earlier.
    package func seconds(since earlier: Instant) -> UInt64 {
        self > earlier ? (nanoseconds - earlier.nanoseconds) / 1_000_000_000 : 0
    }

    /// Nanoseconds from `earlier` to this instant; 0 if `earlier` is not earlier.
    package func nanoseconds(since earlier: Instant) -> Int {
        self > earlier ? Int(clamping: nanoseconds - earlier.nanoseconds) : 0
    }
}
