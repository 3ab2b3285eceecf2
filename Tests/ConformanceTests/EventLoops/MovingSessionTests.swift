import BrokerTestKit
import BrokerValues
import Testing

@Suite("Event loops: sessions that move while messages flow")
struct MovingSessionTests {
    @Test(
        "Takeovers and reconnects lose nothing, double nothing and keep each publisher's order",
        .clauses(
            "MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.1.4-2", "MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-4.4.0-1",
            "MQTT-4.5.0-1", "MQTT-4.6.0-1", "MQTT-4.6.0-6"), arguments: [1, 2, 3], [1, 2] as [UInt8])
    func flow(eventLoops: Int, qos: UInt8) async throws {
        var limits = BrokerLimits()
        limits.maximumQueuedMessages = 100_000
        try await TestBroker.with(eventLoops: eventLoops, limits: limits) { broker in
            let progress = Progress()
            var subscriber = try await DurableSubscriber(broker, id: "s", filter: "t/+", qos: qos, progress: progress)
            try await withThrowingTaskGroup(of: (String, Int).self) { group in
                for name in ["p0", "p1", "p2"] {
                    let publisher = try await TestClient.connect(broker, id: name)
                    group.addTask { (name, try await Self.publish(as: name, publisher, qos: qos, progress)) }
                }
                // Also when a check fails, the publishers come to an end.
                defer { progress.finish() }
                for round in 0..<32 {
                    try await subscriber.take(15 + round * 7 % 30)
                    try await subscriber.reconnect(DurableSubscriber.Change.allCases[round % 4])
                }
                progress.finish()
                for try await (name, count) in group {
                    while subscriber.due[name, default: 0] < count { try await subscriber.take(1) }
                }
                try await subscriber.finish()
            }
        }
    }

    @Test(
        "A publisher that changes loops in the middle of its QoS 2 exchanges is heard exactly once",
        .clauses("MQTT-4.3.3-2", "MQTT-4.4.0-1", "MQTT-4.6.0-6"), arguments: [1, 2, 3])
    func movingPublisher(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            var publisher = try await TestClient.connect(broker, id: "p", clean: false)
            for number in 0..<60 {
                let id = UInt16(number % 7 + 1)
                let packet = ClientPacket.publish("t", "\(number)", qos: 2, id: id)
                publisher.send(packet)
                // Before and after the answer: the client cannot know which when the connection breaks.
                if number % 2 == 0 { #expect(try await publisher.next() == .pubrec(.init(id))) }
                if number % 5 == 0 { await publisher.reset() }
                publisher = try await TestClient.connect(broker, id: "p", clean: false)
                #expect(publisher.connack.sessionPresent)
                publisher.send(ClientPacket.publish("t", "\(number)", qos: 2, id: id, dup: true))
                #expect(try await publisher.next() == .pubrec(.init(id)))
                publisher.send(.pubrel(id))
                #expect(try await publisher.next() == .pubcomp(.init(id)))
                #expect(try await subscriber.takePublish().text == "\(number)")
            }
            try await subscriber.expectNothing()
        }
    }

    @Test(
        "Many sessions that are taken over at once all keep what they are owed",
        .clauses("MQTT-3.1.4-2", "MQTT-3.1.2-5"), arguments: eventLoopCounts)
    func manyAtOnce(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        var client = try await TestClient.connect(broker, id: "c\(number)", clean: false)
                        try await client.subscribe("t/\(number)", qos: 1)
                        for round in 0..<4 {
                            let other = try await TestClient.connect(broker)
                            try await other.publish("t/\(number)", "\(round)", qos: 1)
                            client = try await TestClient.connect(broker, id: "c\(number)", clean: false)
                            #expect(client.connack.sessionPresent)
                            #expect(try await client.takePublish().text == "\(round)")
                            try await client.expectNothing()
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await publisher.expectNothing()
        }
    }

    /// Publishes in bursts until the subscriber has had enough. Returns how many.
    private static func publish(
        as name: String, _ client: TestClient, qos: UInt8, _ progress: Progress
    ) async throws -> Int {
        var count = 0
        while !progress.isDone {
            guard count * 3 < progress.taken + 600 else {
                try await Task.sleep(for: .milliseconds(1))
                continue
            }
            let numbers = count..<count + 10
            client.send(
                numbers.map { .publish("t/\(name)", "\(name):\($0)", qos: qos, id: UInt16($0 % 1000 + 1)) })
            for number in numbers {
                let id = ServerPacket.Acknowledgement(UInt16(number % 1000 + 1))
                let answer = try await client.next()
                guard answer == (qos == 1 ? .puback(id) : .pubrec(id)) else {
                    throw TestFailure("\(answer) came for \(number)")
                }
            }
            count += 10
            guard qos == 2 else { continue }
            client.send(numbers.map { .pubrel(UInt16($0 % 1000 + 1)) })
            for number in numbers {
                let answer = try await client.next()
                guard answer == .pubcomp(.init(UInt16(number % 1000 + 1))) else {
                    throw TestFailure("\(answer) came for the release of \(number)")
                }
            }
        }
        return count
    }
}
