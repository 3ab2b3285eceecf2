import BrokerCore
import BrokerValues
import Introspection
import SimulationKit
import Testing

@Suite("Who would get a message")
struct ReceiverTests {
    private func receivers(
        _ broker: SimulatedBroker, _ topic: String, limit: Int = 100, count: Int = 1, between: () throws -> Void = {}
    ) throws -> TopicReceivers {
        var search = ReceiverSearch(topic: Array(topic.utf8), limit: limit)
        for shard in broker.shards {
            search.begin()
            while shard.findReceivers(&search, count: count) { try between() }
        }
        return search.answer
    }

    /// No Local is 4, the QoS stands below it.
    private func populated(_ shardCount: Int) throws -> SimulatedBroker {
        let broker = SimulatedBroker(shardCount: shardCount)
        let filters: [(String, [(String, UInt8)])] = [
            ("plain", [("t/#", 1)]),
            ("overlapping", [("t/+", 4), ("t/x", 2), ("#", 0)]),
            ("away", [("t/x", 1)]),
            ("worker-1", [("$share/g/t/x", 1)]),
            ("worker-2", [("$share/g/t/x", 1), ("elsewhere", 0)]),
            ("worker-3", [("$share/h/t/+", 1)]),
            ("both", [("$share/h/t/+", 1), ("t/x", 0)]),
            ("other", [("t/y", 0), ("x", 0)]),
        ]
        for (number, (name, filters)) in filters.enumerated() {
            let client = try TestClient.connected(broker, .durable(name), shard: number % shardCount)
            for (filter, options) in filters { _ = try client.subscribe(filter, options) }
            if name == "away" { client.lose() }
        }
        return broker
    }

    @Test(
        "Each client is one receiver at its highest QoS, whatever filters overlap; groups and filters are told beside",
        arguments: [1, 4], [1, 2, 1000])
    func receivers(shardCount: Int, count: Int) throws {
        let found = try receivers(populated(shardCount), "t/x", count: count)
        #expect(found.total == 4)
        let byName = Dictionary(uniqueKeysWithValues: found.receivers.map { ($0.clientIdentifier, $0) })
        #expect(byName.keys.sorted() == ["away", "both", "overlapping", "plain"])
        #expect(byName["overlapping"]?.qos == 2)
        #expect(byName["overlapping"]?.filter == "t/x")
        #expect(byName["plain"]?.filter == "t/#")
        #expect(byName["plain"]?.isConnected == true)
        #expect(byName["away"]?.isConnected == false)
        #expect(found.filters == ["t/#": 1, "t/+": 1, "t/x": 3, "#": 1])
        #expect(
            found.groups.sorted { $0.filter < $1.filter } == [
                TopicReceivers.Group(filter: "$share/g/t/x", members: 2),
                TopicReceivers.Group(filter: "$share/h/t/+", members: 2),
            ])
    }

    @Test("No more are named than asked for, and all are counted", arguments: [1, 4])
    func limit(shardCount: Int) throws {
        let found = try receivers(populated(shardCount), "t/x", limit: 1)
        #expect(found.receivers.count == 1)
        #expect(found.groups.count == 1)
        #expect(found.filters.count == 1)
        #expect(found.total == 4)
    }

    @Test("A topic that nobody wants has no receivers, and wildcards in front find none below $SYS")
    func nobody() throws {
        let broker = try populated(1)
        #expect(try receivers(broker, "nothing/of/this").total == 1)  // `#`
        #expect(try receivers(broker, "$SYS/broker/uptime") == TopicReceivers())
    }

    @Test("Receivers that come and go between the steps do no harm; those that stay are found once")
    func changes() throws {
        let broker = SimulatedBroker()
        var guests: [TestClient] = []
        for number in 0..<40 {
            for name in ["stays-\(number)", "guest-\(number)"] {
                let client = try TestClient.connected(broker, ConnectFields(name))
                _ = try client.subscribe("t/\(number % 2 == 0 ? "x" : "+")", 0)
                if name.hasPrefix("guest") {
                    _ = try client.subscribe("\(name)/only/#", 0)
                    guests.append(client)
                }
            }
        }
        var isComing = false
        let found = try receivers(broker, "t/x", count: 5) {
            isComing.toggle()
            if isComing {
                _ = try TestClient.connected(broker, ConnectFields("late-\(guests.count)")).subscribe("t/#", 0)
            } else {
                guests.popLast()?.disconnect()
            }
        }
        let names = found.receivers.map(\.clientIdentifier)
        #expect(Set(names).count == names.count)
        // Somebody at the end of a list takes the place of who goes, and may stand where the search has been.
        #expect(names.count { $0.hasPrefix("stays") } == 40)
    }
}
