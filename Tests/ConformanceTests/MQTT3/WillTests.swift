import BrokerTestKit
import Testing

/// How a connection ends without DISCONNECT.
private enum AbruptEnd: String, CaseIterable, CustomTestStringConvertible {
    case finished, halfClosed, reset, malformedPacket, protocolViolation, secondConnect, keepAlive

    var testDescription: String { rawValue }

    func end(_ client: TestClient) async {
        switch self {
        case .finished: await client.close()
        case .halfClosed: await client.closeOutput()
        case .reset: await client.reset()
        case .malformedPacket: client.send([0x82, 0x00])
        case .protocolViolation: client.send(.raw(0x20, [0, 0]))
        case .secondConnect: client.send(.connect(id: "c"))
        case .keepAlive: break  // silence is enough
        }
    }
}

@Suite("MQTT 3.1.1: will")
struct WillTests {
    @Test(
        "The will is published, once, however the connection ends without DISCONNECT",
        .clauses("MQTT-3.1.2-8", "MQTT-3.1.2-10", "MQTT-3.1.2-16", "MQTT-3.1.2-24"), arguments: AbruptEnd.allCases,
        eventLoopCounts)
    private func published(end: AbruptEnd, eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will/+", qos: 2)
            let keepAlive: UInt16 = end == .keepAlive ? 1 : 0
            let client = try await TestClient.connect(
                broker, id: "c", clean: false, keepAlive: keepAlive, will: .init("will/c", "gone", qos: 1))
            await end.end(client)
            let will = try await witness.takePublish()
            #expect(will == .init("will/c", "gone", qos: 1, id: will.packetIdentifier))
            // It is removed once published: the session comes back without one.
            let back = try await TestClient.connect(broker, id: "c", clean: false)
            await back.reset()
            _ = try await TestClient.connect(broker, id: "c", clean: false)
            try await witness.expectNothing()
            let late = try await TestClient.connect(broker)
            try await late.subscribe("will/+")
            try await late.expectNothing()
        }
    }

    @Test(
        "A DISCONNECT deletes the will", .clauses("MQTT-3.1.2-10", "MQTT-3.14.4-3", "MQTT-3.1.2-8"),
        arguments: eventLoopCounts)
    func deleted(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will")
            for clean in [true, false, true, false] {
                let client = try await TestClient.connect(
                    broker, id: "c", clean: clean, will: .init("will", "never", retain: true))
                try await client.disconnect()
                try await witness.expectNothing()
            }
            let late = try await TestClient.connect(broker)
            try await late.subscribe("will")
            try await late.expectNothing()
        }
    }

    @Test("Without the will flag nothing is published", .clauses("MQTT-3.1.2-12"), arguments: eventLoopCounts)
    func none(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("#")
            // The session had a will on an earlier connection, which went with it.
            try await TestClient.connect(broker, id: "c", clean: false, will: .init("will", "old")).disconnect()
            let client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.expectClosed(after: ClientPacket.connect(id: "c"))
            try await witness.expectNothing()
        }
    }

    @Test(
        "The will has its own QoS and is retained only if it says so",
        .clauses("MQTT-3.1.2-16", "MQTT-3.1.2-17", "MQTT-3.1.2-14"), arguments: [0, 1, 2] as [UInt8], [true, false])
    func qosAndRetain(qos: UInt8, retain: Bool) async throws {
        try await TestBroker.with(eventLoops: 2) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will", qos: 2)
            let client = try await TestClient.connect(
                broker, will: .init("will", "gone", qos: qos, retain: retain))
            await client.close()
            let will = try await witness.takePublish()
            #expect(will == .init("will", "gone", qos: qos, id: will.packetIdentifier))
            let late = try await TestClient.connect(broker)
            try await late.subscribe("will", qos: 2)
            if retain {
                let kept = try await late.takePublish()
                #expect(kept == .init("will", "gone", qos: qos, id: kept.packetIdentifier, retain: true))
            }
            try await late.expectNothing()
        }
    }

    @Test("An empty retained will clears its topic and is delivered", .clauses("MQTT-3.1.2-17", "MQTT-3.3.1-10"))
    func emptyWill() async throws {
        try await TestBroker.with { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.publish("state", "online", retain: true)
            try await witness.subscribe("state")
            #expect(try await witness.nextPublish().text == "online")
            let client = try await TestClient.connect(broker, will: .init("state", "", retain: true))
            await client.reset()
            #expect(try await witness.nextPublish() == .init("state", ""))
            try await witness.subscribe("state")
            try await witness.expectNothing()
        }
    }

    @Test("The will of a client that is away is queued for others that are away", .clauses("MQTT-3.1.2-8"))
    func queued() async throws {
        try await TestBroker.with(eventLoops: 2) { broker in
            let away = try await TestClient.connect(broker, id: "away", clean: false)
            try await away.subscribe("will", qos: 1)
            try await away.disconnect()
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will", qos: 1)
            let client = try await TestClient.connect(broker, will: .init("will", "gone", qos: 1))
            await client.reset()
            #expect(try await witness.takePublish().text == "gone")
            let back = try await TestClient.connect(broker, id: "away", clean: false)
            #expect(try await back.takePublish().text == "gone")
        }
    }

    @Test("A shutdown publishes wills while their receivers are still there", .clauses("MQTT-3.1.2-8"))
    func shutdown() async throws {
        try await TestBroker.with { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will")
            let client = try await TestClient.connect(broker, will: .init("will", "down"))
            await broker.beginShutdown()
            #expect(try await witness.nextPublish().text == "down")
            try await witness.expectClosed()
            try await client.expectClosed()
            try await broker.waitUntilStopped()
        }
    }
}
