import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

/// A receiver with a window of one message and a queue of eight, and a publisher, on the shards given.
private struct Setting {
    let broker: SimulatedBroker
    let observer = RecordingObserver()
    let receiver: TestClient
    let publisher: TestClient

    init(shardCount: Int, receiverShard: Int = 0, publisherShard: Int, hold: UInt64 = 1_000) throws {
        var limits = BrokerLimits()
        limits.maximumInflight = 1
        limits.maximumQueuedMessages = 8
        limits.maximumMailMessages = 3
        limits.maximumPublisherHoldMilliseconds = hold
        let observer = self.observer
        broker = SimulatedBroker(shardCount: shardCount, limits: limits) { _ in BrokerPorts(observer: observer) }
        receiver = try TestClient.connected(broker, ConnectFields("receiver"), shard: receiverShard)
        _ = try receiver.subscribe("t")
        publisher = try TestClient.connected(broker, ConnectFields("publisher"), shard: publisherShard)
    }

    func publish(_ numbers: Range<Int>, from client: TestClient? = nil) {
        for number in numbers { (client ?? publisher).publish("t", "\(number)", qos: 1) }
    }

    /// The receiver reads and acknowledges until nothing more comes, time standing still.
    func readAll() throws -> [String] {
        var all: [String] = []
        while true {
            let publishes = try receiver.publishes()
            if publishes.isEmpty { return all }
            for publish in publishes {
                all.append(String(decoding: publish.payload, as: UTF8.self))
                receiver.acknowledge(.puback, publish.identifier)
            }
        }
    }

    var drops: Int { observer.count(of: .clientQueueFull) }
}

struct BackpressureTests {
    @Test("A publisher waits for a receiver whose queue is half full, and nothing is lost", arguments: [0, 1])
    func publisherWaits(publisherShard: Int) throws {
        let setting = try Setting(shardCount: 2, publisherShard: publisherShard)
        setting.publish(0..<200)
        #expect(setting.publisher.link.isPaused)
        #expect(setting.publisher.link.unhandledCount > 0)
        #expect(try setting.readAll() == (0..<200).map(String.init))
        #expect(setting.drops == 0)
        #expect(!setting.publisher.link.isPaused)
    }

    @Test("A receiver that takes nothing holds its publishers for a moment only, then its queue limit decides")
    func stuckReceiver() throws {
        let setting = try Setting(shardCount: 1, publisherShard: 0)
        setting.publish(0..<20)
        #expect(setting.publisher.link.isPaused)
        setting.broker.advanceSettling(milliseconds: 300)
        #expect(!setting.publisher.link.isPaused)
        #expect(setting.drops == 20 - 8 - 1)
        setting.publish(20..<40)
        #expect(!setting.publisher.link.isPaused)
        #expect(setting.drops == 40 - 8 - 1)
        // Once it has caught up it is waited for again.
        #expect(try setting.readAll().count == 9)
        setting.publish(40..<60)
        #expect(setting.publisher.link.isPaused)
    }

    @Test("A receiver that is too slow holds its publishers no longer than the limit", arguments: [0, 1])
    func slowReceiver(publisherShard: Int) throws {
        let setting = try Setting(shardCount: 2, publisherShard: publisherShard, hold: 500)
        setting.publish(0..<20)
        var waited = 0
        while setting.publisher.link.isPaused, waited < 50 {
            // One message in a tenth of a second is progress, but the queue never gets down to a quarter of its limit.
            if waited % 4 == 0, let next = try setting.receiver.publishes().first {
                setting.receiver.acknowledge(.puback, next.identifier)
            } else {
                setting.receiver.acknowledge(.puback, 60_000)
            }
            setting.broker.advanceSettling(milliseconds: 100)
            waited += 1
        }
        #expect(waited > 0 && waited <= 6)
    }

    @Test("Publishers go on when the receiver they wait for is lost", arguments: [0, 1])
    func lostReceiver(publisherShard: Int) throws {
        let setting = try Setting(shardCount: 2, publisherShard: publisherShard)
        setting.publish(0..<20)
        #expect(setting.publisher.link.isPaused)
        setting.receiver.lose()
        #expect(!setting.publisher.link.isPaused)
    }

    @Test("A publisher that is held can be lost, and a hold whose publisher has gone does no harm", arguments: [0, 1])
    func lostPublisher(publisherShard: Int) throws {
        let setting = try Setting(shardCount: 2, publisherShard: publisherShard)
        setting.publish(0..<20)
        setting.publisher.lose()
        let received = try setting.readAll()
        #expect(received == (0..<received.count).map(String.init))
        let next = try TestClient.connected(setting.broker, ConnectFields("next"), shard: publisherShard)
        setting.publish(100..<110, from: next)
        #expect(try setting.readAll() == (100..<110).map(String.init))
    }

    @Test("Two clients that fill each other's queues do not hold each other")
    func noDeadlock() throws {
        let setting = try Setting(shardCount: 1, publisherShard: 0)
        _ = try setting.publisher.subscribe("back")
        for number in 0..<50 {
            setting.publisher.publish("t", "\(number)", qos: 1)
            setting.receiver.publish("back", "\(number)", qos: 1)
        }
        #expect(!(setting.publisher.link.isPaused && setting.receiver.link.isPaused))
        setting.broker.advanceSettling(milliseconds: 1_500)
        #expect(!setting.publisher.link.isPaused && !setting.receiver.link.isPaused)
    }

    @Test("A client that publishes to itself does not hold itself")
    func ownQueue() throws {
        let setting = try Setting(shardCount: 1, publisherShard: 0)
        setting.publish(0..<20, from: setting.receiver)
        #expect(!setting.receiver.link.isPaused)
    }

    @Test("Many slow receivers hold one publisher no longer than the limit in each ten times that", arguments: [0, 1])
    func manySlowReceivers(publisherShard: Int) throws {
        let setting = try Setting(shardCount: 2, publisherShard: publisherShard)
        let others = try (0..<20).map { number in
            let client = try TestClient.connected(setting.broker, ConnectFields("slow-\(number)"))
            _ = try client.subscribe("t")
            return client
        }
        var held = 0
        for tenth in 0..<300 {
            // Each takes a message in a tenth of a second: progress, but never enough.
            for client in others + [setting.receiver] {
                for publish in try client.publishes() { client.acknowledge(.puback, publish.identifier) }
            }
            setting.publish(tenth * 3..<tenth * 3 + 3)
            setting.broker.advanceSettling(milliseconds: 100)
            held += setting.publisher.link.isPaused ? 1 : 0
        }
        #expect(held > 0)
        #expect(held <= 45, "about a second in each of three windows")
    }

    @Test("Holds that a receiver ends at once are not counted against its publisher")
    func shortHolds() throws {
        let setting = try Setting(shardCount: 1, publisherShard: 0)
        var held = 0
        for round in 0..<500 {
            setting.publish(round * 6..<round * 6 + 6)
            held += setting.publisher.link.isPaused ? 1 : 0
            setting.broker.advance(milliseconds: 40)
            _ = try setting.readAll()
            #expect(!setting.publisher.link.isPaused)
        }
        #expect(held == 500)
        #expect(setting.drops == 0)
    }

    @Test("With a limit of 0 nobody waits")
    func switchedOff() throws {
        let setting = try Setting(shardCount: 1, publisherShard: 0, hold: 0)
        setting.publish(0..<20)
        #expect(!setting.publisher.link.isPaused)
        #expect(setting.drops == 20 - 8 - 1)
    }

    @Test("QoS 0 is dropped at a connection that takes nothing, and flows again when it does")
    func congestedConnection() throws {
        var limits = BrokerLimits()
        limits.maximumUnsentBytes = 20_000
        limits.writeBufferHighThreshold = 10_000
        limits.writeBufferLowThreshold = 1_000
        let observer = RecordingObserver()
        let broker = SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
        let receiver = try TestClient.connected(broker, ConnectFields("receiver"), capacity: 4_000)
        _ = try receiver.subscribe("t", 0)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for number in 0..<100 { publisher.publish("t", "\(number) " + String(repeating: ".", count: 1_000)) }
        #expect(observer.count(of: .connectionNotWritable) > 50)
        #expect(receiver.link.unsentCount <= 20_000)
        let first = try receiver.payloads().count
        #expect(first == 100 - observer.count(of: .connectionNotWritable))
        publisher.publish("t", "again")
        #expect(try receiver.payloads() == ["again"])
    }
}
