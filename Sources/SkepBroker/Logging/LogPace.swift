import BrokerValues
import NIOCore

/// Lets a few lines of each kind through in a while, and counts the others: what limits do comes in floods, and so does
/// what hostile clients do.
struct LogPace: Sendable {
    enum Kind: Hashable {
        case slowed(PauseCause)
        case nearConnectionLimit
        /// A CONNECT was refused with this reason code.
        case refused(UInt8)
        /// A connection ended for this cause, by name.
        case gone(String)
        case subscriptionsRefused

        /// Lines in one ``LogPace/interval``. Who is refused or thrown out is told one by one, until there are too many
        /// to read.
        var most: Int {
            switch self {
            case .slowed, .nearConnectionLimit: 1
            case .refused, .gone, .subscriptionsRefused: 50
            }
        }
    }

    /// Nanoseconds within which only so many lines of one kind are let through.
    static let interval = TimeAmount.seconds(10)

    private struct Span {
        var start: NIODeadline
        var logged = 1
        var leftOut = 0
    }

    private var spans: [Kind: Span] = [:]

    /// How many lines of the kind were left out before this one; nil if this one is to be left out as well.
    mutating func mayLog(_ kind: Kind, now: NIODeadline) -> Int? {
        guard var span = spans[kind], now - span.start < Self.interval else {
            let leftOut = spans[kind]?.leftOut ?? 0
            spans[kind] = Span(start: now)
            return leftOut
        }
        let isLogged = span.logged < kind.most
        if isLogged { span.logged += 1 } else { span.leftOut += 1 }
        spans[kind] = span
        return isLogged ? 0 : nil
    }
}
