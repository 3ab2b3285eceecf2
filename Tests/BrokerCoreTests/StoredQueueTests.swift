import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

@Suite("Queues that are in the storage")
struct StoredQueueTests {
    /// A piece of a queue, as `Shard+StoredQueue` reads it.
    private static let piece = 1024

    /// A subscriber that is away, with so many messages waiting for it.
    private func setting(
        messages count: Int, _ change: (inout BrokerLimits) -> Void = { _ in }
    ) throws -> (setting: StorageSetting, publisher: TestClient) {
        let setting = StorageSetting {
            $0.maximumQueuedMessages = 10_000
            $0.maximumInflight = 10
            change(&$0)
        }
        _ = try setting.subscriber(qos: 1).lose()
        let publisher = try setting.client("publisher")
        publish(0..<count, publisher)
        return (setting, publisher)
    }

    private func publish(_ numbers: Range<Int>, _ publisher: TestClient) {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10) {
            let part = start..<min(start + 10, numbers.upperBound)
            publisher.send(
                part.flatMap {
                    ClientPacket.publish("t/1", Array("\($0)".utf8), qos: 1, identifier: publisher.identifier())
                })
        }
    }

    @Test("The content of a queue whose client is away is not in memory, and comes back in order, piece by piece")
    func pieces() throws {
        let count = 3 * Self.piece
        let (setting, _) = try setting(messages: count)
        let perMessage = setting.broker.shard.queuedBytes / count
        #expect(perMessage > 0 && perMessage <= 24, "a number, a size and a QoS")
        setting.storage.isHolding = false
        let client = try setting.returning("subscriber").client
        let atMost = setting.broker.shard.queuedBytes
        #expect(atMost < 24 * count + Self.piece * 400, "no more than a piece is in memory")
        #expect(try setting.drain(client) == (0..<count).map { "\($0)" })
        #expect(setting.storage.largestQuestion <= Self.piece)
        #expect(setting.broker.shard.queuedBytes == 0)
        #expect(setting.storage.leftoverMessages == [])
    }

    @Test("The same after a crash, with what came behind it afterwards")
    func piecesAfterCrash() throws {
        let (setting, _) = try setting(messages: 1500)
        setting.crash()
        publish(1500..<1600, try setting.client("publisher"))
        #expect(try setting.drain(try setting.returning("subscriber").client) == (0..<1600).map { "\($0)" })
        #expect(setting.storage.leftoverMessages == [])
    }

    @Test("A client that goes while a piece is read loses nothing and gets nothing twice")
    func goesWhileReading() throws {
        let (setting, publisher) = try setting(messages: 1500)
        setting.storage.isHolding = true
        let client = try setting.returning("subscriber").client
        client.lose()
        publish(1500..<1510, publisher)
        setting.storage.isHolding = false
        setting.broker.settle()
        #expect(setting.broker.shard.queuedBytes <= 1510 * 24, "what was read is out of memory again")
        #expect(try setting.drain(try setting.returning("subscriber").client) == (0..<1510).map { "\($0)" })
    }

    @Test("What is discarded while a piece is read is gone, and the rest comes in order")
    func discardsWhileReading() throws {
        let (setting, publisher) = try setting(messages: 100) {
            $0.maximumPublisherHoldMilliseconds = 0
            $0.maximumQueuedMessages = 100
            $0.queueStrategy = .discardOldest
        }
        setting.storage.isHolding = true
        let client = try setting.returning("subscriber").client
        publish(100..<120, publisher)
        setting.storage.isHolding = false
        #expect(try setting.drain(client) == (20..<120).map { "\($0)" })
        #expect(setting.observer.count(of: .clientQueueFull) == 20)
        #expect(setting.storage.leftoverMessages == [])
    }

    @Test("Messages that cannot be read are dropped and counted, those behind them come")
    func unreadable() throws {
        let (setting, _) = try setting(messages: 20)
        setting.storage.unreadable = Set(setting.storage.messages.keys.sorted()[3..<7])
        let texts = try setting.drain(try setting.returning("subscriber").client)
        #expect(texts == (Array(0..<3) + Array(7..<20)).map { "\($0)" })
        #expect(setting.observer.count(of: .unreadable) == 4)
        #expect(setting.storage.leftoverMessages == [])
        #expect(setting.broker.shard.queuedBytes == 0)
    }

    @Test("What was in flight comes again after a crash, first and under its identifiers, with DUP")
    func inFlight() throws {
        let (setting, _) = try setting(messages: 15)
        var client = try setting.returning("subscriber").client
        let sent = try client.publishes()
        #expect(sent.count == 10)
        client.acknowledge(.puback, sent[0].identifier)
        setting.broker.settle()
        setting.crash()
        client = try setting.returning("subscriber").client
        let again = try client.publishes()
        #expect(again.count == 10)
        #expect(again.prefix(9).map(\.identifier) == sent.dropFirst().map(\.identifier))
        #expect(again.prefix(9).map(\.duplicate) == Array(repeating: true, count: 9))
        #expect(again.map { String(decoding: $0.payload, as: UTF8.self) } == (1...10).map { "\($0)" })
    }

    @Test("A session that ends takes its queue out of the storage, whatever else is on its way there")
    func endsWithQueue() throws {
        let (setting, publisher) = try setting(messages: 5000)
        _ = try setting.subscriber("other", qos: 1).lose()
        setting.storage.isHolding = true
        publish(5000..<5010, publisher)
        publish(5010..<5020, publisher)  // in the open batch, while the one before is being written
        let client = try TestClient.connected(setting.broker, ConnectFields("subscriber"))
        setting.storage.isHolding = false
        client.disconnect()
        setting.broker.advanceSettling(milliseconds: 500)
        #expect(setting.storage.leftoverMessages.count == 20)
        #expect(try setting.drain(try setting.returning("other").client).count == 20)
        #expect(setting.storage.leftoverMessages == [])
    }
}
