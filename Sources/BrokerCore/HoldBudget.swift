import BrokerValues

/// How long one publisher may be made to wait for receivers whose queues are half full.
///
/// Receivers hold publishers one after another, so however short each hold is, many slow receivers could stop a publisher
/// for good. So holds may take the limit of a single one in each ten times that. What is smoothing at work is not
/// charged: the first moment of each hold, in which a receiver that keeps up empties its queue.
struct HoldBudget {
    /// Time of each hold that is not charged.
    private static let free: UInt64 = 50

    /// Milliseconds charged in the window.
    private var used: UInt64 = 0
    /// When the window ends, in which the charges add up.
    private var windowEnd = Instant(milliseconds: 0)

    /// Whether nothing is left, should the hold that began then end now.
    ///
    /// - Parameters:
    ///   - began: nil if there is none.
    ///   - limit: milliseconds in one window.
    mutating func isUsedUp(holding began: Instant?, now: Instant, limit: UInt64) -> Bool {
        if windowEnd <= now, began == nil { used = 0 }
        return used + Self.charge(began, now) >= limit
    }

    /// A hold has ended. Returns whether it has used up the budget.
    mutating func charge(holding began: Instant, now: Instant, limit: UInt64) -> Bool {
        let charge = Self.charge(began, now)
        if charge == 0 { return false }
        if windowEnd <= began {
            used = 0
            windowEnd = began.advanced(byMilliseconds: limit * 10)
        }
        let wasLeft = used < limit
        used += charge
        return wasLeft && used >= limit
    }

    private static func charge(_ began: Instant?, _ now: Instant) -> UInt64 {
        guard let began, now > began else { return 0 }
        let length = now.milliseconds - began.milliseconds
        return length > free ? length - free : 0
    }
}
