import AuthorityKit
import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

@Suite("What a restart leaves, and what time does to it")
struct DowntimeTests {
    private func acknowledgements(_ packets: [ServerPacket]) -> [String] {
        packets.compactMap { packet in
            if case .acknowledgement(let type, _, let reason) = packet { return "\(type.name) \(reason)" }
            return nil
        }
    }

    @Test("The time that the broker was down counts for the expiry of a session", arguments: [29, 31])
    func sessionExpiry(secondsDown: UInt64) throws {
        let setting = StorageSetting()
        _ = try setting.subscriber("away", expiry: 60).lose()
        setting.broker.advanceSettling(milliseconds: 30_000)
        _ = try setting.client("somebody").disconnect()
        _ = try setting.subscriber("stamp").lose()
        setting.crash(downtime: secondsDown * 1000)
        setting.broker.advanceSettling(milliseconds: 200)
        #expect(try setting.returning("away").isPresent == (secondsDown < 30))
    }

    @Test(
        "It counts for a client that was connected as well, since the broker was last known to run",
        arguments: [59, 61])
    func connectedAtTheCrash(secondsDown: UInt64) throws {
        let setting = StorageSetting()
        _ = try setting.subscriber("here", expiry: 60)
        setting.broker.advanceSettling(milliseconds: 300_000)
        _ = try setting.subscriber("stamp").lose()
        setting.crash(downtime: secondsDown * 1000)
        setting.broker.advanceSettling(milliseconds: 200)
        #expect(try setting.returning("here").isPresent == (secondsDown < 60))
    }

    @Test("A clock that was put back counts as no time passed")
    func clockBehind() throws {
        let storage = ModelStorage()
        let setting = StorageSetting(storage)
        _ = try setting.subscriber("away", expiry: 60).lose()
        setting.broker.advanceSettling(milliseconds: 50_000)
        _ = try setting.subscriber("stamp").lose()
        storage.crash()
        // Ports of a clock that is far behind, as the storage hands them out.
        let port = try #require(storage.ports(1, at: Instant(milliseconds: 5), stamp: 1).first)
        #expect(port.clock.stamp(of: Instant(milliseconds: 5)) == storage.lastStamp)
        setting.crash()
        setting.broker.advanceSettling(milliseconds: 9_000)
        #expect(try setting.returning("away").isPresent)
    }

    @Test(
        "A will of a client that was connected waits for its return, and is published if it stays away",
        arguments: [
            true, false,
        ])
    func wills(returns: Bool) throws {
        let setting = StorageSetting()
        _ = try setting.subscriber("receiver").lose()
        var fields = ConnectFields.durable("mortal")
        fields.willTopic = "t/will"
        fields.willPayload = Array("farewell".utf8)
        fields.willQoS = 1
        fields.willProperties.add(0x18, uint32: 1)
        _ = try TestClient.connected(setting.broker, fields)
        setting.crash(downtime: 5_000)
        setting.broker.advanceSettling(milliseconds: 10_000)
        if returns { _ = try setting.returning("mortal") }
        setting.broker.advanceSettling(milliseconds: 25_000)
        #expect(try setting.drain(try setting.returning("receiver").client) == (returns ? [] : ["farewell"]))
        setting.crash(downtime: 60_000)
        setting.broker.advanceSettling(milliseconds: 40_000)
        #expect(try setting.drain(try setting.returning("receiver").client) == [], "not a second time")
    }

    @Test("Of two sessions of a client the later one counts, also if it began on another shard")
    func laterSession() throws {
        let storage = ModelStorage()
        for shards in [(0, 1), (1, 0)] {
            let broker = SimulatedBroker(shardCount: 2, storage: storage)
            _ = try TestClient.connected(broker, .durable("busy"), shard: shards.0).lose()
            let old = try TestClient.connected(broker, .durable("client"), shard: shards.0)
            _ = try old.subscribe("old", 1)
            let numbers = storage.sessions.values.filter { $0.client == "client" }.map(\.number)
            var fields = ConnectFields.durable("client")
            fields.cleanStart = true
            let new = try TestClient.connected(broker, fields, shard: shards.1)
            _ = try new.subscribe("new", 1)
            let now = try #require(storage.sessions.values.first { $0.client == "client" })
            #expect(numbers.allSatisfy { $0 < now.number })
            storage.crash()
        }
    }

    @Test("Without room in the storage a client of version 5 is refused, one of version 3 is held after one message")
    func storageFull() throws {
        let setting = StorageSetting()
        let new = try setting.client("new")
        let old = try setting.client("old", version: .v3_1_1)
        setting.broker.gates.setStorageFull(true)
        for client in [new, old] {
            for number in 1...3 { client.publish("t/1", "\(number)", qos: number == 2 ? 2 : 1) }
        }
        #expect(acknowledgements(try new.receive()) == ["PUBACK 151", "PUBREC 151", "PUBACK 151"])
        #expect(acknowledgements(try old.receive()) == ["PUBACK 0"])
        #expect(old.link.isPaused)
        setting.broker.gates.setStorageFull(false)
        setting.broker.advanceSettling(milliseconds: 100)
        #expect(acknowledgements(try old.receive()) == ["PUBREC 0", "PUBACK 0"])
        new.publish("t/1", "again", qos: 2)
        #expect(acknowledgements(try new.receive()) == ["PUBREC 16"])
    }

    @Test("A publisher is told when every queue has refused its message, and not if one took it")
    func everyQueueFull() throws {
        let setting = StorageSetting { $0.maximumQueuedMessages = 2 }
        _ = try setting.subscriber("first").lose()
        let publisher = try setting.client("publisher")
        for number in 0..<3 { publisher.publish("t/1", "\(number)", qos: 1) }
        #expect(acknowledgements(try publisher.receive()) == ["PUBACK 0", "PUBACK 0", "PUBACK 151"])
        _ = try setting.subscriber("second").lose()
        publisher.publish("t/1", "taken by one", qos: 2)
        #expect(acknowledgements(try publisher.receive()) == ["PUBREC 0"])
    }

    @Test("A publisher waits while more waits for the storage than may, and goes on when it is written")
    func journalFull() throws {
        let setting = StorageSetting {
            $0.maximumQueuedBytes = 1 << 30
            $0.maximumBrokerQueuedBytes = 1 << 30
            $0.maximumQueuedMessages = 10_000
        }
        _ = try setting.subscriber("away").lose()
        let publisher = try setting.client("publisher")
        setting.storage.isHolding = true
        let payload = [UInt8](repeating: 1, count: 1 << 20)
        var count = 0
        while !publisher.link.isPaused, count < 60 {
            count += 1
            publisher.send(ClientPacket.publish("t/1", payload, qos: 1, identifier: count))
        }
        #expect(count > 30 && count < 40, "32 MiB may wait")
        #expect(try publisher.receive() == [])
        setting.storage.isHolding = false
        setting.broker.advanceSettling(milliseconds: 100)
        #expect(try publisher.receive().count == count)
        #expect(!publisher.link.isPaused)
    }

    @Test(
        "A session that gets an expiry while it is connected is stored from then on, with what it has",
        arguments: [
            UInt8(1), 2,
        ])
    func beginsToBeStored(qos: UInt8) throws {
        let setting = StorageSetting { $0.maximumInflight = 2 }
        let client = try setting.client("client")
        _ = try client.subscribe("t/#", qos)
        let publisher = try setting.client("publisher")
        for number in 0..<5 { publisher.publish("t/1", "\(number)", qos: 2) }
        #expect(setting.storage.sessions.isEmpty)
        var restrictions = ClientRestrictions()
        restrictions.sessionExpiry = 1000
        #expect(setting.broker.shard.setRestrictions(restrictions, of: "client", now: setting.broker.now))
        setting.broker.settle()
        setting.crash()
        let (returned, isPresent) = try setting.returning("client")
        #expect(isPresent)
        #expect(try setting.drain(returned) == (0..<5).map { "\($0)" })
        #expect(setting.storage.leftoverMessages == [])
    }

    @Test(
        "Only the kinds that are kept come back",
        arguments: [
            StoredKinds(messages: false), StoredKinds(sessions: false), StoredKinds(retained: false),
        ])
    func kinds(_ kinds: StoredKinds) throws {
        let setting = StorageSetting(ModelStorage(kinds: kinds))
        _ = try setting.subscriber("away", qos: 1).lose()
        let publisher = try setting.client("publisher")
        publisher.publish("t/1", "message", qos: 1)
        publisher.publish("r/1", "retained", qos: 1, retain: true)
        #expect(acknowledgements(try publisher.receive()).count == 2)
        setting.crash()
        let (client, isPresent) = try setting.returning("away")
        #expect(isPresent == kinds.sessions)
        #expect(try setting.drain(client) == (kinds.messages ? ["message"] : []))
        let reader = try setting.client("reader")
        _ = try reader.subscribe("r/#", 0)
        #expect(setting.broker.shard.retainedCount == (kinds.retained ? 1 : 0))
    }
}
