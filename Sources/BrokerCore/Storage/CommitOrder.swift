package import BrokerValues

/// Which batches of several shards may be written, all of them together.
///
/// A message that a shard routes may have receivers on others. What the shard has changed for it, most of all that its
/// publisher need not send it again, and what the others have changed must become safe together: a crash in between would
/// lose the message for some of its receivers, or give it twice to them. So a batch says how much mail had been sent when
/// it was handed over and how much had been taken (``StorageBatch/sent``, ``StorageBatch/taken``), and what is safe of all
/// shards together is always a state in which all mail that was sent has been taken, and none that was not sent. Each
/// shard's batches are written in their order.
package struct CommitOrder {
    /// How much mail there was between the shards when the last batch of each that is safe was handed over.
    private struct Mail {
        var sent: [UInt64]
        var taken: [UInt64]
    }

    private var safe: [Mail]

    /// Nothing is safe yet.
    package init(shardCount: Int) {
        let none = [UInt64](repeating: 0, count: shardCount)
        safe = Array(repeating: Mail(sent: none, taken: none), count: shardCount)
    }

    /// How many of each shard's batches may be written now, all of them together.
    ///
    /// - Parameter waiting: the batches of each shard in their order.
    package func writable<Batches: RandomAccessCollection<StorageBatch>>(_ waiting: [Batches]) -> [Int] {
        var counts = waiting.map(\.count)
        if safe.count == 1 { return counts }
        var isSettled = false
        // Each round but the last makes a count smaller, so it ends.
        while !isSettled {
            isSettled = true
            let mail = waiting.indices.map { shard in
                waiting[shard].prefix(counts[shard]).last.map { Mail(sent: $0.sent, taken: $0.taken) } ?? safe[shard]
            }
            for shard in waiting.indices {
                let allowed = waiting[shard].prefix(counts[shard]).prefix { batch in
                    mail.indices.allSatisfy { other in
                        mail[other].taken[shard] >= batch.sent[other] && mail[other].sent[shard] >= batch.taken[other]
                    }
                }.count
                if allowed < counts[shard] {
                    counts[shard] = allowed
                    isSettled = false
                }
            }
        }
        return counts
    }

    /// A batch is safe.
    package mutating func wasWritten(_ batch: StorageBatch, of shard: ShardIndex) {
        if safe.count > 1 { safe[shard.rawValue] = Mail(sent: batch.sent, taken: batch.taken) }
    }
}
