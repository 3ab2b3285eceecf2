/// The credits of all clients of one event loop together: the running sum of refills, and the sums behind the gauges.
///
/// Nothing here walks over all clients. Who has spent something stands in a ring of buckets by the value of the sum at
/// which its account is full; a refill looks only at the buckets that the sum has passed. An account that is spent from
/// again meanwhile is found in its old bucket then and put into its new one. So a client costs as much as it publishes.
package struct CreditBook<Holder: CreditHolder> {
    /// Span of the running sum that one bucket stands for: the smallest refill.
    private static var width: Int { 5_000 }
    /// More than a full account and the largest debt take.
    private static var bucketCount: Int { 2_048 }

    /// Credits given back to every client since the start.
    package private(set) var refilled = 0
    /// Clients whose account is not full.
    package private(set) var usingCount = 0
    /// The sum of ``CreditAccount/fullAt`` over those; wraps around, and so does what is subtracted from it.
    private var fullAtSum = 0
    private var buckets = ContiguousArray<ContiguousArray<Holder>>(repeating: [], count: Self.bucketCount)

    /// Nobody has spent anything.
    package init() {}

    /// A client spends credits. Returns whether it has none left.
    @inline(__always)
    package mutating func spend(_ cost: Int, by holder: Holder) -> Bool {
        let before = holder.credits.fullAt
        let isExhausted = holder.credits.spend(cost, refilled: refilled)
        if holder.isInCreditBook {
            fullAtSum &+= holder.credits.fullAt &- before
        } else {
            enter(holder)
        }
        return isExhausted
    }

    private mutating func enter(_ holder: Holder) {
        holder.isInCreditBook = true
        usingCount += 1
        fullAtSum &+= holder.credits.fullAt
        put(holder)
    }

    private mutating func put(_ holder: Holder) {
        buckets[holder.credits.fullAt / Self.width % Self.bucketCount].append(holder)
    }

    /// Gives every client credits back.
    package mutating func refill(_ credits: Int) {
        let first = refilled / Self.width
        refilled += credits
        let last = refilled / Self.width
        for number in first..<min(last, first + Self.bucketCount) {
            let position = number % Self.bucketCount
            if buckets[position].isEmpty { continue }
            let holders = buckets[position]
            buckets[position] = []
            for holder in holders where holder.isInCreditBook {
                if holder.credits.fullAt <= refilled {
                    leave(holder)
                } else {
                    put(holder)
                }
            }
        }
    }

    /// A client has gone: what it owes is nobody's any more.
    package mutating func forget(_ holder: Holder) { if holder.isInCreditBook { leave(holder) } }

    private mutating func leave(_ holder: Holder) {
        holder.isInCreditBook = false
        usingCount -= 1
        fullAtSum &-= holder.credits.fullAt
    }

    /// Credits that all clients together have spent and not got back.
    package var missing: Int { max(0, fullAtSum &- usingCount &* refilled) }
}

/// Somebody with an account in a ``CreditBook``.
package protocol CreditHolder: AnyObject {
    var credits: CreditAccount { get set }
    /// Written by the book only.
    var isInCreditBook: Bool { get set }
}
