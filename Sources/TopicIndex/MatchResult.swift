package import BrokerValues

/// One session that a message goes to: its overlapping subscriptions are joined into one delivery at the highest QoS
/// [MQTT5-3.3.4-2].
package struct Match: Sendable {
    package let slot: SessionSlot
    /// Highest QoS of the matching subscriptions.
    package fileprivate(set) var qos: QualityOfService
    /// Retain As Published of any of them. The standard leaves a joint copy open; a client that asked for the flag on
    /// one of its subscriptions can tell the difference, so it is kept.
    package fileprivate(set) var retainAsPublished: Bool
    /// Whether any of them has No Local, so that the publisher itself must be looked at closer.
    package fileprivate(set) var hasNoLocal: Bool
    /// Range of ``MatchResult/subscriptions`` that this match joins, if it joins several, has identifiers or No Local;
    /// empty otherwise.
    package fileprivate(set) var detail: Range<Int32>
}

/// Everything that a topic matches in one shard.
package struct MatchResult: Sendable {
    /// At most one for each session.
    package fileprivate(set) var matches: ContiguousArray<Match> = []
    /// The single subscriptions behind the matches that need them.
    package fileprivate(set) var subscriptions: ContiguousArray<Subscriber> = []
    /// Beside each of ``subscriptions``: where a match begins the identifiers of all that it joins, and at its second one
    /// those without the ones that have No Local. So all messages to a receiver share one array of them.
    private var identifiers: ContiguousArray<[UInt32]> = []
    /// Bytes of all ``identifiers``.
    private var identifierBytes = 0
    /// Shared groups with a matching filter: each gets its own copy.
    package fileprivate(set) var groups: ContiguousArray<GroupNumber> = []
    /// Other shards with interest in the topic, one bit each.
    package var remoteShards: UInt64 = 0

    /// Nobody.
    package init() {}

    /// Whether nobody wants the topic.
    package var isEmpty: Bool { matches.isEmpty && groups.isEmpty && remoteShards == 0 }

    /// Bytes of memory, for the bound of the cache.
    package var memoryBytes: Int {
        matches.count * MemoryLayout<Match>.stride + subscriptions.count * MemoryLayout<Subscriber>.stride
            + groups.count * MemoryLayout<GroupNumber>.stride
            + identifiers.count * MemoryLayout<[UInt32]>.stride + identifierBytes
    }

    /// The identifiers of the subscriptions that a match joins, in no order [MQTT5-3.3.4-4]; nil if there are none.
    ///
    /// - Parameter isOwn: whether subscriptions with No Local do not count.
    package func identifiers(of match: Match, isOwn: Bool) -> [UInt32]? {
        if match.detail.isEmpty { return nil }
        let start = Int(match.detail.lowerBound)
        let isReduced = isOwn && match.hasNoLocal
        if isReduced, match.detail.count == 1 { return nil }
        let joined = identifiers[isReduced ? start + 1 : start]
        return joined.isEmpty ? nil : joined
    }

    /// Joins what was gathered into matches; puts it in order for that.
    init(joining scratch: inout MatchScratch) {
        groups.append(contentsOf: scratch.groups)
        matches.reserveCapacity(scratch.subscribers.count)
        // Subscriptions of one filter are of different sessions.
        let mayOverlap = scratch.filters.count > 1
        if mayOverlap { scratch.subscribers.sort { $0.slot < $1.slot } }
        var index = 0
        while index < scratch.subscribers.count {
            let first = scratch.subscribers[index]
            var end = index + 1
            while mayOverlap, end < scratch.subscribers.count, scratch.subscribers[end].slot == first.slot { end += 1 }
            append(scratch.subscribers, index..<end, first)
            index = end
        }
    }

    @inline(__always)
    private mutating func append(_ all: ContiguousArray<Subscriber>, _ range: Range<Int>, _ first: Subscriber) {
        let match = Match(
            slot: first.slot, qos: first.qos, retainAsPublished: first.retainAsPublished, hasNoLocal: first.noLocal,
            detail: 0..<0)
        if range.count == 1, first.identifier == 0, !first.noLocal {
            matches.append(match)
        } else {
            append(match, joining: all[range])
        }
    }

    private mutating func append(_ first: Match, joining joined: ContiguousArray<Subscriber>.SubSequence) {
        var match = first
        var needsDetail = false
        for subscriber in joined {
            match.qos = max(match.qos, subscriber.qos)
            match.retainAsPublished = match.retainAsPublished || subscriber.retainAsPublished
            match.hasNoLocal = match.hasNoLocal || subscriber.noLocal
            needsDetail = needsDetail || subscriber.identifier != 0 || subscriber.noLocal
        }
        if needsDetail {
            let start = Int32(subscriptions.count)
            subscriptions.append(contentsOf: joined)
            match.detail = start..<Int32(subscriptions.count)
            appendIdentifiers(joined, hasNoLocal: match.hasNoLocal)
        }
        matches.append(match)
    }

    private mutating func appendIdentifiers(
        _ joined: ContiguousArray<Subscriber>.SubSequence, hasNoLocal: Bool
    ) {
        let all = joined.filter { $0.identifier != 0 }
        identifiers.append(all.map(\.identifier))
        if joined.count > 1 { identifiers.append(hasNoLocal ? all.filter { !$0.noLocal }.map(\.identifier) : []) }
        for _ in joined.dropFirst(2) { identifiers.append([]) }
        let entry = 32 + MemoryLayout<UInt32>.stride * all.count
        identifierBytes += all.isEmpty ? 0 : hasNoLocal ? 2 * entry : entry
    }
}
