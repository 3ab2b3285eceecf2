import RandomKit
import BrokerValues
import MQTTWire
import Testing
import TopicIndex

@Suite("Interest of other shards")
struct InterestTableTests {
    @Test("The shards that want a topic are those with a filter that matches it", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = InterestTable(seed: seed)
        var model: [String: UInt64] = [:]
        for step in 0..<400 {
            let filter = RandomText.filter(&generator)
            let shard = [0, 1, 31, 63].randomElement(using: &generator) ?? 0
            let isInterested = Int.random(in: 0..<5, using: &generator) < 2
            filter.view { table.set($0, shard: shard, isInterested: isInterested) }
            let bit = UInt64(1) << UInt64(shard)
            let mask = isInterested ? model[filter, default: 0] | bit : model[filter, default: 0] & ~bit
            model[filter] = mask == 0 ? nil : mask
            let topic = RandomText.topic(&generator)
            let expected = model.filter { matches($0.key, topic) }.values.reduce(0, |)
            let actual = topic.view { table.shards(for: $0) }
            guard actual == expected, table.isEmpty == model.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(topic) is wanted by \(actual), not \(expected)")
                return
            }
        }
    }

    @Test("Saying the same twice is saying it once", arguments: ["a/b", "a/+", "#"])
    func repeated(filter: String) {
        var table = InterestTable(seed: 1)
        for _ in 0..<3 { filter.view { table.set($0, shard: 63, isInterested: true) } }
        #expect("a/b".view { table.shards(for: $0) } == 1 << 63)
        filter.view { table.set($0, shard: 63, isInterested: false) }
        #expect("a/b".view { table.shards(for: $0) } == 0)
        #expect(table.isEmpty)
        for _ in 0..<3 { filter.view { table.set($0, shard: 63, isInterested: false) } }
        #expect(table.isEmpty)
    }

    @Test("One shard's loss of interest leaves the other's", arguments: ["a/b", "a/+", "#"])
    func apart(filter: String) {
        var table = InterestTable(seed: 1)
        for shard in [2, 5] { filter.view { table.set($0, shard: shard, isInterested: true) } }
        #expect("a/b".view { table.shards(for: $0) } == 0b100100)
        filter.view { table.set($0, shard: 2, isInterested: false) }
        #expect("a/b".view { table.shards(for: $0) } == 0b100000)
    }

    @Test("A match counts as wanted if only another shard wants it")
    func remote() {
        var index = SubscriptionIndex()
        #expect(index.result("a").isEmpty == true)
        "a".view { index.setInterest($0, shard: 1, isInterested: true) }
        let result = index.result("a")
        #expect(!result.isEmpty)
        #expect(result.matches.isEmpty)
        #expect(result.remoteShards == 2)
    }
}
