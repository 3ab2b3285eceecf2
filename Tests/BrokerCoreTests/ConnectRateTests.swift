import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

struct ConnectRateTests {
    private func knock(_ broker: SimulatedBroker, _ numbers: Range<Int>) -> [TestClient] {
        numbers.map { number in
            let client = TestClient(broker, version: .v5)
            client.link.clientSends(ConnectFields("c\(number)").bytes)
            return client
        }
    }

    /// How many have been let in.
    private func accepted(_ clients: [TestClient]) throws -> Int {
        var count = 0
        for client in clients {
            for case .connack(_, 0, _) in try client.receive() { count += 1 }
        }
        return count
    }

    @Test(
        "At the burst size all are let in at once, above it the others wait and come in at the rate",
        arguments: [19, 20, 21, 60])
    func burstThenRate(clients count: Int) throws {
        let broker = SimulatedBroker(connectRate: ConnectRate(perSecond: 10, burst: 20))
        let clients = knock(broker, 0..<count)
        broker.settle()
        var total = try accepted(clients)
        #expect(total == min(count, 20))
        for second in 1...4 {
            for _ in 0..<100 { broker.advanceSettling(milliseconds: 10) }
            total += try accepted(clients)
            #expect(total == min(count, 20 + 10 * second))
        }
    }

    @Test("Who waits for longer than a socket may be without a CONNECT is disconnected")
    func timeout() throws {
        let broker = SimulatedBroker(connectRate: ConnectRate(perSecond: 1, burst: 1))
        let clients = knock(broker, 0..<50)
        for _ in 0..<110 { broker.advanceSettling(milliseconds: 100) }
        let total = try accepted(clients)
        #expect((10...12).contains(total))
        #expect(clients.count { $0.isClosed } == 50 - total)
    }

    @Test("No more sockets wait than may; the others are closed at once")
    func waitingLimit() throws {
        var limits = BrokerLimits()
        limits.maximumWaitingSockets = 5
        let broker = SimulatedBroker(limits: limits, connectRate: ConnectRate(perSecond: 1, burst: 1))
        let first = knock(broker, 0..<2)
        broker.settle()
        let others = knock(broker, 2..<20)
        broker.settle()
        #expect(try accepted(first) == 1)
        #expect(others.count { $0.isClosed } == 18 - 4)
    }

    @Test(
        "The limit of waiting sockets also holds for those that were open before anybody had to wait, and dead ones make room"
    )
    func openedBefore() throws {
        var limits = BrokerLimits()
        limits.maximumWaitingSockets = 5
        let broker = SimulatedBroker(limits: limits, connectRate: ConnectRate(perSecond: 1, burst: 1))
        let clients = (0..<20).map { _ in TestClient(broker, version: .v5) }
        for (number, client) in clients.enumerated() { client.link.clientSends(ConnectFields("c\(number)").bytes) }
        broker.settle()
        #expect(try accepted(clients) == 1)
        #expect(clients.count { $0.isClosed } == 14)
        for client in clients where !client.isClosed { client.lose() }
        // Nobody waits any more, and as many as before may.
        let others = knock(broker, 20..<25)
        broker.settle()
        #expect(others.allSatisfy { !$0.isClosed })
        broker.advanceSettling(milliseconds: 1_100)
        #expect(try accepted(others) == 1)
    }

    @Test("A client that has gone while its CONNECT waited does not take over the session of the one that came back")
    func ghost() throws {
        let broker = SimulatedBroker(connectRate: ConnectRate(perSecond: 1, burst: 2))
        let first = knock(broker, 0..<2)
        broker.settle()
        #expect(try accepted(first) == 2)
        let waiting = knock(broker, 5..<8)
        broker.settle()
        waiting[0].lose()  // c5 gives up
        waiting[1].lose()
        broker.gates.apply(BrokerLimits(), connectRates: [], now: broker.now)
        let back = try TestClient.connected(broker, ConnectFields("c5"))
        for _ in 0..<30 { broker.advanceSettling(milliseconds: 100) }
        #expect(try accepted([waiting[2]]) == 1)
        #expect(try back.exchange(ClientPacket.pingreq) == [.pingresp])
    }

    @Test("Connected clients notice nothing, and sockets that say nothing hold up nobody")
    func silentSockets() throws {
        let broker = SimulatedBroker(connectRate: ConnectRate(perSecond: 10, burst: 1))
        let connected = knock(broker, 0..<1)[0]
        broker.settle()
        #expect(try accepted([connected]) == 1)
        let silent = (0..<100).map { _ in TestClient(broker, version: .v5) }
        let late = knock(broker, 1..<3)
        for _ in 0..<60 {
            broker.advanceSettling(milliseconds: 10)
            #expect(try connected.exchange(ClientPacket.pingreq) == [.pingresp])
        }
        #expect(try accepted(late) == 2)
        #expect(silent.allSatisfy { !$0.isClosed })
    }

    @Test("While the broker is overloaded CONNECT packets are limited even without a setting")
    func overloaded() throws {
        let broker = SimulatedBroker()
        broker.gates.setStressLevel(10)  // 50 a second
        let clients = knock(broker, 0..<100)
        broker.settle()
        let burst = try accepted(clients)
        #expect(burst == 5)
        for _ in 0..<100 { broker.advanceSettling(milliseconds: 10) }
        let first = try accepted(clients)
        #expect(abs(first - 50) <= 1)
        broker.gates.setStressLevel(0)
        broker.advanceSettling(milliseconds: 100)
        #expect(try accepted(clients) == 100 - burst - first)
    }

    @Test(
        "A maximum of connections refuses the next one with 0x97, and lets a client take its own place",
        arguments: [1, 2])
    func maximumConnections(shardCount: Int) throws {
        var limits = BrokerLimits()
        limits.maximumConnections = 3
        let observer = RecordingObserver()
        let broker = SimulatedBroker(shardCount: shardCount, limits: limits) { _ in BrokerPorts(observer: observer) }
        let clients = try (0..<3).map {
            try TestClient.connected(broker, ConnectFields("c\($0)"), shard: $0 % shardCount)
        }
        let refused = TestClient(broker, version: .v5)
        guard case .connack(_, let code, _) = try refused.exchange(ConnectFields("c3").bytes).first else {
            Issue.record("no CONNACK")
            return
        }
        #expect(code == 0x97)
        let old = TestClient(broker, version: .v3_1_1)
        guard case .connack(_, let returnCode, _) = try old.exchange(ConnectFields("c3", version: .v3_1_1).bytes).first
        else {
            Issue.record("no CONNACK")
            return
        }
        #expect(returnCode == 3)
        _ = try TestClient.connected(broker, ConnectFields("c1"))
        _ = try clients[1].receive()
        #expect(clients[1].isClosed)
        clients[0].disconnect()
        _ = try TestClient.connected(broker, ConnectFields("c4"), shard: shardCount - 1)
        let near = observer.facts.contains { if case .connectionsNearLimit = $0 { true } else { false } }
        #expect(near)
        #expect(broker.gates.connectionCount == 3)
    }
}
