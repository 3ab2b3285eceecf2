import RandomKit
import MQTTWire
import Testing
import TopicIndex

@Suite("Retained topics")
struct RetainedIndexTests {
    private func found(
        _ index: RetainedIndex, _ filter: String, maximumSteps: Int = .max
    ) -> (numbers: [Int32], isComplete: Bool) {
        var numbers: [Int32] = []
        let isComplete = filter.view { view in
            index.match(view, maximumSteps: maximumSteps) {
                numbers.append($0)
                return true
            }
        }
        return (numbers, isComplete)
    }

    @Test("A filter finds exactly the retained topics that it matches, each once", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var index = RetainedIndex(seed: seed)
        var model: [String: Int32] = [:]
        for step in 0..<400 {
            let topic = RandomText.topic(&generator)
            if let number = model[topic], Bool.random(using: &generator) {
                index.remove(number)
                model[topic] = nil
            } else {
                let number = topic.view { index.insert($0) }
                #expect(model[topic] ?? number == number, "seed \(seed), step \(step)")
                model[topic] = number
            }
            let filter = RandomText.filter(&generator)
            let expected = model.filter { matches(filter, $0.key) }.values.sorted()
            let actual = found(index, filter)
            let isRight =
                actual.numbers.sorted() == expected && actual.isComplete && index.count == model.count
                && topic.view { index.find($0) } == model[topic]
            if !isRight {
                Issue.record("seed \(seed), step \(step): \(filter) found \(actual), not \(expected)")
                return
            }
        }
        for number in model.values { index.remove(number) }
        #expect(index.count == 0, "seed \(seed)")
        #expect(found(index, "#").numbers.isEmpty, "seed \(seed)")
    }

    @Test("A topic matches a filter exactly if the standard says so", arguments: Seeds.all)
    func oneTopic(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var count = 0
        for _ in 0..<2_000 {
            let (topic, filter) = (RandomText.topic(&generator), RandomText.filter(&generator))
            let isMatch = topic.view { topic in filter.view { TopicSyntax.isMatch(topic, filter: $0) } }
            #expect(isMatch == matches(filter, topic), "seed \(seed): \(filter) and \(topic)")
            if isMatch { count += 1 }
        }
        #expect(count > 50 && count < 1_950, "seed \(seed): \(count)")
    }

    @Test("Wildcards in front find no topic that begins with $", arguments: ["#", "+/#", "+/uptime", "+/+"])
    func system(filter: String) {
        var index = RetainedIndex(seed: 1)
        _ = "$SYS/uptime".view { index.insert($0) }
        let plain = "broker/uptime".view { index.insert($0) }
        #expect(found(index, filter).numbers == [plain])
        #expect(found(index, "$SYS/#").numbers.count == 1)
    }

    @Test("A search ends when its steps are used up, says so, and has found no more than its steps allow")
    func steps() {
        var index = RetainedIndex(seed: 1)
        for number in 0..<1000 { _ = "a/\(number)".view { index.insert($0) } }
        for limit in [0, 1, 2, 10, 500, 1001] {
            let cut = found(index, "a/+", maximumSteps: limit)
            #expect(!cut.isComplete, "\(limit) steps")
            #expect(cut.numbers.count <= limit)
        }
        let whole = found(index, "a/+", maximumSteps: 1002)
        #expect(whole.isComplete)
        #expect(Set(whole.numbers).count == 1000)
    }

    @Test("Steps bound also a search that finds nothing")
    func fruitless() {
        var index = RetainedIndex(seed: 1)
        for number in 0..<1000 { _ = "a/\(number)".view { index.insert($0) } }
        let cut = found(index, "+/+/never", maximumSteps: 100)
        #expect(!cut.isComplete)
        #expect(cut.numbers.isEmpty)
        #expect(found(index, "+/+/never").isComplete)
    }

    @Test("A search ends when its visitor has enough", arguments: ["#", "a/+", "a/0"])
    func enough(filter: String) {
        var index = RetainedIndex(seed: 1)
        for number in 0..<10 { _ = "a/\(number)".view { index.insert($0) } }
        var visits = 0
        let isComplete = filter.view { view in
            index.match(view, maximumSteps: .max) { _ in
                visits += 1
                return false
            }
        }
        #expect(visits == 1)
        #expect(!isComplete)
    }

    @Test("A topic above another and one below it are kept apart")
    func nested() {
        var index = RetainedIndex(seed: 1)
        let long = "a/b/c".view { index.insert($0) }
        #expect("a/b".view { index.find($0) } == nil)
        let short = "a/b".view { index.insert($0) }
        #expect(found(index, "a/#").numbers.sorted() == [long, short].sorted())
        index.remove(long)
        #expect(found(index, "a/#").numbers == [short])
    }
}
