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
    }

    /// Joins raw subscriptions into matches.
    ///
    /// - Parameter filters: how many filters they come from; subscriptions of one filter are of different sessions.
    init(joining raw: ContiguousArray<Subscriber>, filters: Int, groups: ContiguousArray<GroupNumber>) {
        self.groups = groups
        matches.reserveCapacity(raw.count)
        let ordered = filters > 1 ? ContiguousArray(raw.sorted { $0.slot < $1.slot }) : raw
        var index = 0
        while index < ordered.count {
            var end = index + 1
            if filters > 1 { while end < ordered.count, ordered[end].slot == ordered[index].slot { end += 1 } }
            append(ordered[index..<end])
            index = end
        }
    }

    private mutating func append(_ joined: ContiguousArray<Subscriber>.SubSequence) {
        guard let first = joined.first else { return }
        var match = Match(
            slot: first.slot, qos: first.qos, retainAsPublished: first.retainAsPublished, hasNoLocal: first.noLocal,
            detail: 0..<0)
        var needsDetail = first.identifier != 0 || first.noLocal
        for subscriber in joined.dropFirst() {
            match.qos = max(match.qos, subscriber.qos)
            match.retainAsPublished = match.retainAsPublished || subscriber.retainAsPublished
            match.hasNoLocal = match.hasNoLocal || subscriber.noLocal
            needsDetail = needsDetail || subscriber.identifier != 0 || subscriber.noLocal
        }
        if needsDetail {
            let start = Int32(subscriptions.count)
            subscriptions.append(contentsOf: joined)
            match.detail = start..<Int32(subscriptions.count)
        }
        matches.append(match)
    }
}
