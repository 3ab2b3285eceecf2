import BrokerCore
import BrokerValues
import MQTTWire
import RandomKit
import SimulationKit
import Testing

struct SheddingTests {
    private func broker(_ level: Int, shardCount: Int = 1) -> SimulatedBroker {
        let broker = SimulatedBroker(shardCount: shardCount)
        broker.gates.setStressLevel(level)
        broker.advanceSettling(milliseconds: 100)
        return broker
    }

    @Test(
        "At a high level retained messages reach new subscribers at a limited rate, before live ones, and all of them")
    func retainedFlood() throws {
        let broker = broker(0)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for number in 0..<30 {
            for topic in 0..<100 { publisher.publish("f/\(number)/\(topic)", "r\(number)", retain: true) }
        }
        broker.gates.setStressLevel(10)  // five hundred in a tenth of a second
        broker.advanceSettling(milliseconds: 100)
        let subscriber = try TestClient.connected(broker, ConnectFields("subscriber"))
        for number in 0..<30 { subscriber.link.clientSends(subscription(subscriber, "f/\(number)/+")) }
        var counts = [try subscriber.payloads().count]
        publisher.publish("f/29/0", "live")
        var texts: [String] = []
        for _ in 0..<8 {
            broker.advanceSettling(milliseconds: 100)
            let batch = try subscriber.payloads()
            counts.append(batch.count)
            texts += batch
        }
        #expect(counts.reduce(0, +) == 3_001)
        #expect(counts.allSatisfy { $0 <= 601 }, "\(counts)")
        #expect(texts.last == "live")
    }

    private func subscription(_ client: TestClient, _ filter: String) -> [UInt8] {
        ClientPacket.subscribe(client.identifier(), [(filter, 0)], version: .v5)
    }

    @Test("Wishes for retained messages that one client has in line do not let others pass by")
    func manyWishes() throws {
        var limits = BrokerLimits()
        limits.maximumFiltersPerPacket = 100
        let observer = RecordingObserver()
        let broker = SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for topic in 0..<1_000 { publisher.publish("f/\(topic)", "r", retain: true) }
        broker.gates.setStressLevel(10)
        broker.advanceSettling(milliseconds: 100)
        let greedy = try TestClient.connected(broker, ConnectFields("greedy"))
        _ = try greedy.subscribe("f/+", 0)  // a thousand, where five hundred are allowed in a tick
        for number in 0..<3 {
            let filters = (0..<100).map { ("x/\(number)/\($0)", UInt8(0)) }
            greedy.send(ClientPacket.subscribe(greedy.identifier(), filters, version: .v5))
        }
        #expect(observer.count(of: .retainedBacklogFull) == 200)
        let other = try TestClient.connected(broker, ConnectFields("other"))
        #expect(try other.subscribe("f/+", 0).count == 1)  // SUBACK only
        broker.advanceSettling(milliseconds: 1_000)
        #expect(try other.publishes().count == 1_000)
    }

    @Test("At a low level they all come at once")
    func retainedAtRest() throws {
        let broker = broker(3)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for topic in 0..<1_000 { publisher.publish("f/\(topic)", "r", retain: true) }
        let subscriber = try TestClient.connected(broker, ConnectFields("subscriber"))
        let answer = try subscriber.subscribe("f/+", 0)
        #expect(answer.count == 1 + 1_000)
    }

    @Test("A subscriber that goes while retained messages wait for it leaves nothing behind", arguments: [1, 2])
    func subscriberGoes(shardCount: Int) throws {
        let broker = broker(0, shardCount: shardCount)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for topic in 0..<1_500 { publisher.publish("f/\(topic)", "r", retain: true) }
        broker.gates.setStressLevel(10)
        broker.advanceSettling(milliseconds: 100)
        let subscriber = try TestClient.connected(broker, .durable("subscriber"), shard: shardCount - 1)
        for _ in 0..<3 { subscriber.link.clientSends(subscription(subscriber, "f/+")) }
        broker.settle()
        subscriber.lose()
        broker.advanceSettling(milliseconds: 2_000)
        // It moves to another event loop, for which nothing may be waiting any more.
        let again = try TestClient.connected(broker, .durable("subscriber"))
        again.publish("f/1", "live")
        #expect(try again.payloads().contains("live"))
    }

    @Test("At a high level wills leave at a limited rate", arguments: [(0, 300), (10, 20)])
    func wills(level: Int, inTenth: Int) throws {
        let broker = broker(0)
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("wills/#", 0)
        let clients = try (0..<300).map { number in
            var fields = ConnectFields("c\(number)")
            fields.willTopic = "wills/\(number)"
            fields.willPayload = [1]
            return try TestClient.connected(broker, fields)
        }
        broker.gates.setStressLevel(level)
        broker.advanceSettling(milliseconds: 100)
        for client in clients { client.link.clientResets() }
        broker.settle()
        let first = try watcher.publishes().count
        #expect(first == inTenth)
        var all = first
        for _ in 0..<20 {
            broker.advanceSettling(milliseconds: 100)
            all += try watcher.publishes().count
        }
        #expect(all == 300)
    }

    @Test(
        "A message to very many is sent to a part of them at a time, and whoever speaks meanwhile is answered in between"
    )
    func turns() throws {
        let broker = broker(0)
        let subscribers = try (0..<300).map { number in
            let client = try TestClient.connected(broker, ConnectFields("s\(number)"))
            _ = try client.subscribe("t", 0)
            return client
        }
        let heavy = try TestClient.connected(broker, ConnectFields("heavy"))
        let light = try TestClient.connected(broker, ConnectFields("light"))
        let packet = ClientPacket.publish("t", [1], version: .v5)
        heavy.link.clientSends([UInt8]((0..<200).map { _ in packet }.joined()))
        var random = SeededGenerator(seed: 3)
        var answered: Int?
        light.link.clientSends(ClientPacket.pingreq)
        var steps = 0
        while broker.step(&random) {
            steps += 1
            if answered == nil, light.link.hasBytesForClient { answered = heavy.link.unhandledCount }
        }
        #expect(answered ?? 0 > 0, "the light client was answered only when the heavy one had nothing more to say")
        for subscriber in subscribers { #expect(try subscriber.publishes().count == 200) }
    }
}
