import RandomKit
import MQTTWire
import Testing
import TopicIndex

@Suite("Filters with wildcards")
struct FilterTrieTests {
    private func found(_ trie: inout FilterTrie, _ topic: String, _ texts: [Int32: String]) -> [String] {
        var result: [String] = []
        topic.view { view in trie.match(view) { result.append(texts[$0] ?? "node \($0), where no filter ends") } }
        return result.sorted()
    }

    @Test("A topic meets exactly the filters that the rules name, whatever was added and removed", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var trie = FilterTrie(seed: seed)
        var ends: [String: Int] = [:]
        var texts: [Int32: String] = [:]
        for step in 0..<400 {
            let filter = RandomText.filter(&generator)
            if Int.random(in: 0..<5, using: &generator) < 3 {
                let node = filter.view { trie.insert($0) }
                #expect(texts[node] ?? filter == filter, "seed \(seed), step \(step)")
                texts[node] = filter
                ends[filter, default: 0] += 1
            } else if let (node, text) = texts.randomElement(using: &generator) {
                trie.remove(at: node)
                ends[text, default: 0] -= 1
                if ends[text] == 0 { (ends[text], texts[node]) = (nil, nil) }
            }
            let topic = RandomText.topic(&generator)
            let expected = ends.keys.filter { matches($0, topic) }.sorted()
            let actual = found(&trie, topic, texts)
            if actual != expected {
                Issue.record("seed \(seed), step \(step): \(topic) met \(actual), not \(expected)")
                return
            }
        }
        for (node, text) in texts { for _ in 0..<(ends[text] ?? 0) { trie.remove(at: node) } }
        #expect(trie.isEmpty, "seed \(seed)")
    }

    @Test("The same filter ends at the same node and stays until it is removed as often as it was added")
    func counted() {
        var trie = FilterTrie(seed: 1)
        let first = "a/+".view { trie.insert($0) }
        let second = "a/+".view { trie.insert($0) }
        #expect(first == second)
        trie.remove(at: first)
        #expect(found(&trie, "a/b", [first: "a/+"]) == ["a/+"])
        trie.remove(at: first)
        #expect(trie.isEmpty)
        #expect(found(&trie, "a/b", [first: "a/+"]).isEmpty == true)
    }

    @Test("Removing a filter leaves the longer filters behind it in place")
    func inner() {
        var trie = FilterTrie(seed: 1)
        let short = "a/+".view { trie.insert($0) }
        let long = "a/+/c".view { trie.insert($0) }
        trie.remove(at: short)
        #expect(found(&trie, "a/b", [long: "a/+/c"]).isEmpty == true)
        #expect(found(&trie, "a/b/c", [long: "a/+/c"]) == ["a/+/c"])
    }

    @Test("Filters that come and go take no new nodes")
    func reuse() {
        var trie = FilterTrie(seed: 1)
        let first = "some/+/filter/#".view { trie.insert($0) }
        let capacity = trie.capacity
        trie.remove(at: first)
        for round in 0..<1000 {
            let node = "other\(round)/+/filter/#".view { trie.insert($0) }
            trie.remove(at: node)
        }
        #expect(trie.capacity == capacity)
    }

    @Test(
        "# takes the level above with it, and neither # nor + in front takes topics that begin with $",
        arguments: [
            ("sport/#", "sport", true), ("sport/#", "sport/", true), ("sport/#", "sports", false), ("#", "/", true),
            ("+", "/", false), ("/+", "/", true), ("+/+", "/", true), ("#", "$SYS", false), ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true), ("$SYS/+", "$SYS/x", true), ("a/#", "a/$b", true), ("a/+", "a/$b", true),
            ("a/+", "a", false), ("a/+/#", "a", false), ("a/+/#", "a/b", true), ("+/#", "$", false),
            ("+/#", "a", true),
        ])
    func table(filter: String, topic: String, isMatch: Bool) {
        var trie = FilterTrie(seed: 1)
        let node = filter.view { trie.insert($0) }
        #expect(found(&trie, topic, [node: filter]) == (isMatch ? [filter] : []))
        #expect(matches(filter, topic) == isMatch, "the model of these tests is wrong")
    }
}
