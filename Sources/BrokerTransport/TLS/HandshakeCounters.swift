import BrokerValues
import Synchronization

/// How the handshakes of a listener have ended, and when that was last logged. Used on all event loops.
final class HandshakeCounters: Sendable {
    private struct State {
        var counts = [Int](repeating: 0, count: HandshakeOutcome.allCases.count)
        /// When each outcome was logged, in nanoseconds of the monotonic clock, and how many were not since then.
        var logged = [UInt64?](repeating: nil, count: HandshakeOutcome.allCases.count)
        var leftOut = [Int](repeating: 0, count: HandshakeOutcome.allCases.count)
    }

    /// Whoever can reach the port can make such lines.
    private static let pause: UInt64 = 10_000_000_000

    private let state = Mutex(State())

    /// Counts one.
    ///
    /// - Returns: how many of its kind were not logged since the last one that was; nil if this one is not to be logged.
    @discardableResult
    func add(_ outcome: HandshakeOutcome, now: Instant) -> Int? {
        state.withLock { state in
            let index = outcome.index
            state.counts[index] += 1
            if let last = state.logged[index], now.nanoseconds < last &+ Self.pause {
                state.leftOut[index] += 1
                return nil
            }
            state.logged[index] = now.nanoseconds
            defer { state.leftOut[index] = 0 }
            return state.leftOut[index]
        }
    }

    /// How many have ended so.
    subscript(outcome: HandshakeOutcome) -> Int { state.withLock { $0.counts[outcome.index] } }
}
