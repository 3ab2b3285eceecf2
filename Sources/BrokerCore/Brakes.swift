import BrokerValues
import StressModel

/// Why one connection is not read from, beside answers that it waits for. Each that is on counts as one open request.
struct Brakes: OptionSet {
    let rawValue: UInt8

    /// It has no credits left.
    static let credits = Brakes(rawValue: 1)
    /// It has reached its own limit on bytes a second.
    static let clientRate = Brakes(rawValue: 2)
    /// Its CONNECT waits for the rate at which clients are let in.
    static let connectRate = Brakes(rawValue: 4)
    /// It has kept the event loop for long enough at a stretch.
    static let turn = Brakes(rawValue: 8)
}

/// Limits on the bytes of one client a second, see ``ClientRestrictions``. Most clients have none.
final class ClientMeters {
    /// Time that a limit lets a pause be made up for.
    private static let burst = 0.1
    /// Nanoseconds between two sends to a client whose limit is reached.
    static let pace: Int64 = 20_000_000
    /// Nanoseconds that it waits for at most before it is looked at again.
    static let longestWait: Int64 = 60_000_000_000

    let incoming = RateGate()
    let outgoing = RateGate()

    /// Sets both limits.
    func apply(_ restrictions: ClientRestrictions, now: Instant) {
        for (gate, rate) in [
            (incoming, restrictions.incomingBytesPerSecond), (outgoing, restrictions.outgoingBytesPerSecond),
        ] {
            let rate = rate.map { Double($0) }
            gate.setLimit(perSecond: rate, burst: (rate ?? 0) * Self.burst, at: now)
        }
    }
}

/// Something that happens to a connection at an instant, or at a value of the running sum of credits.
struct Waiting<Key: Comparable>: Comparable {
    let key: Key
    let connection: Connection

    static func < (left: Self, right: Self) -> Bool { left.key < right.key }
    static func == (left: Self, right: Self) -> Bool { left.key == right.key }
}
