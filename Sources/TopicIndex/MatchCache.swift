import MQTTWire

/// What one topic matches, as the cache keeps it. Never changed once made.
package final class MatchEntry {
    package let result: MatchResult
    fileprivate let topic: [UInt8]
    fileprivate let hash: UInt64
    fileprivate let bucket: Int
    fileprivate let bucketGeneration: UInt32
    fileprivate let wildcardGeneration: UInt32
    fileprivate let bytes: Int

    fileprivate init(topic: ByteView, hash: UInt64, result: MatchResult, bucket: Int, generations: (UInt32, UInt32)) {
        self.topic = topic.bytes
        self.hash = hash
        self.result = result
        self.bucket = bucket
        bucketGeneration = generations.0
        wildcardGeneration = generations.1
        bytes = 160 + topic.count + result.memoryBytes
    }
}

/// Topic to what it matches: most fleets publish to few topics again and again.
///
/// A table of two-way sets, so finding is two comparisons at most and the newest entry pushes out the older of its set.
/// Bounded in bytes: at the limit the whole cache is emptied, which costs less than keeping an order of use for every
/// message. An entry carries the generation of the bucket of its first level; filters that begin with a wildcard share
/// one generation. So a connect storm in `house/...` does not empty what is cached for `car/...`.
package struct MatchCache {
    private static let setCount = 4096
    private static let bucketCount = 256

    private let seed: UInt64
    private var maximumBytes: Int
    private var table: ContiguousArray<MatchEntry?> = []
    private var bucketGenerations = ContiguousArray<UInt32>(repeating: 0, count: bucketCount)
    private var wildcardGeneration: UInt32 = 0
    /// Bytes of all entries.
    package private(set) var bytes = 0
    /// Entries.
    package private(set) var count = 0
    package private(set) var hits: UInt64 = 0
    package private(set) var misses: UInt64 = 0

    /// An empty cache; its table is made with the first entry.
    package init(seed: UInt64, maximumBytes: Int) {
        self.seed = seed
        self.maximumBytes = maximumBytes
    }

    @inline(__always)
    func hash(_ topic: ByteView) -> UInt64 { topic.hash(seed: seed) }

    @inline(__always)
    mutating func find(_ topic: ByteView, hash: UInt64) -> MatchEntry? {
        if table.isEmpty { return nil }
        let set = Int(truncatingIfNeeded: hash) & (Self.setCount &- 1)
        for way in 0..<2 {
            guard let entry = table[set &* 2 &+ way], entry.hash == hash else { continue }
            guard entry.wildcardGeneration == wildcardGeneration,
                bucketGenerations[entry.bucket] == entry.bucketGeneration,
                entry.topic.withByteView({ $0.elementsEqual(topic) })
            else { continue }
            hits &+= 1
            return entry
        }
        return nil
    }

    mutating func insert(_ topic: ByteView, hash: UInt64, result: MatchResult) -> MatchEntry {
        misses &+= 1
        let bucket = Self.bucket(of: topic, seed: seed)
        let entry = MatchEntry(
            topic: topic, hash: hash, result: result, bucket: bucket,
            generations: (bucketGenerations[bucket], wildcardGeneration))
        // An entry that would take a good part of the cache is not worth what it pushes out.
        if entry.bytes > maximumBytes / 8 { return entry }
        if bytes + entry.bytes > maximumBytes { removeAll() }
        if table.isEmpty { table = ContiguousArray(repeating: nil, count: Self.setCount * 2) }
        let set = Int(truncatingIfNeeded: hash) & (Self.setCount - 1)
        if let old = table[set * 2 + 1] { bytes -= old.bytes } else { count += 1 }
        table[set * 2 + 1] = table[set * 2]
        table[set * 2] = entry
        bytes += entry.bytes
        return entry
    }

    /// Forgets what `filter` may have matched.
    mutating func invalidate(_ filter: ByteView) {
        if filter.count > 0, filter[0] == UInt8(ascii: "+") || filter[0] == UInt8(ascii: "#") {
            wildcardGeneration &+= 1
        } else {
            bucketGenerations[Self.bucket(of: filter, seed: seed)] &+= 1
        }
    }

    /// A new limit; a cache that is above it is emptied.
    package mutating func setMaximumBytes(_ maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        if bytes > maximumBytes { removeAll() }
    }

    /// Forgets everything.
    package mutating func removeAll() {
        for index in table.indices { table[index] = nil }
        bytes = 0
        count = 0
    }

    private static func bucket(of topic: ByteView, seed: UInt64) -> Int {
        var end = 0
        while end < topic.count, topic[end] != UInt8(ascii: "/") { end += 1 }
        return Int(truncatingIfNeeded: topic.slice(0, end).hash(seed: seed)) & (bucketCount - 1)
    }
}
