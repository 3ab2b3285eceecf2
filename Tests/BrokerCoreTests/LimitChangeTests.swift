import BrokerCore
import BrokerValues
import MQTTWire
import MetricCatalog
import SimulationKit
import Testing

/// New limits while clients are connected.
struct LimitChangeTests {
    private let observer = RecordingObserver()

    private func broker(shardCount: Int = 1, limits: BrokerLimits = BrokerLimits()) -> SimulatedBroker {
        let observer = observer
        return SimulatedBroker(shardCount: shardCount, limits: limits) { _ in BrokerPorts(observer: observer) }
    }

    private func change(_ broker: SimulatedBroker, _ edit: (inout BrokerLimits) -> Void) {
        var limits = broker.limits
        edit(&limits)
        for shard in broker.shards { shard.limitsChanged(limits, now: broker.now) }
        broker.settle()
    }

    private func fields(_ name: String, _ version: ProtocolVersion = .v5) -> ConnectFields {
        var fields = ConnectFields(name)
        fields.version = version
        return fields
    }

    private func publish(_ size: Int, _ version: ProtocolVersion, qos: UInt8 = 0, retain: Bool = false) -> [UInt8] {
        ClientPacket.publish(
            "t", [UInt8](repeating: 1, count: size), qos: qos, identifier: qos == 0 ? 0 : 1, retain: retain,
            version: version)
    }

    @Test("A smaller largest packet holds for new clients and for those of MQTT 3, not for those who were told another")
    func smallerPackets() throws {
        let broker = broker()
        let old5 = try TestClient.connected(broker, fields("old-5"))
        let old3 = try TestClient.connected(broker, fields("old-3", .v3_1_1))
        let stranger = TestClient(broker)
        change(broker) { $0.maximumPacketSize = 200 }
        old5.send(publish(1_000, .v5))
        #expect(!old5.isClosed)
        let new5 = try TestClient.connected(broker, fields("new-5"))
        new5.send(publish(100, .v5))
        #expect(!new5.isClosed)
        new5.send(publish(1_000, .v5))
        #expect(try new5.receive() == [.disconnect(reason: 0x95)])
        old3.send(publish(100, .v3_1_1))
        #expect(!old3.isClosed)
        old3.send(publish(1_000, .v3_1_1))
        #expect(old3.isClosed)
        _ = try stranger.exchange(fields(String(repeating: "x", count: 300)).bytes)
        #expect(stranger.isClosed)
    }

    @Test("A larger largest packet holds for everybody at once", arguments: [ProtocolVersion.v3_1_1, .v5])
    func largerPackets(version: ProtocolVersion) throws {
        var limits = BrokerLimits()
        limits.maximumPacketSize = 200
        let broker = broker(limits: limits)
        let client = try TestClient.connected(broker, fields("client", version))
        change(broker) { $0.maximumPacketSize = 2_000 }
        client.send(publish(1_500, version))
        #expect(!client.isClosed)
        client.send(publish(2_500, version))
        _ = try client.receive()
        #expect(client.isClosed)
    }

    @Test("QoS and retained messages that CONNACK promised are still taken; others learn the new limits")
    func promisedPublishes() throws {
        let broker = broker()
        let old5 = try TestClient.connected(broker, fields("old-5"))
        let old3 = try TestClient.connected(broker, fields("old-3", .v3_1_1))
        change(broker) {
            $0.maximumQoS = .atMostOnce
            $0.retainAvailable = false
        }
        #expect(
            try old5.exchange(publish(1, .v5, qos: 1, retain: true))
                == [.acknowledgement(.puback, identifier: 1, reason: 0x10)])
        #expect(broker.shard.retainedCount == 1)
        _ = try old3.exchange(publish(1, .v3_1_1, qos: 1))
        #expect(old3.isClosed)
        for (qos, retain, reason) in [(1, false, 0x9B), (0, true, 0x9A)] as [(UInt8, Bool, UInt8)] {
            let new5 = try TestClient.connected(broker, fields("new-5"))
            #expect(try new5.exchange(publish(1, .v5, qos: qos, retain: retain)) == [.disconnect(reason: reason)])
        }
        change(broker) { _ in }
        let again = try TestClient.connected(broker, fields("again"))
        #expect(try again.exchange(publish(1, .v5, qos: 1)) == [.acknowledgement(.puback, identifier: 1, reason: 0x10)])
    }

    @Test("Subscriptions that CONNACK promised are still granted, with the QoS that is there now")
    func promisedSubscriptions() throws {
        let broker = broker()
        let old5 = try TestClient.connected(broker, fields("old-5"))
        let old3 = try TestClient.connected(broker, fields("old-3", .v3_1_1))
        change(broker) {
            $0.wildcardSubscriptionsAvailable = false
            $0.sharedSubscriptionsAvailable = false
            $0.subscriptionIdentifiersAvailable = false
            $0.maximumQoS = .atMostOnce
        }
        func codes(_ client: TestClient, _ filter: String) throws -> [UInt8] {
            guard case .subscription(_, _, let codes) = try client.subscribe(filter, 1).first else { return [] }
            return codes
        }
        #expect(try codes(old5, "a/#") == [0])
        #expect(try codes(old5, "$share/group/a") == [0])
        #expect(try codes(old3, "a/#") == [0x80])
        let new5 = try TestClient.connected(broker, fields("new-5"))
        #expect(try codes(new5, "a/#") == [0xA2])
        #expect(try codes(new5, "$share/group/a") == [0x9E])
        #expect(try codes(new5, "a") == [0])
        func identified(_ client: TestClient) throws -> ServerPacket? {
            var properties = PropertyBytes()
            properties.add(0x0B, varint: 5)
            let number = client.identifier()
            return try client.exchange(
                ClientPacket.subscribe(number, [("b", 0)], version: .v5, properties: properties)
            ).first
        }
        guard case .subscription(_, _, [0]) = try identified(old5) else {
            Issue.record("the identifier was promised")
            return
        }
        #expect(try identified(new5) == .disconnect(reason: 0xA1))
    }

    @Test("The Receive Maximum of CONNACK stays with the connection")
    func receiveMaximum() throws {
        let broker = broker()
        func sendTwo(_ client: TestClient) {
            for number in 1...2 { client.send(ClientPacket.publish("t", [], qos: 2, identifier: number)) }
        }
        let old = try TestClient.connected(broker, fields("old"))
        change(broker) { $0.serverReceiveMaximum = 1 }
        sendTwo(old)
        #expect(!old.isClosed)
        let new = try TestClient.connected(broker, fields("new"))
        sendTwo(new)
        #expect(try new.receive().last == .disconnect(reason: 0x93))
    }

    @Test("A shorter longest topic holds at once, also for a topic that was published to before")
    func topics() throws {
        let broker = broker()
        let client = try TestClient.connected(broker, fields("client"))
        for _ in 0..<2 {
            #expect(
                try client.exchange(ClientPacket.publish("a/b/c", [], qos: 1, identifier: 1))
                    == [.acknowledgement(.puback, identifier: 1, reason: 0x10)])
        }
        change(broker) { $0.maximumTopicLevels = 2 }
        _ = try client.exchange(ClientPacket.publish("a/b/c", [], qos: 1, identifier: 1))
        #expect(client.isClosed)
    }

    @Test("A full queue takes more when it may be longer, and nothing is thrown away when it must be shorter")
    func queues() throws {
        var limits = BrokerLimits()
        limits.maximumQueuedMessages = 4
        let broker = broker(limits: limits)
        let subscriber = try TestClient.connected(broker, .durable("subscriber"))
        _ = try subscriber.subscribe("t", 1)
        subscriber.lose()
        let publisher = try TestClient.connected(broker, fields("publisher"))
        func halfFull() -> Int { broker.shard.counters[ShardCounters.queuesHalfFull.base] }
        for number in 0..<5 { publisher.publish("t", "\(number)", qos: 1) }
        #expect(observer.count(of: .clientQueueFull) == 1)
        #expect(halfFull() == 1)
        change(broker) { $0.maximumQueuedMessages = 100 }
        #expect(halfFull() == 0)
        publisher.publish("t", "5", qos: 1)
        #expect(observer.count(of: .clientQueueFull) == 1)
        change(broker) { $0.maximumQueuedMessages = 2 }
        #expect(halfFull() == 1)
        publisher.publish("t", "6", qos: 1)
        #expect(observer.count(of: .clientQueueFull) == 2)
        let back = try TestClient.connected(broker, .durable("subscriber"))
        #expect(try back.payloads() == ["0", "1", "2", "3", "5"])
        #expect(halfFull() == 0)
    }

    @Test("Retained messages above a smaller limit stay, and there is no room for more")
    func retained() throws {
        let broker = broker()
        let client = try TestClient.connected(broker, fields("client"))
        for number in 0..<3 { client.publish("t/\(number)", "x", retain: true) }
        change(broker) { $0.maximumRetainedMessages = 2 }
        client.publish("t/3", "x", retain: true)
        #expect(broker.shard.retainedCount == 3)
        #expect(observer.count(of: .retainedStoreFull) == 1)
        change(broker) { $0.maximumRetainedMessages = 4 }
        client.publish("t/3", "x", retain: true)
        #expect(broker.shard.retainedCount == 4)
    }

    @Test("What is unsent is held against the new limits")
    func unsent() throws {
        let broker = broker()
        let reader = try TestClient.connected(broker, fields("reader"), capacity: 500)
        _ = try reader.subscribe("t", 0)
        let publisher = try TestClient.connected(broker, fields("publisher"))
        let text = String(repeating: ".", count: 1_000)
        for _ in 0..<50 { publisher.publish("t", text) }
        #expect(observer.drops.isEmpty)
        change(broker) {
            $0.maximumUnsentBytes = 20_000
            $0.writeBufferHighThreshold = 10_000
            $0.writeBufferLowThreshold = 1_000
        }
        publisher.publish("t", text)
        #expect(observer.count(of: .connectionNotWritable) == 1)
        #expect(try reader.payloads().count == 50)
        publisher.publish("t", text)
        #expect(observer.count(of: .connectionNotWritable) == 1)
        change(broker) { $0.maximumBrokerUnsentBytes = 1 }
        for _ in 0..<5 { publisher.publish("t", text) }
        #expect(observer.count(of: .connectionNotWritable) > 1, "all together are above their limit")
    }

    @Test("Who was not read from for what it had not taken goes on when it may leave more")
    func resumed() throws {
        var limits = BrokerLimits()
        limits.maximumUnsentBytes = 4_096
        let broker = broker(limits: limits)
        let client = try TestClient.connected(broker, fields("client"), capacity: 10)
        var pings: [UInt8] = []
        for _ in 0..<10_000 { pings += [0xC0, 0x00] }
        client.link.clientSends(pings)
        broker.settle()
        #expect(broker.shard.counters[ShardCounters.connectionsPaused.base + PauseCause.answer.counterIndex] == 1)
        change(broker) { $0.maximumUnsentBytes = 100_000 }
        #expect(broker.shard.counters[ShardCounters.connectionsPaused.base + PauseCause.answer.counterIndex] == 0)
        #expect(try client.receive().count == 10_000)
    }

    @Test("A session expiry that CONNACK granted may still be had at the end, one beyond it may not")
    func sessionExpiry() throws {
        let broker = broker()
        func connect(_ name: String) throws -> TestClient {
            var fields = fields(name)
            fields.properties.add(0x11, uint32: 100)
            return try TestClient.connected(broker, fields)
        }
        func leave(_ client: TestClient, _ seconds: UInt32) {
            var properties = PropertyBytes()
            properties.add(0x11, uint32: seconds)
            let body = [0x00] + properties.section
            client.send([0xE0, UInt8(body.count)] + body)
            client.link.clientCloses()
            broker.settle()
        }
        let granted = try connect("granted")
        let greedy = try connect("greedy")
        change(broker) { $0.maximumSessionExpiry = 10 }
        leave(granted, 100)
        leave(greedy, 5_000)
        broker.advanceSettling(milliseconds: 50_000)
        #expect(broker.shard.sessionCount == 2)
        broker.advanceSettling(milliseconds: 60_000)
        #expect(broker.shard.sessionCount == 0)
    }

    @Test("Every shard of a broker takes on new limits under way of messages between them")
    func shards() throws {
        let broker = broker(shardCount: 2)
        let subscriber = try TestClient.connected(broker, fields("subscriber"), shard: 1)
        _ = try subscriber.subscribe("t", 1)
        let publisher = try TestClient.connected(broker, fields("publisher"), shard: 0)
        for number in 0..<300 {
            publisher.publish("t", "\(number)", qos: 1)
            change(broker) {
                $0.maximumMailMessages = number % 2 == 0 ? 16 : 256
                $0.matchCacheBytes = number % 3 == 0 ? 65_536 : 1_000_000
            }
        }
        #expect(try subscriber.payloads() == (0..<300).map(String.init))
        #expect(observer.drops.isEmpty)
    }
}
