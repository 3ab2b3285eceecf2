import BrokerCore
import BrokerValues
import Introspection
import MQTTWire
import RandomKit
import SimulationKit
import Testing

@Suite("Questions for clients, with one shard and with four")
struct ClientQueryTests {
    /// Five clients, each of them different from the others in something that can be asked for.
    private static func population(_ shardCount: Int) throws -> (SimulatedBroker, [TestClient]) {
        let broker = SimulatedBroker(shardCount: shardCount)
        var ann = ConnectFields("sensor-1")
        ann.userName = "ann"
        var clients = [try TestClient.connected(broker, ann, shard: 0)]
        clients.append(
            try TestClient.connected(broker, ConnectFields("sensor-2", version: .v3_1_1), shard: 1 % shardCount))
        clients.append(
            try TestClient.connected(broker, ConnectFields("meter", version: .v3_1), shard: 2 % shardCount))
        let away = try TestClient.connected(broker, .durable("away"), shard: 3 % shardCount)
        _ = try away.subscribe("q", 1)
        away.lose()
        let paused = try TestClient.connected(broker, ConnectFields("paused"), shard: 0)
        var slow = ClientRestrictions()
        slow.incomingBytesPerSecond = 10
        #expect(broker.shard.setRestrictions(slow, of: "paused", now: broker.now))
        for number in 0..<3 { clients[0].publish("q", "\(number)", qos: 1) }
        for _ in 0..<20 { paused.publish("nothing", "") }
        return (broker, clients + [paused])
    }

    private static let everybody: Set = ["sensor-1", "sensor-2", "meter", "away", "paused"]

    private static let questions: [(name: String, change: @Sendable (inout ClientQuery) -> Void, answer: Set<String>)] =
        [
            ("nothing", { _ in }, everybody),
            ("identifier", { $0.identifier = "sens?r-*" }, ["sensor-1", "sensor-2"]),
            ("address", { $0.address = "192.0.2.1:2" }, ["sensor-2"]),
            ("all addresses", { $0.address = "192.0.2." }, everybody.subtracting(["away"])),
            ("user", { $0.userName = "ann" }, ["sensor-1"]),
            ("part of a user", { $0.userName = "an" }, []),
            ("connected", { $0.isConnected = true }, everybody.subtracting(["away"])),
            ("away", { $0.isConnected = false }, ["away"]),
            ("3.1", { $0.protocolVersion = "3.1" }, ["meter"]),
            ("3.1.1", { $0.protocolVersion = "3.1.1" }, ["sensor-2"]),
            ("5", { $0.protocolVersion = "5" }, ["sensor-1", "paused"]),
            ("listener", { $0.listener = "simulated" }, everybody.subtracting(["away"])),
            ("another listener", { $0.listener = "other" }, []),
            ("two queued", { $0.queuedAbove = 2 }, ["away"]),
            ("three queued", { $0.queuedAbove = 3 }, []),
            ("paused", { $0.isPaused = true }, ["paused"]),
            ("not paused", { $0.isPaused = false }, everybody.subtracting(["paused"])),
            (
                "two things",
                {
                    $0.identifier = "*e*"
                    $0.isConnected = true
                    $0.protocolVersion = "5"
                }, ["sensor-1", "paused"]
            ),
        ]

    @Test("Each filter finds exactly the clients that are asked for", arguments: [1, 4])
    func filters(shardCount: Int) throws {
        let (broker, clients) = try Self.population(shardCount)
        #expect(clients.count == 4)
        for question in Self.questions {
            var query = ClientQuery()
            question.change(&query)
            let found = try broker.clients(query).map(\.clientIdentifier)
            #expect(Set(found) == question.answer, "\(question.name)")
            #expect(found.count == question.answer.count, "\(question.name)")
            query.order = .id
            #expect(try broker.pages(query).flatMap(\.self) == question.answer.sorted(), "\(question.name), in order")
        }
    }

    @Test("A question that makes no sense is refused")
    func senseless() {
        var query = ClientQuery()
        query.protocolVersion = "4"
        #expect(throws: QueryFailure.self) { try ClientFilter(query) }
        query.protocolVersion = "5"
        query.identifier = String(repeating: "*a", count: 128)
        #expect(throws: Never.self) { try ClientFilter(query) }
        query.identifier = String(repeating: "*a", count: 129)
        #expect(throws: QueryFailure.self) { try ClientFilter(query) }
    }

    @Test("A step looks at no more sessions than it may, and at fewer if each is much work")
    func stepSize() throws {
        let broker = SimulatedBroker()
        for number in 0..<9 {
            let name = "\(number)" + String(repeating: "a", count: 40_000)
            _ = try TestClient.connected(broker, ConnectFields(name))
        }
        let all = try ClientFilter(ClientQuery())
        #expect(broker.shard.clients(all, from: 0, slots: 4, maximum: 100, now: broker.now).next == 4)
        #expect(broker.shard.clients(all, from: 0, slots: 100, maximum: 100, now: broker.now).next == nil)
        var query = ClientQuery()
        query.identifier = "*aa*aa*b"
        let step = broker.shard.clients(try ClientFilter(query), from: 0, slots: 100, maximum: 100, now: broker.now)
        // An identifier is compared 100,000 times at most, which is as much work as 24 ordinary sessions.
        #expect(step.examined == 4)
        #expect(step.next == 4)
        // Whatever number comes from outside.
        for slot in [Int.min, -1, 9, Int.max] {
            let step = broker.shard.clients(all, from: slot, slots: 100, maximum: 100, now: broker.now)
            #expect(step.clients.count == (slot < 0 ? 9 : 0))
        }
    }

    // MARK: - Order

    /// The number by which a client stands in an order, from what it is shown as.
    private func rank(_ client: ClientSnapshot, _ order: ClientQuery.Order) -> Double {
        let connection = client.connection
        return switch order {
        case .id: 0
        case .queued: -Double(client.queuedMessages)
        case .queuedBytes: -Double(client.queuedBytes)
        case .inflight: -Double(client.inflightMessages)
        case .unsent: -Double(connection?.unsentBytes ?? 0)
        case .subscriptions: -Double(client.subscriptionCount)
        case .received: -Double(connection?.receivedPublishes ?? 0)
        case .sent: -Double(connection?.sentPublishes ?? 0)
        case .receivedBytes: -Double(connection?.receivedBytes ?? 0)
        case .sentBytes: -Double(connection?.sentBytes ?? 0)
        case .credits: connection.map { Double($0.credits) } ?? .infinity
        case .connected: connection.map { -$0.connectedSeconds } ?? .infinity
        }
    }

    /// Clients that have done this and that, by chance.
    private func crowd(_ shardCount: Int, seed: UInt64) throws -> (SimulatedBroker, [TestClient]) {
        var random = SeededGenerator(seed: seed)
        let broker = SimulatedBroker(shardCount: shardCount)
        var clients: [TestClient] = []
        for number in 0..<30 {
            let name = "\(random.below(10))-\(number)"
            clients.append(
                try TestClient.connected(
                    broker, .durable(name), shard: random.below(shardCount), capacity: random.chance(30) ? 500 : 1 << 20
                ))
            for _ in 0..<random.below(4) { _ = try clients[number].subscribe("t/\(random.below(4))", 1) }
            if random.chance(50) { broker.advance(milliseconds: UInt64(random.below(300))) }
        }
        for client in clients where random.chance(25) { client.lose() }
        for _ in 0..<200 {
            guard let client = random.pick(clients), !client.isClosed else { continue }
            let text = String(repeating: "x", count: random.below(200))
            client.publish("t/\(random.below(4))", text, qos: UInt8(random.below(2)))
        }
        return (broker, clients)
    }

    @Test(
        "Each order is kept, forwards and backwards, over all pages", arguments: [1, 4], ClientQuery.Order.allCases)
    func orders(shardCount: Int, order: ClientQuery.Order) throws {
        let (broker, clients) = try crowd(shardCount, seed: 7)
        #expect(clients.count == 30)
        let all = try broker.clients()
        #expect(all.count == 30)
        let expected = all.sorted { left, right in
            let (first, second) = (rank(left, order), rank(right, order))
            return first == second ? left.clientIdentifier < right.clientIdentifier : first < second
        }.map(\.clientIdentifier)
        #expect(Set(all.map { rank($0, order) }).count > 1 || order == .id, "all are equal, so nothing is shown")
        for isReversed in [false, true] {
            var query = ClientQuery()
            query.order = order
            query.isReversed = isReversed
            for limit in [1, 7, 30, 1000] {
                query.limit = limit
                let pages = try broker.pages(query)
                #expect(pages.flatMap(\.self) == (isReversed ? expected.reversed() : expected), "\(limit)")
                #expect(pages.count == (30 + limit - 1) / limit)
            }
        }
    }

    @Test("Identifiers that Swift takes for equal are two clients, each with its own place")
    func equalText() throws {
        let broker = SimulatedBroker()
        for name in ["e\u{301}", "\u{E9}", ":", "\u{301}"] {
            _ = try TestClient.connected(broker, ConnectFields(name))
        }
        var query = ClientQuery()
        query.order = .id
        query.limit = 1
        #expect(try broker.pages(query).flatMap(\.self).map { Array($0.utf8) }.count == 4)
    }

    // MARK: - Changes meanwhile

    @Test("Who stays is listed exactly once while others come and go", arguments: [1, 4], [false, true])
    func comingAndGoing(shardCount: Int, isOrdered: Bool) throws {
        var random = SeededGenerator(seed: 11)
        let broker = SimulatedBroker(shardCount: shardCount)
        var guests: [TestClient] = []
        var stable: [String] = []
        for number in 0..<40 {
            _ = try TestClient.connected(broker, ConnectFields("stays-\(number)"), shard: number % shardCount)
            stable.append("stays-\(number)")
            guests.append(
                try TestClient.connected(broker, ConnectFields("guest-\(number)"), shard: number % shardCount))
        }
        var count = 0
        let change = {
            for _ in 0..<3 {
                if random.chance(50), !guests.isEmpty {
                    guests.remove(at: random.below(guests.count)).disconnect()
                } else {
                    count += 1
                    guests.append(
                        try TestClient.connected(
                            broker, ConnectFields("\(random.below(1000))-\(count)"), shard: random.below(shardCount)))
                }
            }
        }
        var query = ClientQuery()
        query.limit = 7
        query.order = isOrdered ? .id : nil
        let found =
            isOrdered
            ? try broker.pages(query, between: change).flatMap(\.self)
            : try broker.clients(query, between: change).map(\.clientIdentifier)
        #expect(found.filter { $0.hasPrefix("stays") }.sorted() == stable.sorted())
        #expect(count > 5)
    }
}
