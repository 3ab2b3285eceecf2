import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

/// A broker of one shard with an observer, and a durable subscriber that is away.
private struct Setting {
    let broker: SimulatedBroker
    let observer = RecordingObserver()
    let publisher: TestClient

    init(_ limits: BrokerLimits) throws {
        let observer = self.observer
        broker = SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
        let subscriber = try TestClient.connected(broker, .durable("subscriber"))
        _ = try subscriber.subscribe("t/#")
        subscriber.lose()
        publisher = try TestClient.connected(broker, ConnectFields("publisher"))
    }

    func publish(_ count: Int, size: Int = 2) {
        for number in 0..<count {
            let text = "\(number)"
            let padding = String(repeating: ".", count: max(0, size - text.count))
            publisher.publish("t/x", text + padding, qos: 1)
        }
    }

    /// What the subscriber gets when it comes back; numbers only.
    func received() throws -> [Int] {
        let client = try TestClient.connected(broker, .durable("subscriber"))
        return try client.payloads().compactMap { text in Int(text.prefix { $0 != "." }) }
    }
}

struct QueueLimitTests {
    @Test("A queue takes as many messages as its limit allows and not one more", arguments: [4, 5, 6])
    func countLimit(published: Int) throws {
        var limits = BrokerLimits()
        limits.maximumQueuedMessages = 5
        let setting = try Setting(limits)
        setting.publish(published)
        #expect(setting.observer.count(of: .clientQueueFull) == max(0, published - 5))
        #expect(try setting.received() == Array(0..<min(published, 5)))
    }

    @Test("With discard-oldest the newest messages stay, in order", arguments: [4, 5, 6, 12])
    func discardOldest(published: Int) throws {
        var limits = BrokerLimits()
        limits.maximumQueuedMessages = 5
        limits.queueStrategy = .discardOldest
        let setting = try Setting(limits)
        setting.publish(published)
        #expect(setting.observer.count(of: .clientQueueFull) == max(0, published - 5))
        #expect(try setting.received() == Array(max(0, published - 5)..<published))
    }

    @Test("A queue is also limited in bytes, and a message that alone is too large goes nowhere")
    func byteLimit() throws {
        var limits = BrokerLimits()
        limits.maximumQueuedBytes = 10_000
        let setting = try Setting(limits)
        setting.publish(1, size: 20_000)
        #expect(setting.observer.count(of: .clientQueueBytesFull) == 1)
        setting.publish(100, size: 1_000)
        let dropped = setting.observer.count(of: .clientQueueBytesFull) - 1
        #expect(dropped > 90 && dropped < 100)
        #expect(setting.broker.shard.queuedBytes <= 10_000)
        #expect(try setting.received() == Array(0..<(100 - dropped)))
        #expect(setting.broker.shard.queuedBytes == 0)
    }

    @Test("A message too large for the queue empties it with discard-oldest, and is then dropped")
    func tooLargeForDiscardOldest() throws {
        var limits = BrokerLimits()
        limits.maximumQueuedBytes = 10_000
        limits.queueStrategy = .discardOldest
        let setting = try Setting(limits)
        setting.publish(3)
        setting.publish(1, size: 20_000)
        setting.publish(1)
        #expect(try setting.received() == [0])
        #expect(setting.observer.count(of: .clientQueueBytesFull) == 4)
    }

    @Test("All queues of the broker together are limited in bytes")
    func brokerLimit() throws {
        var limits = BrokerLimits()
        limits.maximumBrokerQueuedBytes = 10_000
        let setting = try Setting(limits)
        for name in ["a", "b", "c"] {
            let client = try TestClient.connected(setting.broker, .durable(name))
            _ = try client.subscribe("t/#")
            client.lose()
        }
        setting.publish(10, size: 1_000)
        #expect(setting.observer.count(of: .brokerQueueBytesFull) > 20)
        #expect(setting.broker.shard.queuedBytes <= 10_000)
    }

    @Test("A session that ends gives back what it held")
    func endGivesBack() throws {
        let setting = try Setting(BrokerLimits())
        setting.publish(10)
        #expect(setting.broker.shard.queuedBytes > 0)
        let client = try TestClient.connected(setting.broker, ConnectFields("subscriber"))
        #expect(try client.payloads().isEmpty)
        #expect(setting.broker.shard.queuedBytes == 0)
        #expect(setting.observer.count(of: .sessionEnded) == 10)
    }

    @Test("Retained messages stop at their limits, and one that is replaced or cleared makes room")
    func retainedLimit() throws {
        var limits = BrokerLimits()
        limits.maximumRetainedMessages = 3
        let setting = try Setting(limits)
        for number in 0..<5 { setting.publisher.publish("r/\(number)", "\(number)", retain: true) }
        #expect(setting.broker.shard.retainedCount == 3)
        #expect(setting.observer.count(of: .retainedStoreFull) == 2)
        setting.publisher.publish("r/0", "new", retain: true)
        setting.publisher.publish("r/1", "", retain: true)
        setting.publisher.publish("r/4", "4", retain: true)
        #expect(setting.broker.shard.retainedCount == 3)
        #expect(setting.observer.count(of: .retainedStoreFull) == 2)
        let reader = try TestClient.connected(setting.broker, ConnectFields("reader"))
        let got = try reader.subscribe("r/#", 0).compactMap { packet in
            if case .publish(let publish) = packet { return String(decoding: publish.payload, as: UTF8.self) }
            return nil
        }
        #expect(Set(got) == ["new", "2", "4"])
    }

    @Test("Wills of a mass disconnect leave at their limited rate, and all of them leave")
    func willsArePaced() throws {
        var limits = BrokerLimits()
        limits.maximumWillsPerTick = 10
        let setting = try Setting(limits)
        let watcher = try TestClient.connected(setting.broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("wills/#", 0)
        let clients = try (0..<35).map { number in
            var fields = ConnectFields("with-will-\(number)")
            fields.willTopic = "wills/\(number)"
            fields.willPayload = Array("gone".utf8)
            return try TestClient.connected(setting.broker, fields)
        }
        for client in clients { client.link.clientResets() }
        var counts: [Int] = []
        for _ in 0..<5 {
            setting.broker.settle()
            counts.append(try watcher.payloads().count)
            setting.broker.advance(milliseconds: 10)
        }
        #expect(counts == [10, 10, 10, 5, 0])
        let published = setting.observer.facts.count { if case .willPublished = $0 { true } else { false } }
        #expect(published == 35)
    }
}
