import BrokerValues
import NIOCore

/// Lets one line of each kind through in a while, and counts the others: what limits do comes in floods.
struct LogPace: Sendable {
    enum Kind: Hashable {
        case slowed(PauseCause)
        case nearConnectionLimit
    }

    /// Between two lines of one kind.
    static let interval = TimeAmount.seconds(10)

    private var last: [Kind: (time: NIODeadline, leftOut: Int)] = [:]

    /// How many lines of the kind were left out before this one; nil if this one is to be left out as well.
    mutating func mayLog(_ kind: Kind, now: NIODeadline) -> Int? {
        if let (time, leftOut) = last[kind], now - time < Self.interval {
            last[kind] = (time, leftOut + 1)
            return nil
        }
        defer { last[kind] = (now, 0) }
        return last[kind]?.leftOut ?? 0
    }
}
