import BrokerCore
import BrokerValues
import RandomKit
import Testing

/// Which batches of several shards may be written, against a search through all possibilities.
@Suite("Commit order")
struct CommitOrderTests {
    /// What shards do in a random order: send mail to each other, take it, and hand batches over.
    private struct History {
        var batches: [[StorageBatch]]
        private var sent: [[UInt64]]
        private var taken: [[UInt64]]

        init(_ random: inout SeededGenerator, shardCount: Int, steps: Int) {
            batches = Array(repeating: [], count: shardCount)
            sent = Array(repeating: Array(repeating: 0, count: shardCount), count: shardCount)
            taken = sent
            for _ in 0..<steps {
                let (shard, other) = (random.below(shardCount), random.below(shardCount))
                switch random.below(3) {
                case 0: if other != shard { sent[shard][other] += 1 }
                case 1: if sent[other][shard] > taken[shard][other] { taken[shard][other] += 1 }
                default: handOver(shard)
                }
            }
        }

        private mutating func handOver(_ shard: Int) {
            var batch = StorageBatch(number: UInt64(batches[shard].count + 1))
            batch.sent = sent[shard]
            batch.taken = taken[shard]
            batches[shard].append(batch)
        }

        /// Whether these batches of each shard together hold both sides of all mail, or neither.
        func isConsistent(_ counts: [Int]) -> Bool {
            let none = [UInt64](repeating: 0, count: counts.count)
            let last = counts.enumerated().map { shard, count in count > 0 ? batches[shard][count - 1] : nil }
            return counts.indices.allSatisfy { sender in
                counts.indices.allSatisfy { receiver in
                    (last[sender]?.sent ?? none)[receiver] == (last[receiver]?.taken ?? none)[sender]
                }
            }
        }

        /// All choices of that many batches of each shard.
        var choices: [[Int]] {
            batches.reduce([[]]) { choices, batches in
                choices.flatMap { choice in (0...batches.count).map { choice + [$0] } }
            }
        }
    }

    @Test("What may be written is consistent, and no consistent choice has more of any shard", arguments: Seeds.all)
    func isMaximal(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var written = 0
        for _ in 0..<300 {
            let shardCount = 2 + random.below(3)
            let history = History(&random, shardCount: shardCount, steps: 8 + random.below(16))
            var order = CommitOrder(shardCount: shardCount)
            var start = Array(repeating: 0, count: shardCount)
            let consistent = history.choices.filter(history.isConsistent)
            // Some of it becomes safe first, so that the rest begins in the middle.
            if random.chance(50), let first = random.pick(consistent) {
                for (shard, count) in first.enumerated() {
                    for batch in history.batches[shard].prefix(count) {
                        order.wasWritten(batch, of: ShardIndex(shard))
                    }
                }
                start = first
            }
            let counts = order.writable(history.batches.indices.map { history.batches[$0].dropFirst(start[$0]) })
            let all = zip(start, counts).map { $0 + $1 }
            #expect(history.isConsistent(all), "seed \(seed)")
            for choice in consistent where zip(choice, start).allSatisfy({ $0 >= $1 }) {
                #expect(zip(all, choice).allSatisfy { $0 >= $1 }, "seed \(seed): \(all) without \(choice)")
            }
            written += counts.reduce(0, +)
        }
        #expect(written > 0)
    }

    @Test("With one shard everything may be written")
    func oneShard() {
        let batches = [StorageBatch(number: 1), StorageBatch(number: 2)]
        #expect(CommitOrder(shardCount: 1).writable([batches]) == [2])
    }
}
