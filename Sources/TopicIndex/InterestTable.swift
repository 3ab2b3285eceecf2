package import MQTTWire

/// Which other shards (one level up: nodes) have subscribers for a filter.
///
/// Filters without wildcards are kept as 64-bit fingerprints only: a false hit sends a shard a message that it finds no
/// subscriber for, which is harmless. Filters with wildcards stand in a trie.
package struct InterestTable {
    private let seed: UInt64
    private var exact: [UInt64: UInt64] = [:]
    private var trie: FilterTrie
    private var nodes: ContiguousArray<UInt64> = []

    /// No interest. The seed is a secret of the process; peers choose topics and filters.
    package init(seed: UInt64) {
        self.seed = seed
        trie = FilterTrie(seed: seed)
    }

    package var isEmpty: Bool { exact.isEmpty && trie.isEmpty }

    /// Notes that a shard has (or has no more) subscribers for a valid filter. Saying the same again changes nothing.
    package mutating func set(_ filter: ByteView, shard: Int, isInterested: Bool) {
        let bit = UInt64(1) << UInt64(shard)
        guard TopicSyntax.hasWildcard(filter) else {
            let fingerprint = filter.hash(seed: seed)
            let old = exact[fingerprint] ?? 0
            let new = isInterested ? old | bit : old & ~bit
            exact[fingerprint] = new == 0 ? nil : new
            return
        }
        let node = trie.insert(filter)
        while nodes.count < trie.capacity { nodes.append(0) }
        let old = nodes[Int(node)]
        let new = isInterested ? old | bit : old & ~bit
        nodes[Int(node)] = new
        // The trie counts one end for each filter that has any interest; the insert above added one more.
        if old != 0 || new == 0 { trie.remove(at: node) }
        if old != 0, new == 0 { trie.remove(at: node) }
    }

    /// The shards that want `topic`.
    package mutating func shards(for topic: ByteView) -> UInt64 {
        if isEmpty { return 0 }
        var result = exact[topic.hash(seed: seed)] ?? 0
        var found: ContiguousArray<Int32> = []
        trie.match(topic) { found.append($0) }
        for node in found { result |= nodes[Int(node)] }
        return result
    }
}
