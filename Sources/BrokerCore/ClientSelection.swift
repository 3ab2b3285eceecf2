package import BrokerValues
import HeapModule
package import Introspection
import TopicIndex

/// The place of a client in an order: a number, and its identifier among clients with equal numbers.
package struct ClientPlace: Sendable, Equatable {
    /// Smaller comes first.
    package let rank: Int
    package let identifier: String

    /// A place.
    package init(rank: Int, identifier: String) {
        self.rank = rank
        self.identifier = identifier
    }

    /// Identifiers are compared by their bytes: Swift takes some for equal that are two clients.
    func isBefore(_ other: ClientPlace) -> Bool {
        if rank != other.rank { return rank < other.rank }
        let (left, right) = (identifier.utf8.span, other.identifier.utf8.span)
        let common = min(left.count, right.count)
        var index = 0
        while index < common, left[index] == right[index] { index += 1 }
        return index < common ? left[index] < right[index] : left.count < right.count
    }
}

/// The first clients of an order behind a place, gathered step by step from all shards; never more than asked for.
package struct ClientSelection: Sendable {
    /// One of them.
    package struct Candidate: Sendable, Comparable {
        package let place: ClientPlace
        package let shard: ShardIndex
        let slot: SessionSlot
        let generation: UInt32
        fileprivate let isReversed: Bool

        /// Who comes first in the order.
        package static func < (left: Self, right: Self) -> Bool {
            left.isReversed ? right.place.isBefore(left.place) : left.place.isBefore(right.place)
        }

        /// Whether both are in the same place.
        package static func == (left: Self, right: Self) -> Bool { !(left < right) && !(right < left) }
    }

    let order: ClientQuery.Order
    private let isReversed: Bool
    private let previous: ClientPlace?
    private let maximum: Int
    private var candidates = Heap<Candidate>()

    /// - Parameters:
    ///   - previous: only who comes behind this place is taken.
    ///   - maximum: how many are kept.
    package init(_ order: ClientQuery.Order, isReversed: Bool, behind previous: ClientPlace?, maximum: Int) {
        self.order = order
        self.isReversed = isReversed
        self.previous = previous
        self.maximum = maximum
    }

    /// Takes a session if it is among the first.
    mutating func offer(_ session: Session, rank: Int, shard: ShardIndex) {
        let isFull = candidates.count >= maximum
        // Most are turned away by their number alone.
        if isFull, let last = candidates.max?.place.rank, isReversed ? rank < last : rank > last { return }
        if let previous, isReversed ? rank > previous.rank : rank < previous.rank { return }
        let place = ClientPlace(rank: rank, identifier: session.client.name)
        if let previous {
            guard isReversed ? place.isBefore(previous) : previous.isBefore(place) else { return }
        }
        let candidate = Candidate(
            place: place, shard: shard, slot: session.slot, generation: session.generation, isReversed: isReversed)
        if isFull {
            guard let last = candidates.max, candidate < last else { return }
            candidates.replaceMax(with: candidate)
        } else {
            candidates.insert(candidate)
        }
    }

    /// Those that were found, in order.
    package func ordered() -> [Candidate] { candidates.unordered.sorted() }
}
