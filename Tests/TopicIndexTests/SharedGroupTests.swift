import BrokerValues
import MQTTWire
import Testing
import TopicIndex

@Suite("Shared groups on filters")
struct SharedGroupTests {
    @Test("Each group of a filter and each plain subscriber is met")
    func together() {
        var index = SubscriptionIndex()
        for group in [1, 2] as [GroupNumber] { _ = "a/+".view { index.insertGroup($0, group) } }
        _ = "a/b".view { index.insertGroup($0, 3) }
        index.add("a/+", Subscriber(10))
        let result = index.result("a/b")
        #expect(result.groups.sorted() == [1, 2, 3])
        #expect(result.matches.map(\.slot) == [10])
        #expect(index.result("a/c").groups.sorted() == [1, 2])
        #expect(index.result("a/c").isEmpty == false)
    }

    @Test("A topic that only a group wants is wanted")
    func groupAlone() {
        var index = SubscriptionIndex()
        let change = "a".view { index.insertGroup($0, 4) }
        #expect(change.changedInterest)
        let result = index.result("a")
        #expect(!result.isEmpty)
        #expect(result.matches.isEmpty)
        #expect(index.subscriptionCount == 0, "a group is no subscription of a session")
        #expect(index.filterCount == 1)
    }

    @Test("A group with a wildcard in front does not meet topics that begin with $", arguments: ["#", "+/x"])
    func system(filter: String) {
        var index = SubscriptionIndex()
        _ = filter.view { index.insertGroup($0, 1) }
        #expect(index.result("$SYS/x").groups.count == 0)
        #expect(index.result("any/x").groups.count == 1)
    }

    @Test("The interest in a filter ends with the last of its groups and subscribers, whichever that is")
    func interest() {
        var index = SubscriptionIndex()
        let added = index.add("a", Subscriber(1))
        #expect(added.changedInterest)
        #expect("a".view { index.insertGroup($0, 1) }.changedInterest == false)
        #expect("a".view { index.insertGroup($0, 2) }.changedInterest == false)
        #expect(index.removeGroup(added.filter, 1).changedInterest == false)
        #expect(index.remove(added.filter, 1)?.changedInterest == false)
        #expect(Array(index.result("a").groups) == [2])
        #expect(index.removeGroup(added.filter, 2).changedInterest == true)
        #expect(index.result("a").isEmpty == true)
        #expect(index.filterCount == 0)
    }

    @Test("Groups stay where many plain subscribers come and go")
    func crowd() {
        var index = SubscriptionIndex()
        for slot in 0..<100 { index.add("a", Subscriber(SessionSlot(slot))) }
        let change = "a".view { index.insertGroup($0, 5) }
        for slot in 0..<100 { index.drop("a", SessionSlot(slot)) }
        #expect(Array(index.result("a").groups) == [5])
        #expect(index.slots("a").isEmpty == true)
        index.add("a", Subscriber(7))
        index.add("a", Subscriber(8))
        #expect(index.slots("a") == [7, 8])
        _ = index.removeGroup(change.filter, 5)
        #expect(index.result("a").groups.isEmpty == true)
        #expect(index.slots("a") == [7, 8])
    }
}
