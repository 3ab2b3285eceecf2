import BrokerTestKit
import Testing

@Suite("MQTT 3.1.1: PUBLISH")
struct PublishTests {
    @Test("QoS 3 ends the connection", .clauses("MQTT-3.3.1-4"))
    func qos3() async throws {
        try await TestBroker.with { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("t")
            for retain in [true, false] {
                let client = try await TestClient.connect(broker)
                try await client.expectClosed(after: .publish("t", "x", qos: 3, retain: retain))
            }
            try await witness.expectNothing()
        }
    }

    @Test(
        "A topic name with a wildcard ends the connection and reaches nobody", .clauses("MQTT-3.3.2-2", "MQTT-4.7.1-1"))
    func wildcard() async throws {
        try await TestBroker.with { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("#")
            for topic in ["+", "#", "a/+", "a/#", "a/+/b", "a+", "#a", "/#"] {
                for qos in UInt8(0)...2 {
                    let client = try await TestClient.connect(broker)
                    try await client.expectClosed(after: .publish(topic, "x", qos: qos, id: qos == 0 ? nil : 1))
                }
            }
            try await witness.expectNothing()
        }
    }

    @Test("An empty topic name ends the connection", .clauses("MQTT-4.7.3-1"))
    func emptyTopic() async throws {
        try await TestBroker.with { broker in
            for qos in UInt8(0)...2 {
                let client = try await TestClient.connect(broker)
                try await client.expectClosed(after: .publish("", "x", qos: qos))
            }
        }
    }

    @Test(
        "Each QoS has its answer: none, PUBACK, or PUBREC and PUBCOMP", .clauses("MQTT-3.3.4-1"),
        arguments: eventLoopCounts)
    func answers(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker)
            for hasSubscriber in [false, true] {
                if hasSubscriber { try await TestClient.connect(broker).subscribe("t", qos: 2) }
                client.send(.publish("t", "x", qos: 0))
                try await client.expectNothing()
                client.send(.publish("t", "x", qos: 1, id: 7))
                #expect(try await client.next() == .puback(7))
                client.send(.publish("t", "x", qos: 2, id: 8))
                #expect(try await client.next() == .pubrec(8))
                try await client.expectNothing()
                client.send(.pubrel(8))
                #expect(try await client.next() == .pubcomp(8))
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "DUP of a publisher is not passed on", .clauses("MQTT-3.3.1-3", "MQTT-3.3.1-2", "MQTT-4.3.1-1"),
        arguments: eventLoopCounts)
    func duplicateIsNotPassedOn(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect(broker)
            for qos in UInt8(1)...2 {
                try await publisher.publish("t", "x", qos: qos, dup: true)
                let publish = try await subscriber.takePublish()
                #expect(publish.qos == qos && !publish.dup)
            }
            // As a retained message, and down to QoS 0.
            try await publisher.publish("r", "x", qos: 2, retain: true, dup: true)
            for qos in UInt8(0)...2 {
                try await subscriber.subscribe("r", qos: qos)
                let publish = try await subscriber.takePublish()
                #expect(publish.qos == qos && !publish.dup && publish.retain)
            }
        }
    }

    @Test(
        "Every repeat of the broker has DUP, and only a repeat has", .clauses("MQTT-3.3.1-1", "MQTT-3.3.1-3"),
        arguments: eventLoopCounts)
    func duplicateOnRepeats(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            var client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect(broker)
            try await publisher.publish("t", "sent", qos: 1)
            #expect(try await client.nextPublish().dup == false)
            try await client.disconnect()
            try await publisher.publish("t", "queued", qos: 2)
            for round in 0..<4 {
                client = try await TestClient.connect(broker, id: "c", clean: false)
                let sent = try await client.nextPublish()
                #expect(sent.text == "sent" && sent.dup)
                let queued = try await client.nextPublish()
                #expect(queued.text == "queued" && queued.dup == (round > 0))
                await client.reset()
            }
        }
    }

    @Test(
        "A message arrives byte by byte as it was sent", .clauses("MQTT-3.3.2-3", "MQTT-7.1.1-1"),
        arguments: eventLoopCounts)
    func content(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t/#", qos: 2)
            let publisher = try await TestClient.connect(broker)
            let sizes = [
                0, 1, 113, 114, 127, 128, 2047, 2048, 2049, 16_370, 16_384, 65_535, 65_536, 300_000, 2_100_000,
            ]
            for (round, size) in sizes.enumerated() {
                let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
                let qos = UInt8(round % 3)
                publisher.send(
                    .publish(topic: Array("t/\(size)".utf8), payload: payload, qos: qos, id: qos > 0 ? 1 : nil))
                if qos == 2 { publisher.send(.pubrel(1)) }
                let publish = try await subscriber.takePublish()
                #expect(publish.topic == "t/\(size)" && publish.qos == qos)
                #expect(publish.payload == payload, "\(size) bytes")
            }
        }
    }

    @Test("Packets may come in any pieces, one byte at a time and many at once", .clauses("MQTT-7.1.1-1"))
    func pieces() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .connect(id: "c"), .subscribe(1, "t", qos: 2), .publish("t", "one", qos: 1, id: 2),
                .publish("t", "two", qos: 2, id: 3), .pubrel(3), .unsubscribe(4, ["t"]), .pingreq, .disconnect(),
            ]
            let bytes = packets.flatMap { $0.bytes(.v311) }
            var conversations: [[String]] = []
            for piece in [1, 2, 3, 7, bytes.count] {
                let client = try await TestClient.open(broker)
                for start in stride(from: 0, to: bytes.count, by: piece) {
                    client.send(Array(bytes[start..<min(start + piece, bytes.count)]))
                    if piece < 4 { await Task.yield() }
                }
                var names: [String] = []
                for _ in 0..<9 { names.append(try await client.next().name) }
                try await client.expectClosed()
                conversations.append(names.sorted())
            }
            #expect(Set(conversations).count == 1)
            #expect(conversations[0].filter { $0 == "PUBLISH" }.count == 2)
        }
    }
}
