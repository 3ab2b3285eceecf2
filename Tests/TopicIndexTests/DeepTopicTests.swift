import MQTTWire
import Testing
import TopicIndex

@Suite("Topics of very many levels")
struct DeepTopicTests {
    /// 65,535 levels, all empty but the first.
    private let deep = "a" + String(repeating: "/", count: 65_534)

    @Test("A topic of 65,535 levels meets its own filter and those with wildcards at either end, and no other")
    func subscriptions() {
        var index = SubscriptionIndex(seed: 1, cacheBytes: 1 << 24)
        let deepWithPlus = "+" + deep.dropFirst()
        let filters = [deep, deepWithPlus, deep + "+", deep + "/#", deep + "/+", "#", "a/#", "+/#", "b/#", "+"]
        for (slot, filter) in filters.enumerated() { index.add(filter, Subscriber(SessionSlot(slot))) }
        #expect(index.slots(deep) == [0, 1, 2, 3, 5, 6, 7])
        for (slot, filter) in filters.enumerated() { index.drop(filter, SessionSlot(slot)) }
        #expect(index.filterCount == 0)
        #expect(index.slots(deep).isEmpty == true)
    }

    @Test("A retained topic of 65,535 levels is found by its name and by wildcards, and goes without a trace")
    func retained() {
        var index = RetainedIndex(seed: 1)
        let number = deep.view { index.insert($0) }
        for filter in [deep, "#", "a/#", "+/#", deep + "+", deep + "#"] {
            var found: [Int32] = []
            let isComplete = filter.view {
                index.match($0, maximumSteps: 70_000) {
                    found.append($0); return true
                }
            }
            #expect(isComplete)
            #expect(found == [number], "filter of \(filter.utf8.count) bytes")
        }
        index.remove(number)
        #expect(index.count == 0)
        var isFound = false
        "#".view {
            _ = index.match($0, maximumSteps: 1) { _ in
                isFound = true; return true
            }
        }
        #expect(!isFound)
    }
}
