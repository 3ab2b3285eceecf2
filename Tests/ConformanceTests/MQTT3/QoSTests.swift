import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: quality of service")
struct QoSTests {
    @Test("QoS 0 is sent once and never again", .clauses("MQTT-4.3.1-1", "MQTT-3.3.1-2"), arguments: eventLoopCounts)
    func atMostOnce(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 0)
            try await publisher.publish("t", "x", qos: 2)
            #expect(try await client.nextPublish() == .init("t", "x", qos: 0))
            await client.reset()
            let back = try await TestClient.connect(broker, id: "c", clean: false)
            try await back.expectNothing()
        }
    }

    @Test(
        "A QoS 1 message is owed until PUBACK, on every connection of the session, and then no more",
        .clauses("MQTT-4.3.2-1", "MQTT-4.4.0-1", "MQTT-4.5.0-2"), arguments: eventLoopCounts)
    func atLeastOnce(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            var client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 1)
            try await publisher.publish("t", "x", qos: 1)
            var sent = try await client.nextPublish()
            #expect(sent == .init("t", "x", qos: 1, id: sent.packetIdentifier))
            sent.dup = true
            for _ in 0..<5 {
                await client.reset()
                client = try await TestClient.connect(broker, id: "c", clean: false)
                #expect(try await client.nextPublish() == sent)
                // A live connection is not resent to, and a wrong acknowledgement changes nothing.
                client.send([.puback(sent.packetIdentifier.map { $0 &+ 1 } ?? 0xFFFF), .pubcomp(0x7777)])
                try await client.expectNothing()
            }
            client.send(.puback(try #require(sent.packetIdentifier)))
            try await client.ping()
            try await client.disconnect()
            client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.expectNothing()
        }
    }

    @Test(
        "A QoS 2 message is owed as PUBLISH until PUBREC, then as PUBREL until PUBCOMP",
        .clauses("MQTT-4.3.3-1", "MQTT-4.4.0-1"), arguments: eventLoopCounts)
    func exactlyOnceOut(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            var client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 2)
            try await publisher.publish("t", "x", qos: 2)
            var sent = try await client.nextPublish()
            let id = try #require(sent.packetIdentifier)
            #expect(sent == .init("t", "x", qos: 2, id: id))
            sent.dup = true
            for _ in 0..<4 {
                await client.reset()
                client = try await TestClient.connect(broker, id: "c", clean: false)
                #expect(try await client.nextPublish() == sent)
                try await client.expectNothing()
            }
            client.send(.pubrec(id))
            #expect(try await client.next() == .pubrel(.init(id)))
            for _ in 0..<4 {
                await client.reset()
                client = try await TestClient.connect(broker, id: "c", clean: false)
                #expect(try await client.next() == .pubrel(.init(id)))
                try await client.expectNothing()
                // PUBREC may have been lost for the client's part: it is answered again.
                client.send(.pubrec(id))
                #expect(try await client.next() == .pubrel(.init(id)))
            }
            client.send(.pubcomp(id))
            try await client.ping()
            await client.reset()
            client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.expectNothing()
        }
    }

    @Test(
        "A QoS 1 PUBLISH is a new message each time once it was acknowledged, whatever DUP says",
        .clauses("MQTT-4.3.2-2"), arguments: eventLoopCounts)
    func atLeastOnceIn(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect(broker)
            for dup in [false, true, true, false] {
                publisher.send(.publish("t", "dup \(dup)", qos: 1, id: 3, dup: dup))
                #expect(try await publisher.next() == .puback(3))
                #expect(try await subscriber.takePublish().text == "dup \(dup)")
            }
        }
    }

    @Test(
        "A QoS 2 PUBLISH is passed on once until its PUBREL, on every connection of the session",
        .clauses("MQTT-4.3.3-2", "MQTT-4.4.0-1", "MQTT-2.3.1-3"), arguments: eventLoopCounts)
    func exactlyOnceIn(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            var publisher = try await TestClient.connect(broker, id: "p", clean: false)
            publisher.send(.publish("t", "first", qos: 2, id: 3))
            #expect(try await publisher.next() == .pubrec(3))
            for _ in 0..<4 {
                publisher.send(.publish("t", "first", qos: 2, id: 3, dup: true))
                #expect(try await publisher.next() == .pubrec(3))
                await publisher.reset()
                publisher = try await TestClient.connect(broker, id: "p", clean: false)
                try await publisher.expectNothing()
            }
            // PUBREL may be repeated as well.
            for _ in 0..<2 {
                publisher.send(.pubrel(3))
                #expect(try await publisher.next() == .pubcomp(3))
            }
            publisher.send(.publish("t", "second", qos: 2, id: 3))
            #expect(try await publisher.next() == .pubrec(3))
            #expect(try await subscriber.takeTexts(2) == ["first", "second"])
            try await subscriber.expectNothing()
        }
    }

    @Test(
        "With CleanSession 1 an unreleased identifier is forgotten with the session",
        .clauses("MQTT-4.3.3-2", "MQTT-3.1.2-6"), arguments: eventLoopCounts)
    func unreleasedEndsWithSession(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            for round in 0..<4 {
                let publisher = try await TestClient.connect(broker, id: "p", clean: true)
                publisher.send(.publish("t", "\(round)", qos: 2, id: 3))
                #expect(try await publisher.next() == .pubrec(3))
                try await publisher.disconnect()
            }
            #expect(try await subscriber.takeTexts(4) == ["0", "1", "2", "3"])
        }
    }

    @Test(
        "While the window for QoS 1 and 2 is shut, QoS 0 passes in order", .clauses("MQTT-4.6.0-6"),
        arguments: eventLoopCounts)
    func shutWindow(eventLoops: Int) async throws {
        var limits = BrokerLimits()
        limits.maximumInflight = 2
        try await TestBroker.with(eventLoops: eventLoops, limits: limits) { broker in
            let publisher = try await TestClient.connect(broker)
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            for number in 0..<5 {
                try await publisher.publish("t", "two \(number)", qos: 2)
                try await publisher.publish("t", "zero \(number)", qos: 0)
            }
            let first = try await subscriber.nextPublish()
            #expect(first.text == "two 0")
            #expect(try await subscriber.nextPublish().text == "zero 0")
            let second = try await subscriber.nextPublish()
            #expect(second.text == "two 1")
            for number in 1..<5 { #expect(try await subscriber.nextPublish().text == "zero \(number)") }
            try await subscriber.expectNothing()
            for open in [first, second] {
                let id = try #require(open.packetIdentifier)
                subscriber.send(.pubrec(id))
                #expect(try await subscriber.next() == .pubrel(.init(id)))
                // PUBREC alone opens nothing.
                try await subscriber.expectNothing()
            }
            for open in [first, second] { subscriber.send(.pubcomp(try #require(open.packetIdentifier))) }
            #expect(try await subscriber.takeTexts(3) == ["two 2", "two 3", "two 4"])
        }
    }
}
