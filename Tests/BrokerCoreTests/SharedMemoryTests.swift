import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

/// What many receivers get of one message is held once, and what they do not share is charged to their queues.
struct SharedMemoryTests {
    @Test("Large user properties are held once for all receivers, also with aliases and subscription identifiers")
    func largeProperties() throws {
        let broker = SimulatedBroker()
        let receivers = try (0..<4).map { number in
            var fields = ConnectFields("receiver-\(number)")
            if number == 2 { fields.properties.add(0x22, uint16: 5) }
            let client = try TestClient.connected(broker, fields)
            var properties = PropertyBytes()
            if number == 3 { properties.add(0x0B, varint: 7) }
            _ = try client.exchange(ClientPacket.subscribe(1, [("t", 0)], properties: properties))
            return client
        }
        let old = try TestClient.connected(broker, ConnectFields("old", version: .v3_1_1))
        _ = try old.subscribe("t", 0)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        var properties = PropertyBytes()
        for number in 0..<100 { properties.addUserProperty("\(number)", String(repeating: "x", count: 1_000)) }
        publisher.send(ClientPacket.publish("t", [1], properties: properties))
        for receiver in receivers {
            let publish = try #require(try receiver.publishes().first)
            #expect(publish.payload == [1])
            #expect(
                publish.properties.filter { $0.identifier == 0x26 }.map(\.second.count)
                    == Array(repeating: 1_000, count: 100))
        }
        #expect(Set(receivers.map(\.link.largestPiece.memory)).count == 1)
        #expect(receivers.allSatisfy { $0.link.largestPiece.count > 100_000 })
        #expect(try old.payloads() == ["\u{1}"])
        #expect(old.link.largestPiece.count < 100)
    }

    @Test("Subscription identifiers are charged to the queue of who waits for their message")
    func identifiersAreCharged() throws {
        var limits = BrokerLimits()
        limits.maximumQueuedBytes = 100_000
        let observer = RecordingObserver()
        let broker = SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
        let receiver = try TestClient.connected(broker, .durable("receiver"))
        // 1024 filters that all match the one topic, with an identifier each.
        for number in 0..<1024 {
            let filter = (0..<10).map { number >> $0 & 1 == 0 ? "a" : "+" }.joined(separator: "/")
            var properties = PropertyBytes()
            properties.add(0x0B, varint: number + 1)
            _ = try receiver.exchange(
                ClientPacket.subscribe(receiver.identifier(), [(filter, 1)], properties: properties))
        }
        receiver.lose()
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        let topic = Array(repeating: "a", count: 10).joined(separator: "/")
        for _ in 0..<100 { publisher.publish(topic, "x", qos: 1) }
        let kept = 100 - observer.count(of: .clientQueueBytesFull)
        #expect((20...24).contains(kept), "each is charged 4 KB")
        #expect(broker.shard.queuedBytes <= 100_000)
        let returned = try TestClient.connected(broker, .durable("receiver"))
        let publishes = try returned.publishes()
        #expect(publishes.count == kept)
        #expect(publishes.allSatisfy { Set($0.subscriptionIdentifiers) == Set(1...1024) })
        #expect(broker.shard.queuedBytes == 0)
    }

    @Test("A client's own message carries the identifiers of its subscriptions without No Local only")
    func ownIdentifiers() throws {
        let broker = SimulatedBroker()
        let client = try TestClient.connected(broker, ConnectFields("client"))
        for (filter, options, number) in [("a/+", 0 as UInt8, 1), ("+/b", 4, 2), ("a/b", 0, 3), ("own", 4, 4)] {
            var properties = PropertyBytes()
            properties.add(0x0B, varint: number)
            _ = try client.exchange(ClientPacket.subscribe(number, [(filter, options)], properties: properties))
        }
        let other = try TestClient.connected(broker, ConnectFields("other"))
        client.publish("a/b", "own")
        client.publish("own", "own")
        other.publish("a/b", "other")
        let publishes = try client.publishes()
        #expect(publishes.map { Set($0.subscriptionIdentifiers) } == [[1, 3], [1, 2, 3]])
    }
}
