import BrokerCore
import BrokerTestKit
import BrokerValues
import MetricCatalog
import Testing

@Suite("How fast clients are let in")
struct ConnectRateTests {
    /// Opens sockets, which send nothing yet.
    private func open(_ broker: TestBroker, _ count: Int) async throws -> [TestClient] {
        var clients: [TestClient] = []
        for _ in 0..<count { clients.append(try await TestClient.open(broker)) }
        return clients
    }

    private func knock(_ clients: [TestClient]) {
        for (number, client) in clients.enumerated() { client.sendConnect(ConnectFields(id: "c\(number)")) }
    }

    @Test("A burst is let in at once, and who is beyond it is let in later, at the rate", arguments: [4, 5, 7])
    func burst(clients count: Int) async throws {
        let rate = ConnectRate(perSecond: 2, burst: 5)
        try await TestBroker.with(limits: .with { _ in }, connectRate: rate) { broker in
            let clients = try await open(broker, count)
            let elapsed = try await timed {
                knock(clients)
                for client in clients { try await client.expectAccepted() }
            }
            let beyond = max(0, count - 5)
            #expect(elapsed >= .milliseconds(500 * beyond - 1))
            #expect(beyond == 0 ? broker.connectsDelayed == 0 : (1...beyond).contains(broker.connectsDelayed))
            #expect(broker.connectsThrottled == 0)
            #expect(broker.refusals == 0)
            for client in clients { try await client.ping() }
        }
    }

    @Test("A listener without a rate delays nobody")
    func unlimited() async throws {
        try await TestBroker.with(limits: .with { _ in }) { broker in
            let clients = try await open(broker, 100)
            knock(clients)
            for client in clients { try await client.expectAccepted() }
            #expect(broker.connectsDelayed == 0)
        }
    }

    /// One client in twenty seconds, and the first at once.
    private static let slow = ConnectRate(perSecond: 0.05, burst: 1)

    @Test("As many sockets wait as the limit says, others are closed at once", arguments: [2, 3, 4])
    func waitingSockets(count: Int) async throws {
        try await TestBroker.with(
            limits: .with { $0.maximumWaitingSockets = 3 }, connectRate: Self.slow
        ) { broker in
            let connected = try await TestClient.connect(broker)
            let clients = try await open(broker, count)
            let turnedAway = max(0, count - 3)
            try await waitUntil("all sockets are accepted") {
                broker.counter(ShardCounters.socketsAccepted.base) == count + 1
            }
            for client in clients.suffix(turnedAway) { try await client.expectClosed() }
            #expect(broker.refusals(.waitingSockets) == turnedAway)
            #expect(broker.connectsThrottled == turnedAway)
            #expect(broker.connectsDelayed == min(count, 3))
            for client in clients.prefix(3) { #expect(!client.isClosed) }
            try await connected.ping()
        }
    }

    @Test("Who waits in vain is disconnected and counted; who is connected notices nothing")
    func waitingInVain() async throws {
        try await TestBroker.with(
            limits: .with { $0.connectTimeoutMilliseconds = 400 }, connectRate: Self.slow
        ) { broker in
            let connected = try await TestClient.connect(broker)
            let late = try await open(broker, 3)
            knock(late)
            for client in late {
                try await connected.ping()
                try await client.expectClosed()
            }
            #expect(broker.refusals(.connectRate) == 3)
            #expect(broker.connectsThrottled == 3)
            #expect(broker.connectsDelayed == 3)
            try await connected.ping()
        }
    }

    @Test("A socket that says nothing takes no place of one that does")
    func silentSockets() async throws {
        let rate = ConnectRate(perSecond: 10, burst: 1)
        try await TestBroker.with(limits: .with { _ in }, connectRate: rate) { broker in
            _ = try await TestClient.connect(broker)
            let silent = try await open(broker, 50)
            let late = try await open(broker, 2)
            knock(late)
            for client in late { try await client.expectAccepted() }
            #expect(silent.allSatisfy { !$0.isClosed })
        }
    }

    @Test(
        "At a high stress level clients are let in slowly without any setting, below it at once", arguments: [4, 5, 10])
    func stressed(level: Int) async throws {
        // By level: the burst is a tenth of the clients let in in a second.
        let allowed = [4: Int.max, 5: 200, 10: 5][level] ?? 0
        try await TestBroker.with(limits: .with { _ in }) { broker in
            broker.gates.setStressLevel(level)
            let clients = try await open(broker, 30)
            let elapsed = try await timed {
                knock(clients)
                for client in clients { try await client.expectAccepted() }
            }
            if allowed < clients.count {
                #expect(elapsed >= .milliseconds((clients.count - allowed) * 20 - 1))
                #expect(broker.connectsDelayed > 0)
            } else {
                #expect(broker.connectsDelayed == 0)
            }
        }
    }
}
