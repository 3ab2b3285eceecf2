/// What a client's requests cost, in credits: one stands for about a tenth of a microsecond of an event loop.
///
/// The figures are what the broker's own benchmarks measure, rounded; what matters is that a message to a thousand
/// receivers costs its sender a thousand times what a message to one does. They are ours: HiveMQ keeps its own secret.
package enum CreditCost {
    /// A PUBLISH by itself.
    package static let publish = 3
    /// Each receiver that a message is written for.
    package static let receiver = 2
    /// Each receiver whose queue it has to wait in, beside that.
    package static let queued = 8
    /// Keeping it as a retained message.
    package static let retained = 20
    /// Each topic filter of a SUBSCRIBE or UNSUBSCRIBE.
    package static let filter = 30
    /// Each retained message that a SUBSCRIBE asks for.
    package static let retainedDelivery = 5
    /// Any other packet, or a PUBLISH that goes nowhere.
    package static let packet = 2
    /// What was measured, for work that nothing else tells the size of.
    package static func time(nanoseconds: Int) -> Int { nanoseconds / 100 }

    /// Bytes copied for one credit.
    static let bytesPerCredit = 512

    /// A message of so many bytes to so many receivers, of whom some have it in their queue now.
    @inline(__always)
    package static func publish(bytes: Int, receivers: Int, queued: Int, isRetained: Bool) -> Int {
        let copied = bytes &* (receivers &+ 1) / bytesPerCredit
        return publish &+ receivers &* receiver &+ queued &* Self.queued &+ (isRetained ? retained : 0) &+ copied
    }
}

/// One client's credits: full at first, spent by what it causes, given back with time.
///
/// Refills are the same for all clients, so they are one running sum; an account only remembers at which value of that
/// sum it will be full. Refilling a million accounts costs one addition, and an account nobody touches costs nothing.
package struct CreditAccount: Sendable, Equatable {
    /// Credits of a full account: 0.4 s of an event loop, so that a burst costs nobody anything.
    package static let full = 4_000_000
    /// A client that is not read from goes on when it has so many again.
    package static let resumeAt = full / 20
    /// What an account owes at most, so that whoever pauses comes back in a time that can be named.
    package static let largestDebt = full

    /// The running sum at which it is full.
    package private(set) var fullAt = 0

    /// A full account.
    package init() {}

    /// Credits left; negative is debt.
    @inline(__always)
    package func credits(refilled: Int) -> Int { Self.full &- max(0, fullAt &- refilled) }

    /// Spends credits. Returns whether none are left.
    @inline(__always)
    package mutating func spend(_ cost: Int, refilled: Int) -> Bool {
        let spent = max(fullAt, refilled) &+ cost
        fullAt = spent
        if spent &- refilled < Self.full { return false }
        fullAt = min(spent, refilled &+ Self.full &+ Self.largestDebt)
        return true
    }

    /// The running sum at which there will be enough to go on.
    package var resumesAt: Int { fullAt - (Self.full - Self.resumeAt) }
}
