/// How many credits clients get back now: what ``SheddingTable`` says, and less for a while after it said less.
///
/// When the stress level rises the flow falls at once; when it falls the flow grows by half a percent a tick. Were it
/// opened at once, the clients that caused the overload would cause it again within a second, and the broker would swing
/// between the two for as long as they go on. So it feels its way up to what the event loops can do: from half of an event
/// loop to a whole one takes 14 s, and until nobody is limited any more 42 s.
package struct CreditValve: Sendable, Equatable {
    /// Growth in one tick of 100 ms.
    private static let growth = 1.005

    /// Credits in 100 ms.
    private var flow = Double(CreditAccount.full)

    /// Wide open.
    package init() {}

    /// Credits for each client in 100 ms.
    package var creditsPerTick: Int { Int(flow) }

    /// Whether clients can run out of credits at all.
    package var isLimiting: Bool { flow < Double(CreditAccount.full) }

    /// Time has passed. Returns the credits that each client gets for it.
    ///
    /// - Parameter nanoseconds: since the last call.
    package mutating func advance(_ nanoseconds: Int, _ rule: SheddingRule) -> Int {
        let target = Double(rule.creditsPerTick)
        let ticks = Double(nanoseconds) / 100_000_000
        if rule == SheddingTable.free, !isLimiting { return Int(flow * ticks) }
        // Of ten ticks at most: after a long stop nobody knows what the loop can do.
        for _ in 0..<Int(min(ticks.rounded(), 10)) where flow < target { flow *= Self.growth }
        flow = min(flow, target)
        return Int(flow * ticks)
    }

    /// Protection was switched off.
    package mutating func open() { flow = Double(CreditAccount.full) }
}
