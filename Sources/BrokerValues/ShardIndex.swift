/// The number of a shard: one shard runs on each event loop and owns the sessions that are online there.
package struct ShardIndex: Sendable, Hashable, Comparable {
    /// 0 for the first shard.
    package let rawValue: Int

    /// The shard with this number.
    package init(_ rawValue: Int) { self.rawValue = rawValue }

    /// By number.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Sets of shards are bit masks of this many bits, so a broker has at most this many event loops.
    package static let maximumCount = 64
}
