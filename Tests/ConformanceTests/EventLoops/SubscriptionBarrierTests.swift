import BrokerTestKit
import Testing

/// What the broker promises about subscriptions when its clients live on different event loops.
@Suite("Event loops: subscriptions")
struct SubscriptionBarrierTests {
    @Test(
        "A client that has its SUBACK misses nothing published after it, wherever the publisher is connected",
        .clauses("MQTT-3.8.4-3", "MQTT-4.5.0-1"), arguments: [1, 2, 3])
    func nothingIsMissed(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for pair in 0..<6 {
                    let subscriber = try await TestClient.connect(broker, id: "s\(pair)")
                    var publishers: [TestClient] = []
                    for number in 0..<3 {
                        publishers.append(try await TestClient.connect(broker, id: "p\(pair)-\(number)"))
                    }
                    // An odd one more in each round, so that pairs meet on equal and on different loops.
                    if pair % 2 == 0 { _ = try await TestClient.connect(broker, id: "x\(pair)") }
                    group.addTask { [publishers] in
                        for round in 0..<40 { try await Self.round(pair, round, subscriber, publishers) }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func round(
        _ pair: Int, _ round: Int, _ subscriber: TestClient, _ publishers: [TestClient]
    ) async throws {
        let topic = "pair\(pair)/round\(round)/t"
        let filter = [topic, "pair\(pair)/round\(round)/+", "pair\(pair)/+/t", "pair\(pair)/#"][round % 4]
        let qos = UInt8(round % 3)
        try await subscriber.subscribe(filter, qos: qos)
        for (number, publisher) in publishers.enumerated() {
            publisher.send(.publish(topic, "\(number)", qos: qos, id: qos == 0 ? nil : UInt16(round + 1)))
        }
        var seen: Set<String> = []
        for _ in publishers {
            let publish = try await subscriber.takePublish()
            #expect(publish.topic == topic)
            seen.insert(publish.text)
        }
        #expect(seen.count == publishers.count)
        for publisher in publishers where qos > 0 {
            let answer = try await publisher.next()
            #expect(answer == (qos == 1 ? .puback(.init(UInt16(round + 1))) : .pubrec(.init(UInt16(round + 1)))))
            guard qos == 2 else { continue }
            publisher.send(.pubrel(UInt16(round + 1)))
            #expect(try await publisher.next() == .pubcomp(.init(UInt16(round + 1))))
        }
        try await subscriber.unsubscribe(filter)
    }

    @Test(
        "A new subscription gets the retained message first and then every later one, none left out",
        .clauses("MQTT-3.3.1-6", "MQTT-3.3.1-8", "MQTT-3.3.1-9"), arguments: [1, 2, 3])
    func retainedFirst(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for topic in ["a/1", "a/2", "b/1", "b/2"] {
                    let publisher = try await TestClient.connect(broker)
                    try await publisher.publish(topic, "0", qos: 1, retain: true)
                    let progress = Progress()
                    group.addTask {
                        var number = 0
                        while !progress.isDone {
                            number += 1
                            try await publisher.publish(topic, "\(number)", qos: 1, retain: true)
                        }
                    }
                    group.addTask {
                        defer { progress.finish() }
                        for round in 0..<25 {
                            let subscriber = try await TestClient.connect(broker)
                            let filter = round % 2 == 0 ? topic : "+/" + topic.suffix(1)
                            try await Self.expectFlow(of: topic, in: subscriber, filter: filter)
                            try await subscriber.disconnectAfterPublishes()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Subscribes while the publisher goes on, and checks the first messages of the topic.
    private static func expectFlow(of topic: String, in subscriber: TestClient, filter: String) async throws {
        subscriber.send(.subscribe(1, filter, qos: 1))
        var hasSuback = false
        var last: Int?
        var seen = 0
        while seen < 12 || !hasSuback {
            let packet = try await subscriber.next()
            guard let publish = packet.publish else {
                #expect(packet == .suback(.init(1, [1])))
                hasSuback = true
                continue
            }
            if let id = publish.packetIdentifier { subscriber.send(.puback(id)) }
            guard publish.topic == topic else { continue }
            seen += 1
            let number = try #require(Int(publish.text))
            // The retained one is the first, and the only one that is marked.
            #expect(publish.retain == (last == nil))
            if let previous = last {
                // The first live one may be as old as the subscription, which is older than the answer to it. From
                // there on none is missing, and the retained one is not newer than the live ones have reached.
                #expect(seen == 2 ? number <= previous + 1 : number == previous + 1, "\(number) after \(previous)")
            }
            last = number
        }
    }
}
