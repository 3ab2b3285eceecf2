import RandomKit
import BrokerValues
import MQTTWire
import Testing
import TopicIndex

@Suite("Many subscribers of one filter")
struct SubscriberListTests {
    private static let count: SessionSlot = 3000

    private enum Order: CaseIterable {
        case asAdded
        case backwards
        case shuffled

        func slots(_ generator: inout SeededGenerator) -> [SessionSlot] {
            switch self {
            case .asAdded: Array(0..<count)
            case .backwards: (0..<count).reversed()
            case .shuffled: (0..<count).shuffled(using: &generator)
            }
        }
    }

    @Test("Thousands of subscribers of one filter can leave in any order", arguments: Seeds.all)
    func leave(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for order in Order.allCases {
            var index = SubscriptionIndex()
            for slot in 0..<Self.count { index.add("news/#", Subscriber(slot)) }
            var left = Set(0..<Self.count)
            for (step, slot) in order.slots(&generator).enumerated() {
                let change = index.drop("news/#", slot)
                left.remove(slot)
                let isRight = change?.changedInterest == left.isEmpty
                let isAgain = !left.isEmpty && index.drop("news/#", slot) != nil
                if isAgain || !isRight {
                    Issue.record("seed \(seed), \(order), step \(step): \(slot) left twice or not as it should")
                    return
                }
                guard step % 500 == 0 || left.count < 3 else { continue }
                #expect(index.slots("news/today") == left.sorted(), "seed \(seed), \(order), step \(step)")
            }
            #expect(index.filterCount == 0)
        }
    }

    @Test("Subscribers that come, change and leave in a random order are those of a set", arguments: Seeds.all)
    func churn(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var index = SubscriptionIndex()
        var model: [SessionSlot: QualityOfService] = [:]
        for step in 0..<600 {
            let slot = SessionSlot.random(in: 0..<40, using: &generator)
            if Bool.random(using: &generator) {
                let qos = QualityOfService.allCases.randomElement(using: &generator) ?? .atMostOnce
                let isNew = index.add("x", Subscriber(slot, qos: qos)).isNew
                #expect(isNew == (model.updateValue(qos, forKey: slot) == nil), "seed \(seed), step \(step)")
            } else {
                let isGone = index.drop("x", slot) != nil
                #expect(isGone == (model.removeValue(forKey: slot) != nil), "seed \(seed), step \(step)")
            }
            let seen = index.result("x").matches.map { ($0.slot, $0.qos) }
            guard seen.count == model.count, seen.allSatisfy({ model[$0.0] == $0.1 }) else {
                Issue.record("seed \(seed), step \(step): \(seen), not \(model)")
                return
            }
        }
    }
}
