import BrokerCore
import BrokerValues
import Introspection
import SimulationKit
import Testing

@Suite("What operators see of one client")
struct ClientSnapshotTests {
    @Test("A connected client is shown with what it said at CONNECT and has done since", arguments: [1, 4])
    func connected(shardCount: Int) throws {
        let broker = SimulatedBroker(shardCount: shardCount)
        var fields = ConnectFields.durable("c", expiry: 500)
        fields.userName = "ann"
        fields.keepAlive = 30
        fields.willTopic = "will"
        let client = try TestClient.connected(broker, fields, shard: shardCount - 1)
        _ = try client.subscribe("t", 1)
        _ = try client.subscribe("$share/g/t2", 0)
        client.publish("t", "12345", qos: 1)
        client.publish("u", "")
        let sent = try client.receive()
        broker.advance(milliseconds: 1_500)
        let snapshot = try #require(broker.client("c"))
        #expect(snapshot.eventLoop == shardCount - 1)
        #expect(snapshot.sessionExpiry == 500)
        #expect(snapshot.hasWill)
        #expect(snapshot.subscriptionCount == 2)
        #expect(snapshot.inflightMessages == 1)
        #expect(snapshot.disconnectedSeconds == nil && snapshot.disconnectCause == nil)
        let connection = try #require(snapshot.connection)
        #expect(connection.userName == "ann")
        #expect(connection.keepAliveSeconds == 30)
        #expect(connection.connectedSeconds == 1.5)
        #expect(connection.protocolVersion == "5")
        #expect(connection.listener == "simulated")
        #expect(connection.address == "192.0.2.1:1")
        #expect(connection.receivedPublishes == 2)
        #expect(connection.sentPublishes == 1)
        #expect(sent.count == 2)
        // PUBLISH: two bytes of header, three of topic, two of identifier at QoS 1, one of properties, the payload.
        let subscribes = (2 + 2 + 1 + 3 + 1) + (2 + 2 + 1 + 13 + 1)
        #expect(connection.receivedBytes == fields.bytes.count + subscribes + (2 + 3 + 2 + 1 + 5) + (2 + 3 + 1))
        #expect(connection.sentBytes > 2 * 6 + (2 + 3 + 2 + 1 + 5) + 4)
    }

    @Test("Bytes sent are all that the client has got, also with a limit on bytes a second")
    func sentBytes() throws {
        let broker = SimulatedBroker()
        let link = broker.connect()
        link.clientSends(ConnectFields("c").bytes)
        broker.settle()
        var slow = ClientRestrictions()
        slow.outgoingBytesPerSecond = 1_000
        #expect(broker.shard.setRestrictions(slow, of: "c", now: broker.now))
        link.clientSends(ClientPacket.subscribe(1, [("t", 0)]))
        for _ in 0..<20 { link.clientSends(ClientPacket.publish("t", [UInt8](repeating: 1, count: 100))) }
        var received = 0
        for _ in 0..<50 {
            broker.advanceSettling(milliseconds: 10)
            received += link.clientReads().count
        }
        #expect(received > 200)
        #expect(broker.client("c")?.connection?.sentBytes == received)
    }

    @Test("A client that is away is shown with the time and the cause of its going")
    func away() throws {
        let broker = SimulatedBroker()
        let lost = try TestClient.connected(broker, .durable("lost"))
        let left = try TestClient.connected(broker, .durable("left"))
        lost.lose()
        broker.advanceSettling(milliseconds: 2_000)
        left.disconnect()
        broker.advanceSettling(milliseconds: 1_000)
        #expect(broker.client("lost")?.connection == nil)
        #expect(broker.client("lost")?.disconnectedSeconds == 3)
        #expect(broker.client("lost")?.disconnectCause == "socket_failed")
        #expect(broker.client("left")?.disconnectedSeconds == 1)
        #expect(broker.client("left")?.disconnectCause == "client_disconnected")
        _ = try TestClient.connected(broker, .durable("lost"))
        #expect(broker.client("lost")?.disconnectedSeconds == nil)
        #expect(broker.client("nobody") == nil)
    }

    // MARK: - Subscriptions

    private func subscriptions(
        _ broker: SimulatedBroker, between: () throws -> Void = {}
    ) throws -> [SubscriptionSnapshot] {
        var found: [SubscriptionSnapshot] = []
        var place: Shard.SubscriptionPlace?
        repeat {
            let page = try #require(broker.shard.subscriptions(of: "c", below: place, maximum: 4))
            #expect(page.found.count <= 4)
            found += page.found
            place = page.next
            try between()
        } while place != nil
        return found
    }

    @Test("All subscriptions of a client are listed once, own and shared, with their options")
    func subscriptionPages() throws {
        let broker = SimulatedBroker()
        let client = try TestClient.connected(broker, ConnectFields("c"))
        for number in 0..<22 { _ = try client.subscribe("own/\(number)", 1) }
        for number in 0..<6 { _ = try client.subscribe("$share/g/shared/\(number)", 2) }
        _ = try client.subscribe("$share:old:style", 0)
        var properties = PropertyBytes()
        properties.add(0x0B, varint: 77)
        // No Local, Retain As Published, retain handling 2, QoS 1.
        client.send(ClientPacket.subscribe(99, [("special", 0x2D)], properties: properties))
        let found = try subscriptions(broker)
        let expected =
            (0..<22).map { "own/\($0)" } + (0..<6).map { "$share/g/shared/\($0)" } + ["$share/old/style", "special"]
        #expect(found.map(\.filter).sorted() == expected.sorted())
        #expect(
            found.first { $0.filter == "special" }
                == SubscriptionSnapshot(
                    filter: "special", qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2, identifier: 77
                ))
        #expect(broker.shard.subscriptions(of: "nobody", below: nil, maximum: 4) == nil)
        for place in [Shard.SubscriptionPlace.own(.max), .own(.min), .shared(.max), .shared(-1)] {
            #expect(broker.shard.subscriptions(of: "c", below: place, maximum: 100) != nil)
        }
    }

    @Test("A subscription that stays is not missed while others go")
    func subscriptionsGo() throws {
        let broker = SimulatedBroker()
        let client = try TestClient.connected(broker, ConnectFields("c"))
        for number in 0..<40 { _ = try client.subscribe("own/\(number)", 1) }
        var gone = 0
        let found = try subscriptions(broker) {
            for _ in 0..<2 {
                client.send(ClientPacket.unsubscribe(1_000 + gone, ["own/\(gone)"]))
                gone += 1
            }
        }
        #expect(gone > 10)
        #expect(Set(found.map(\.filter)).isSuperset(of: (gone..<40).map { "own/\($0)" }))
    }

    // MARK: - Facts and sums

    @Test("A session that has expired can be told from one that ended otherwise")
    func expired() throws {
        let observer = RecordingObserver()
        let broker = SimulatedBroker { _ in BrokerPorts(observer: observer) }
        try TestClient.connected(broker, .durable("expires", expiry: 2)).lose()
        try TestClient.connected(broker, ConnectFields("clean")).lose()
        try TestClient.connected(broker, .durable("again")).lose()
        _ = try TestClient.connected(broker, ConnectFields("again"))
        broker.advanceSettling(milliseconds: 3_000)
        #expect(observer.endedSessions.sorted() == ["again", "clean", "expires"])
        #expect(observer.expiredSessions == ["expires"])
    }

    @Test("An observer hears which limit has refused something, and of whom")
    func limits() throws {
        let observer = RecordingObserver()
        var limits = BrokerLimits()
        limits.maximumSubscriptionsPerClient = 1
        limits.maximumPacketSize = 1_000
        let broker = SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
        let client = try TestClient.connected(broker, ConnectFields("c"))
        _ = try client.subscribe("a", 0)
        _ = try client.subscribe("b", 0)
        client.publish("a", String(repeating: "x", count: 1_000))
        #expect(observer.limitsHit.map(\.limit) == [.subscriptions, .packetSize])
        #expect(observer.limitsHit.allSatisfy { $0.client == "c" })
    }

    @Test("The summary of the memory counts what is there, and nothing when all have gone", arguments: [1, 4])
    func heap(shardCount: Int) throws {
        let broker = SimulatedBroker(shardCount: shardCount)
        let sum = { (name: String) in
            broker.shards.flatMap { $0.heapSummary() }.filter { $0.name == name }
                .reduce(into: (count: 0, bytes: 0)) { $0 = ($0.count + $1.count, $0.bytes + ($1.bytes ?? 0)) }
        }
        let names = broker.shard.heapSummary().map(\.name)
        #expect(Set(names).count == names.count)
        let away = try TestClient.connected(broker, .durable("away"), shard: shardCount - 1)
        _ = try away.subscribe("t", 1)
        _ = try away.subscribe("$share/g/t", 1)
        away.lose()
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        publisher.publish("t", "kept", qos: 1, retain: true)
        let half = try TestClient.connected(broker, ConnectFields("half"))
        half.send([0x30, 100, 0])
        #expect(sum("connections").count == 2)
        #expect(sum("sessions").count == 3)
        #expect(sum("subscriptions").count == 1)
        #expect(sum("shared-groups").count == 1)
        #expect(sum("queued-messages").count == 2)
        #expect(sum("queued-messages").bytes > 0)
        #expect(sum("retained-messages").count == 1)
        #expect(sum("incomplete-packets") == (1, 3))
        #expect(sum("match-cache").count > 0)
        publisher.publish("t", "", retain: true)
        publisher.lose()
        half.lose()
        for shard in broker.shards { _ = shard.invalidateSession("away", now: broker.now) }
        broker.settle()
        for name in [
            "connections", "sessions", "subscriptions", "shared-groups", "queued-messages", "filters",
            "retained-messages", "incomplete-packets", "mail", "open-requests", "timers",
        ] {
            #expect(sum(name) == (0, 0), "\(name)")
        }
    }
}
