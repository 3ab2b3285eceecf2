package import MQTTWire

/// Names a shared group within a shard.
package typealias GroupNumber = UInt32

/// All subscriptions of one shard: filter to sessions, and topic to the sessions that it goes to.
///
/// Every filter is kept once as text (``ByteStrings``). A filter without wildcards is found by one hash lookup of the
/// topic; the others stand in a ``FilterTrie``. What a topic matches is remembered in a ``MatchCache``.
package struct SubscriptionIndex {
    private struct Entry {
        var subscribers = SubscriberList()
        /// Node in the trie for a filter with wildcards, -1 for one without, -2 for an entry not in use.
        var node: Int32 = -2
    }

    private var filters: ByteStrings
    private var entries: ContiguousArray<Entry> = []
    private var trie: FilterTrie
    /// Filter numbers by trie node.
    private var filterAtNode: ContiguousArray<Int32> = []
    package private(set) var subscriptionCount = 0
    /// What other shards want.
    package var interest: InterestTable
    package var cache: MatchCache
    private var scratch = MatchScratch()

    /// - Parameters:
    ///   - seed: secret of the process; peers choose topics and filters.
    ///   - cacheBytes: limit of the match cache.
    package init(seed: UInt64, cacheBytes: Int) {
        filters = ByteStrings(seed: seed)
        trie = FilterTrie(seed: seed)
        interest = InterestTable(seed: seed)
        cache = MatchCache(seed: seed, maximumBytes: cacheBytes)
    }

    /// Distinct filters.
    package var filterCount: Int { filters.count }

    /// What a change did.
    package struct Change {
        /// Number of the filter, by which the session remembers its subscription.
        package let filter: Int32
        /// Whether the session had no subscription to this filter before.
        package let isNew: Bool
        /// Whether this shard had no interest in the filter before (after a removal: has none any more).
        package let changedInterest: Bool
    }

    /// Adds or replaces a session's subscription to a valid filter [MQTT5-3.8.4-3].
    package mutating func insert(_ filter: ByteView, _ subscriber: Subscriber) -> Change {
        let (number, isNewFilter) = retain(filter)
        let isNew = entries[Int(number)].subscribers.set(subscriber)
        if isNew { subscriptionCount += 1 } else { filters.release(number) }
        cache.invalidate(filter)
        return Change(filter: number, isNew: isNew, changedInterest: isNewFilter)
    }

    /// Removes a session's subscription by the filter's number. Returns nil if there is none.
    package mutating func remove(_ number: Int32, _ slot: SessionSlot) -> Change? {
        guard entries[Int(number)].subscribers.remove(slot) else { return nil }
        subscriptionCount -= 1
        return Change(filter: number, isNew: false, changedInterest: release(number))
    }

    /// The number of a filter that somebody subscribes to.
    package func number(of filter: ByteView) -> Int32? { filters.find(filter) }

    /// The text of a filter that somebody subscribes to.
    package func text(of number: Int32) -> [UInt8] { filters.bytes(number) }

    /// Whether a filter that somebody subscribes to has wildcards.
    package func hasWildcard(_ number: Int32) -> Bool { entries[Int(number)].node >= 0 }

    /// Adds a shared group to a filter. The group's members are the caller's.
    package mutating func insertGroup(_ filter: ByteView, _ group: GroupNumber) -> Change {
        let (number, isNewFilter) = retain(filter)
        entries[Int(number)].subscribers.addGroup(group)
        cache.invalidate(filter)
        return Change(filter: number, isNew: true, changedInterest: isNewFilter)
    }

    /// Removes a shared group from a filter.
    package mutating func removeGroup(_ number: Int32, _ group: GroupNumber) -> Change {
        entries[Int(number)].subscribers.removeGroup(group)
        return Change(filter: number, isNew: false, changedInterest: release(number))
    }

    private mutating func retain(_ filter: ByteView) -> (number: Int32, isNew: Bool) {
        let number = filters.insert(filter)
        while entries.count < filters.capacity { entries.append(Entry()) }
        guard entries[Int(number)].node == -2 else { return (number, false) }
        if TopicSyntax.hasWildcard(filter) {
            let node = trie.insert(filter)
            entries[Int(number)].node = node
            while filterAtNode.count < trie.capacity { filterAtNode.append(-1) }
            filterAtNode[Int(node)] = number
        } else {
            entries[Int(number)].node = -1
        }
        return (number, true)
    }

    /// Returns whether the filter is gone.
    private mutating func release(_ number: Int32) -> Bool {
        // The bytes are needed to find the cache entries, and are gone after the last release.
        filters.withBytes(number) { cache.invalidate($0) }
        guard filters.release(number) else { return false }
        let node = entries[Int(number)].node
        if node >= 0 { trie.remove(at: node) }
        entries[Int(number)] = Entry()
        return true
    }

    /// What `topic`, a valid topic name, matches; from the cache if it is there.
    @inline(__always)
    package mutating func match(_ topic: ByteView) -> MatchEntry {
        let hash = cache.hash(topic)
        if let entry = cache.find(topic, hash: hash) { return entry }
        return matchAndCache(topic, hash: hash)
    }

    /// What `topic` matches if the cache knows it. A topic that was never looked up as a valid name is not there.
    @inline(__always)
    package mutating func cached(_ topic: ByteView) -> MatchEntry? { cache.find(topic, hash: cache.hash(topic)) }

    private mutating func matchAndCache(_ topic: ByteView, hash: UInt64) -> MatchEntry {
        var result = compute(topic)
        result.remoteShards = interest.shards(for: topic)
        return cache.insert(topic, hash: hash, result: result)
    }

    /// What `topic` matches in this shard, without the cache.
    package mutating func compute(_ topic: ByteView) -> MatchResult {
        scratch.clear()
        if let number = filters.find(topic) { scratch.filters.append(number) }
        trie.match(topic) { scratch.filters.append(filterAtNode[Int($0)]) }
        for number in scratch.filters {
            entries[Int(number)].subscribers.forEach { scratch.subscribers.append($0) }
            entries[Int(number)].subscribers.forEachGroup { scratch.groups.append($0) }
        }
        return MatchResult(joining: &scratch)
    }

    // MARK: - For operators

    /// The numbers of all filters that match a valid topic name.
    package mutating func filters(matching topic: ByteView) -> [Int32] {
        var result: [Int32] = []
        if let number = filters.find(topic), entries[Int(number)].node == -1 { result.append(number) }
        trie.match(topic) { result.append(filterAtNode[Int($0)]) }
        return result
    }

    /// How many sessions subscribe to a filter, groups not counted.
    package func subscriberCount(of number: Int32) -> Int { entries[Int(number)].subscribers.count }

    /// The shared groups of a filter.
    package func groups(of number: Int32) -> [GroupNumber] {
        var result: [GroupNumber] = []
        entries[Int(number)].subscribers.forEachGroup { result.append($0) }
        return result
    }

    /// Hands at most `count` subscribers of a filter to `visit`, from a position on.
    ///
    /// - Returns: the position to go on at; nil if there are no more.
    package func subscribers(
        of number: Int32, from position: Int, count: Int, _ visit: (Subscriber) -> Void
    ) -> Int? {
        entries[Int(number)].subscribers.forEach(from: position, count: count, visit)
    }

    /// The other shards changed their mind about `filter`.
    package mutating func setInterest(_ filter: ByteView, shard: Int, isInterested: Bool) {
        interest.set(filter, shard: shard, isInterested: isInterested)
        cache.invalidate(filter)
    }
}
