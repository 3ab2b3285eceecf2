import BrokerValues
import MQTTWire
import TopicIndex

/// Matching, subscribing and unsubscribing in an index of a million filters, see ``Fleet``.
enum IndexBenchmarks {
    /// The index; filled once, since that takes longer than all that is measured.
    private final class Filled {
        var index = SubscriptionIndex(seed: 0x5EED, cacheBytes: BrokerLimits().matchCacheBytes)
        lazy var fewTopics = TopicList(Fleet(kind: nil), count: 200)
        lazy var manyTopics = TopicList(Fleet(kind: nil), count: 40_000)

        func fill() {
            if index.filterCount > 0 { return }
            let fleet = Fleet(kind: nil)
            fleet.subscribeRegions(&index)
            fleet.subscribeDevices(&index)
        }
    }

    static func all() -> [Benchmark] {
        let filled = Filled()
        return [
            matchCached(filled), matchHot(filled), matchRandom(filled),
            subscribe("exact", "fleet/r17/new", filled), subscribe("plus", "fleet/r17/+/new", filled),
            subscribe("hash", "fleet/r17/new/#", filled),
        ]
    }

    /// Topics that the match cache knows.
    private static func matchCached(_ filled: Filled) -> Benchmark {
        Benchmark("index.match.cached", period: 200, resultOfPeriod: filled.fewTopics.matches) {
            filled.fill()
            return { operations in filled.fewTopics.sum(operations) { filled.index.match($0).result.matches.count } }
        }
    }

    /// The same topics again and again, each looked up in the tree: what it needs of the tree is in the CPU's caches.
    private static func matchHot(_ filled: Filled) -> Benchmark {
        Benchmark("index.match.tree-hot", period: 200, resultOfPeriod: filled.fewTopics.matches) {
            filled.fill()
            return { operations in filled.fewTopics.sum(operations) { filled.index.compute($0).matches.count } }
        }
    }

    /// So many topics that neither the match cache nor the caches of the CPU are of use.
    private static func matchRandom(_ filled: Filled) -> Benchmark {
        Benchmark("index.match.random", period: 40_000, resultOfPeriod: filled.manyTopics.matches) {
            filled.fill()
            return { operations in filled.manyTopics.sum(operations) { filled.index.match($0).result.matches.count } }
        }
    }

    /// A filter that nobody else has comes and goes.
    private static func subscribe(_ name: String, _ text: String, _ filled: Filled) -> Benchmark {
        Benchmark("index.subscribe-unsubscribe.\(name)", period: 200, resultOfPeriod: 400) {
            filled.fill()
            let filter = Array(text.utf8)
            let subscriber = Subscriber(slot: 7, options: SubscriptionOptions(qos: .atLeastOnce), identifier: 0)
            return { operations in
                filter.withByteView { filter in
                    var changes = 0
                    for _ in 0..<operations {
                        let change = filled.index.insert(filter, subscriber)
                        if change.changedInterest { changes &+= 1 }
                        if filled.index.remove(change.filter, subscriber.slot)?.changedInterest == true {
                            changes &+= 1
                        }
                    }
                    return changes
                }
            }
        }
    }
}
