import BrokerValues
import MQTTWire
import Testing
import TopicIndex

@Suite("Joined matches")
struct JoinedMatchTests {
    @Test("Overlapping subscriptions of one session are one match at the highest QoS")
    func overlap() throws {
        var index = SubscriptionIndex()
        index.add("a/b", Subscriber(1, qos: .atMostOnce))
        index.add("a/+", Subscriber(1, qos: .exactlyOnce))
        index.add("#", Subscriber(1, qos: .atLeastOnce))
        let result = index.result("a/b")
        #expect(result.matches.count == 1)
        let match = try #require(result.matches.first)
        #expect(match.slot == 1)
        #expect(match.qos == .exactlyOnce)
        #expect(match.detail.isEmpty, "nothing needs a closer look")
    }

    @Test("A joined match names every subscription behind it if one has an identifier")
    func identifiers() {
        var index = SubscriptionIndex()
        index.add("a/b", Subscriber(1, identifier: 7))
        index.add("a/+", Subscriber(1, identifier: 268_435_455))
        index.add("a/#", Subscriber(1))
        index.add("a/+", Subscriber(2, identifier: 9))
        index.add("a/b", Subscriber(3))
        let result = index.result("a/b")
        let identifiers = Dictionary(
            uniqueKeysWithValues: result.matches.map { match in
                (match.slot, match.detail.map { result.subscriptions[Int($0)].identifier }.sorted())
            })
        #expect(identifiers == [1: [0, 7, 268_435_455], 2: [9], 3: []])
    }

    @Test("A new SUBSCRIBE replaces or removes the identifier of the old")
    func replacedIdentifier() {
        var index = SubscriptionIndex()
        index.add("a", Subscriber(1, identifier: 7))
        #expect(index.result("a").subscriptions.map(\.identifier) == [7])
        index.add("a", Subscriber(1, identifier: 8))
        #expect(index.result("a").subscriptions.map(\.identifier) == [8])
        index.add("a", Subscriber(1))
        #expect(index.result("a").subscriptions.isEmpty == true)
        #expect(index.subscriptionCount == 1)
    }

    @Test("No Local of one subscription marks the match and keeps the others apart from it")
    func noLocal() throws {
        var index = SubscriptionIndex()
        index.add("a/b", Subscriber(1, qos: .atLeastOnce, noLocal: true))
        index.add("a/+", Subscriber(1, qos: .exactlyOnce))
        let result = index.result("a/b")
        let match = try #require(result.matches.first)
        #expect(match.hasNoLocal)
        let others = match.detail.map { result.subscriptions[Int($0)] }.filter { !$0.noLocal }
        #expect(others.map(\.qos) == [.exactlyOnce])
    }

    @Test("A joined match keeps RETAIN as published if one of its subscriptions asks for it", arguments: [false, true])
    func retainAsPublished(second: Bool) {
        var index = SubscriptionIndex()
        index.add("a/b", Subscriber(1))
        index.add("a/+", Subscriber(1, retainAsPublished: second))
        #expect(index.result("a/b").matches.first?.retainAsPublished == second)
        #expect(index.result("a/c").matches.first?.retainAsPublished == second)
    }

    @Test("Sessions that do not overlap get a match each")
    func apart() {
        var index = SubscriptionIndex()
        for slot in 0..<50 { index.add(slot % 2 == 0 ? "a/b" : "a/+", Subscriber(SessionSlot(slot))) }
        #expect(index.slots("a/b") == Array(0..<50))
    }

    @Test("What a subscriber was made with can be read back", arguments: QualityOfService.allCases)
    func packed(qos: QualityOfService) {
        for noLocal in [false, true] {
            for retain in [false, true] {
                let subscriber = Subscriber(
                    .max, qos: qos, noLocal: noLocal, retainAsPublished: retain, identifier: 268_435_455)
                #expect(subscriber.slot == .max)
                #expect(subscriber.qos == qos)
                #expect(subscriber.noLocal == noLocal)
                #expect(subscriber.retainAsPublished == retain)
                #expect(subscriber.identifier == 268_435_455)
            }
        }
    }
}
