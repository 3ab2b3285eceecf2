import BrokerCore
import Introspection

/// Where a page begins, as a text that a client of the broker keeps in between. Any text may come back.
enum QueryCursor: Equatable {
    /// A slot, or the position of a retained message, of a shard.
    case walk(shard: Int, position: Int)
    /// Behind a place in an order.
    case behind(ClientPlace, ClientQuery.Order, isReversed: Bool)
    /// Positions of a client's subscriptions.
    case subscriptions(Shard.SubscriptionPlace)

    var text: String {
        switch self {
        case .walk(let shard, let position): "walk:\(shard):\(position)"
        case .behind(let place, let order, let isReversed):
            "\(order.rawValue):\(isReversed ? "down" : "up"):\(place.rank):\(place.identifier)"
        case .subscriptions(.own(let position)): "own:\(position)"
        case .subscriptions(.shared(let position)): "shared:\(position)"
        }
    }

    /// - Throws: if it is no text that was made here.
    init(_ text: String) throws(QueryFailure) {
        guard let cursor = Self.parse(text) else { throw Self.senseless }
        self = cursor
    }

    static var senseless: QueryFailure { QueryFailure("the cursor is not one that came with a page of this question") }

    private static func parse(_ text: String) -> QueryCursor? {
        // Bytes, not characters: an identifier may begin with an accent, which would make one character with the colon.
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        switch (parts.first ?? "", parts.count) {
        case ("walk", 3):
            guard let shard = count(parts[1]), let position = count(parts[2]) else { return nil }
            return .walk(shard: shard, position: position)
        case ("own", 2): return count(parts[1]).map { .subscriptions(.own($0)) }
        case ("shared", 2): return count(parts[1]).map { .subscriptions(.shared($0)) }
        case (let name, 4):
            guard let order = ClientQuery.Order(rawValue: name), ["up", "down"].contains(parts[1]),
                let rank = Int(parts[2])
            else { return nil }
            let place = ClientPlace(rank: rank, identifier: parts[3])
            return .behind(place, order, isReversed: parts[1] == "down")
        default: return nil
        }
    }

    private static func count(_ text: String) -> Int? { Int(text).flatMap { $0 >= 0 ? $0 : nil } }
}
