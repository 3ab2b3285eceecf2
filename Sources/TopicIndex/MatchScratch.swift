/// What a match gathers before it is joined into a ``MatchResult``. Kept from one match to the next, so that a match
/// allocates only its result.
struct MatchScratch {
    /// Elements that memory is kept for: one match of very many must not hold on to theirs.
    private static let keptCapacity = 1024

    /// The filters that match, by number.
    var filters: ContiguousArray<Int32> = []
    /// Their subscribers; a session once for each of its filters.
    var subscribers: ContiguousArray<Subscriber> = []
    /// Their shared groups.
    var groups: ContiguousArray<GroupNumber> = []

    /// Empties it for the next match.
    mutating func clear() {
        Self.clear(&filters)
        Self.clear(&subscribers)
        Self.clear(&groups)
    }

    @inline(__always)
    private static func clear<Element>(_ elements: inout ContiguousArray<Element>) {
        elements.removeAll(keepingCapacity: elements.capacity <= keptCapacity)
    }
}
