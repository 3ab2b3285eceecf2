import BrokerValues
import StressModel

// Turns: who keeps the event loop busy lets others come in between.
//
// One read can bring hundreds of messages, and one message can have thousands of receivers. So a connection that has
// caused about a fifth of a millisecond of work rests until the loop has looked at its sockets, and of the receivers of
// a message to very many only a few are sent to before that. Their out buffers gather more messages meanwhile, so it
// costs little. While nobody else has anything to say turns are longer.
extension Shard {
    /// A message with more receivers than this is sent to a part of them at a time.
    static let bulkFanOut = 64

    /// What one connection may do before it rests.
    struct Turn {
        /// Credits, see ``CreditCost``.
        var credits: Int
        /// Receivers of messages to very many that are sent to at a time.
        var receivers: Int

        /// Others are waiting, or may come any moment.
        static let short = Turn(credits: 2_000, receivers: 8)
        /// Nobody else has said anything for a while.
        static let alone = Turn(credits: 20_000, receivers: 128)
        /// Protection is off.
        static let unlimited = Turn(credits: .max, receivers: .max)
    }

    /// Nanoseconds for which nobody else may have said anything for a connection to count as alone.
    private static let quietTime = 50_000_000

    /// A connection is being read from.
    @inline(__always)
    func noteActivity(of connection: Connection) {
        if connection !== lastToRest { lastOthers = now }
    }

    /// A connection has had its turn and goes on when others have had theirs.
    func takeRest(_ connection: Connection) {
        guard connection.closing == .open, !connection.brakes.contains(.turn) else { return }
        brake(connection, .turn)
        resting.append(connection)
        lastToRest = connection
        wake(at: now)
    }

    /// The loop has looked at its sockets.
    func endRests() {
        reviewTurns()
        let connections = resting
        resting = []
        for connection in connections { release(connection, .turn) }
    }

    /// Decides how long turns are.
    func reviewTurns() {
        let isAlone = now.nanoseconds(since: lastOthers) > Self.quietTime
        turn = gates.isProtecting ? (isAlone ? .alone : .short) : .unlimited
        if lastToRest?.closing == .closed { lastToRest = nil }
    }
}
