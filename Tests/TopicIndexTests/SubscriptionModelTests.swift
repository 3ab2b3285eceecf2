import RandomKit
import BrokerValues
import MQTTWire
import Testing
import TopicIndex

/// All subscriptions in one dictionary, matched one by one.
private struct Model {
    var subscribers: [String: [SessionSlot: Subscriber]] = [:]
    var groups: [String: [GroupNumber]] = [:]

    var subscriptionCount: Int { subscribers.values.reduce(0) { $0 + $1.count } }
    var filters: Set<String> { Set(subscribers.keys).union(groups.keys) }

    func has(_ filter: String) -> Bool { subscribers[filter] != nil || groups[filter] != nil }

    /// What is wrong with a result for a topic.
    func fault(in result: MatchResult, for topic: String) -> String? {
        var expected: [SessionSlot: [Subscriber]] = [:]
        for (filter, entries) in subscribers where matches(filter, topic) {
            for subscriber in entries.values { expected[subscriber.slot, default: []].append(subscriber) }
        }
        let expectedGroups = groups.filter { matches($0.key, topic) }.flatMap(\.value).sorted()
        if result.groups.sorted() != expectedGroups { return "groups \(result.groups), not \(expectedGroups)" }
        if result.matches.map(\.slot).sorted() != expected.keys.sorted() {
            return "sessions \(result.matches.map(\.slot)), not \(expected.keys)"
        }
        for match in result.matches {
            let joined = expected[match.slot] ?? []
            if match.qos != joined.map(\.qos).max() { return "QoS \(match.qos) for \(match.slot)" }
            if match.retainAsPublished != joined.contains(where: \.retainAsPublished) { return "retain as published" }
            if match.hasNoLocal != joined.contains(where: \.noLocal) { return "no local" }
            let needsDetail = joined.contains { $0.noLocal || $0.identifier != 0 }
            let detail = match.detail.map { result.subscriptions[Int($0)] }
            if Set(detail) != (needsDetail ? Set(joined) : []) || detail.count != (needsDetail ? joined.count : 0) {
                return "detail \(detail) for \(match.slot), not \(joined)"
            }
        }
        return nil
    }
}

@Suite("Subscriptions against a model")
struct SubscriptionModelTests {
    private struct Pair {
        var model = Model()
        var index = SubscriptionIndex()
        var generator: SeededGenerator

        mutating func subscribe() -> String? {
            let filter = RandomText.filter(&generator)
            let subscriber = Subscriber.random(slot: .random(in: 0..<20, using: &generator), &generator)
            let change = index.add(filter, subscriber)
            let wasThere = model.has(filter)
            let old = model.subscribers[filter, default: [:]].updateValue(subscriber, forKey: subscriber.slot)
            return change.isNew == (old == nil) && change.changedInterest == !wasThere ? nil : "subscribe \(change)"
        }

        mutating func unsubscribe() -> String? {
            let filter = model.filters.sorted().randomElement(using: &generator) ?? "nothing"
            let slot = SessionSlot.random(in: 0..<20, using: &generator)
            let change = index.drop(filter, slot)
            let old = model.subscribers[filter]?.removeValue(forKey: slot)
            if model.subscribers[filter]?.isEmpty == true { model.subscribers[filter] = nil }
            guard let change else { return old == nil ? nil : "\(filter) had no subscription to remove" }
            return old != nil && change.changedInterest == !model.has(filter) ? nil : "unsubscribe \(change)"
        }

        mutating func addGroup(_ number: GroupNumber) -> String? {
            let filter = RandomText.filter(&generator)
            let change = filter.view { index.insertGroup($0, number) }
            let wasThere = model.has(filter)
            model.groups[filter, default: []].append(number)
            return change.changedInterest == !wasThere ? nil : "addGroup \(change)"
        }

        mutating func removeGroup() -> String? {
            guard let filter = model.groups.keys.sorted().randomElement(using: &generator),
                let group = model.groups[filter]?.popLast(), let number = filter.view({ index.number(of: $0) })
            else { return model.groups.isEmpty ? nil : "a group's filter is not known" }
            if model.groups[filter]?.isEmpty == true { model.groups[filter] = nil }
            let change = index.removeGroup(number, group)
            return change.changedInterest == !model.has(filter) ? nil : "removeGroup \(change)"
        }

        /// Looks at one topic: from the cache, and computed anew.
        mutating func look() -> String? {
            let topic = RandomText.topic(&generator)
            if let fault = model.fault(in: index.result(topic), for: topic) { return "\(topic), cached: \(fault)" }
            let computed = topic.view { index.compute($0) }
            if let fault = model.fault(in: computed, for: topic) { return "\(topic), computed: \(fault)" }
            let isCounted =
                index.filterCount == model.filters.count && index.subscriptionCount == model.subscriptionCount
            return isCounted ? nil : "\(index.filterCount) filters, \(index.subscriptionCount) subscriptions"
        }
    }

    @Test("Every topic goes where the rules say after any series of changes, at once", arguments: Seeds.all)
    func random(seed: UInt64) {
        var pair = Pair(generator: SeededGenerator(seed: seed))
        for step in 0..<400 {
            let fault: String?
            switch Int.random(in: 0..<10, using: &pair.generator) {
            case 0...3: fault = pair.subscribe()
            case 4...7: fault = pair.unsubscribe()
            case 8: fault = pair.addGroup(GroupNumber(step))
            default: fault = pair.removeGroup()
            }
            if let fault = fault ?? pair.look() {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
        }
        #expect(pair.index.cache.hits > 0, "seed \(seed): the cache was never asked for what it had")
    }

    @Test("A filter's number gives its text back for as long as somebody subscribes to it")
    func numbers() {
        var index = SubscriptionIndex()
        let change = index.add("a/+/b", Subscriber(1))
        #expect(index.text(of: change.filter) == Array("a/+/b".utf8))
        #expect("a/+/b".view { index.number(of: $0) } == change.filter)
        #expect(index.remove(change.filter, 1)?.changedInterest == true)
        #expect("a/+/b".view { index.number(of: $0) } == nil)
    }

    @Test("Removing what a session never subscribed to changes nothing")
    func stranger() {
        var index = SubscriptionIndex()
        let change = index.add("a", Subscriber(1))
        #expect(index.remove(change.filter, 2) == nil)
        #expect(index.slots("a") == [1])
        #expect(index.subscriptionCount == 1)
    }
}
