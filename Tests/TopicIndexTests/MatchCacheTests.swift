import BrokerValues
import MQTTWire
import Testing
import TopicIndex

@Suite("Cache of matches")
struct MatchCacheTests {
    private static let filters = ["a/b", "a/+", "a/#", "+/b", "#", "+/+", "a/b/#"]

    /// An index whose cache knows what `a/b` matches, with one subscription behind it.
    private func warm() -> SubscriptionIndex {
        var index = SubscriptionIndex()
        index.add("a/b", Subscriber(100))
        _ = index.result("a/b")
        return index
    }

    private func isCached(_ topic: String, _ index: inout SubscriptionIndex) -> Bool {
        topic.view { index.cached($0) } != nil
    }

    @Test("A topic that was looked up is known to the cache, and one that was not is not")
    func known() {
        var index = warm()
        #expect(isCached("a/b", &index) == true)
        #expect(isCached("a/c", &index) == false)
        let hits = index.cache.hits
        #expect(index.slots("a/b") == [100])
        #expect(index.cache.hits == hits + 1)
    }

    @Test("A new subscription is seen by a cached topic at once", arguments: filters)
    func insert(filter: String) {
        var index = warm()
        index.add(filter, Subscriber(5))
        #expect(index.slots("a/b") == [5, 100])
    }

    @Test("A replaced subscription is seen by a cached topic at once", arguments: filters)
    func replace(filter: String) {
        var index = warm()
        index.add(filter, Subscriber(5, qos: .atMostOnce))
        #expect(index.result("a/b").matches.contains { $0.slot == 5 && $0.qos == .atMostOnce })
        index.add(filter, Subscriber(5, qos: .exactlyOnce))
        #expect(index.result("a/b").matches.contains { $0.slot == 5 && $0.qos == .exactlyOnce })
    }

    @Test("A removed subscription is gone for a cached topic at once", arguments: filters)
    func remove(filter: String) {
        var index = warm()
        index.add(filter, Subscriber(5))
        index.add(filter, Subscriber(6))
        #expect(index.slots("a/b") == [5, 6, 100])
        index.drop(filter, 5)
        #expect(index.slots("a/b") == [6, 100])
        index.drop(filter, 6)
        #expect(index.slots("a/b") == [100])
    }

    @Test("A shared group that comes or goes is seen by a cached topic at once", arguments: filters)
    func groups(filter: String) {
        var index = warm()
        let change = filter.view { index.insertGroup($0, 9) }
        #expect(Array(index.result("a/b").groups) == [9])
        _ = index.removeGroup(change.filter, 9)
        #expect(index.result("a/b").groups.isEmpty == true)
    }

    @Test("Another shard's interest that comes or goes is seen by a cached topic at once", arguments: filters)
    func interest(filter: String) {
        var index = warm()
        filter.view { index.setInterest($0, shard: 3, isInterested: true) }
        #expect(index.result("a/b").remoteShards == 8)
        filter.view { index.setInterest($0, shard: 3, isInterested: false) }
        #expect(index.result("a/b").remoteShards == 0)
    }

    @Test("A subscription under one first level leaves nearly all other topics in the cache")
    func buckets() {
        var index = SubscriptionIndex()
        let topics = (0..<64).map { "level\($0)/x" }
        for topic in topics { _ = index.result(topic) }
        index.add("another/x", Subscriber(1))
        let kept = topics.filter { isCached($0, &index) }.count
        #expect(kept >= 56, "only \(kept) of 64 topics are still known")
    }

    @Test("The cache never holds more than its bytes, and its answers stay right")
    func bound() {
        var index = SubscriptionIndex(seed: 1, cacheBytes: 10_000)
        index.add("t/+", Subscriber(1))
        var peak = 0
        for number in 0..<1000 {
            #expect(index.slots("t/\(number)") == [1])
            peak = max(peak, index.cache.bytes)
        }
        #expect(peak > 5_000)
        #expect(peak <= 10_000)
    }

    @Test("An answer that would fill much of the cache is given but not kept")
    func large() {
        var index = SubscriptionIndex(seed: 1, cacheBytes: 10_000)
        _ = index.result("small")
        for slot in 0..<500 { index.add("big", Subscriber(SessionSlot(slot))) }
        #expect(index.slots("big") == Array(0..<500))
        #expect(isCached("big", &index) == false)
        #expect(isCached("small", &index) == true)
    }

    @Test("A cache of no bytes keeps nothing and changes no answer")
    func off() {
        var index = SubscriptionIndex(seed: 1, cacheBytes: 0)
        index.add("a", Subscriber(1))
        #expect(index.slots("a") == [1])
        #expect(isCached("a", &index) == false)
        #expect(index.cache.bytes == 0)
    }
}
