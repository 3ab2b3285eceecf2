package import BrokerValues
import Synchronization

/// A limit on how much may pass in a second, shared by all event loops.
///
/// A token bucket kept as one number, the instant until which everything that has passed is paid for (the *generic cell
/// rate algorithm* of ITU-T I.371): so many event loops can use it without a lock, an idle one costs nothing, and there
/// is no clock that fills it. It starts full.
///
///     paid    = max(paid, now − burst)            unused time is kept up to the burst
///     take    : passes if paid + cost ≤ now       what must not pass the limit: CONNECT
///     charge  : always passes, and paid += cost   what is known only afterwards: bytes; who comes next waits
package final class RateGate: Sendable {
    private let paid = Atomic<Int64>(.min / 2)
    /// Nanoseconds that one unit costs, as the bit pattern of a Double; 0 for no limit.
    private let unitCost = Atomic<UInt64>(0)
    private let burst = Atomic<Int64>(0)

    /// No limit yet.
    package init() {}

    /// An instant far below overflow: the clock says so for the first seventy years.
    private static func time(_ now: Instant) -> Int64 { Int64(min(now.nanoseconds, UInt64(Int64.max / 4))) }

    /// Sets, changes or removes the limit. What is owed is owed in units: at a higher limit it is paid sooner.
    ///
    /// - Parameters:
    ///   - perSecond: units a second; nil or a number that is not above 0 for no limit.
    ///   - burst: units that may pass in one moment after a pause.
    ///   - now: nil where nothing is ever owed, because units are only taken.
    package func setLimit(perSecond: Double?, burst: Double, at now: Instant? = nil) {
        guard let perSecond, perSecond > 0, perSecond.isFinite else {
            paid.store(.min / 2, ordering: .relaxed)
            return unitCost.store(0, ordering: .relaxed)
        }
        // A second that passes one unit in three centuries is as good as closed.
        let cost = min(1e9 / perSecond, 1e19)
        let length = cost * max(burst, 0)
        let before = Double(bitPattern: unitCost.load(ordering: .relaxed))
        if let now, before > 0 {
            let time = Self.time(now)
            let debt = Double(max(0, paid.load(ordering: .relaxed) - time)) * cost / before
            if debt > 0 { paid.store(time + Int64(min(debt, 1e18)), ordering: .relaxed) }
        }
        self.burst.store(length < 1e18 ? Int64(length.rounded()) : 1_000_000_000_000_000_000, ordering: .relaxed)
        unitCost.store(cost.bitPattern, ordering: .relaxed)
    }

    /// Whether there is a limit.
    @inline(__always)
    package var isLimited: Bool { unitCost.load(ordering: .relaxed) != 0 }

    /// Nanoseconds of the limit's time that so many units take; 0 without a limit.
    package func cost(of units: Int) -> Int64 {
        let cost = Double(bitPattern: unitCost.load(ordering: .relaxed)) * Double(units)
        return cost < 1e18 ? Int64(cost.rounded()) : 1_000_000_000_000_000_000
    }

    /// Units that so many nanoseconds of the limit's time are enough for.
    package func units(in nanoseconds: Int64) -> Int {
        let cost = Double(bitPattern: unitCost.load(ordering: .relaxed))
        let units = cost > 0 ? Double(max(nanoseconds, 0)) / cost : .infinity
        return units < 1e18 ? Int(units) : 1_000_000_000_000_000_000
    }

    /// Lets units pass if they are within the limit.
    package func take(_ units: Int = 1, at now: Instant) -> Bool {
        let cost = cost(of: units)
        if cost == 0 { return true }
        let now = Self.time(now)
        let floor = now - burst.load(ordering: .relaxed)
        var seen = paid.load(ordering: .relaxed)
        while true {
            let next = max(seen, floor) + cost
            if next > now { return false }
            let (isDone, found) = paid.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if isDone { return true }
            seen = found
        }
    }

    /// Counts units that have passed.
    package func charge(_ units: Int, at now: Instant) {
        let cost = cost(of: units)
        if cost == 0 { return }
        let floor = Self.time(now) - burst.load(ordering: .relaxed)
        var seen = paid.load(ordering: .relaxed)
        while true {
            // Far below overflow, and further in debt than anybody lives.
            let next = min(max(seen, floor) + cost, .max / 2)
            let (isDone, found) = paid.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if isDone { return }
            seen = found
        }
    }

    /// Nanoseconds of the limit's time that are left (positive), or owed (negative); `Int64.max` without a limit.
    package func balance(at now: Instant) -> Int64 {
        guard isLimited else { return .max }
        let now = Self.time(now)
        return now - max(paid.load(ordering: .relaxed), now - burst.load(ordering: .relaxed))
    }

    /// When a unit may be taken at the earliest, if nobody takes one before.
    package func opening(at now: Instant) -> Instant {
        let missing = cost(of: 1) - min(balance(at: now), 1_000_000_000_000_000_000)
        return missing <= 0 ? now : Instant(nanoseconds: now.nanoseconds &+ UInt64(missing))
    }
}
