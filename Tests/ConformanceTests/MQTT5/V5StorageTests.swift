import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: a storage that takes its time")
struct V5StorageTests {
    private static func with(
        loops: Int = 1, limits: BrokerLimits = BrokerLimits(),
        _ body: (TestBroker, ScriptedStorage) async throws -> Void
    ) async throws {
        let storage = ScriptedStorage()
        try await TestBroker.with(
            eventLoops: loops, limits: limits, ports: { BrokerPorts(storage: storage.port($0)) }
        ) { broker in
            storage.attach(to: broker)
            try await body(broker, storage)
            try await storage.release(in: broker)
        }
    }

    /// A client that is away, and waits for what is published to "t".
    private static func leaveSubscriber(_ broker: TestBroker, qos: UInt8 = 2) async throws {
        let subscriber = try await TestClient.connect5(broker, id: "away", expiry: 600)
        try await subscriber.subscribe("t", qos: qos)
        await subscriber.close()
    }

    @Test(
        "PUBACK, PUBREC and SUBACK wait for their commits and leave in the order of the packets",
        .clauses("MQTT5-4.3.2-4", "MQTT5-4.3.3-8", "MQTT5-4.6.0-2", "MQTT5-4.6.0-3", "MQTT5-3.8.4-1"))
    func order() async throws {
        try await Self.with { broker, storage in
            try await Self.leaveSubscriber(broker)
            let client = try await TestClient.connect5(broker, id: "c", expiry: 600)
            storage.isHolding = true
            client.send([
                .publish("t", qos: 1, id: 1), .publish("t", qos: 2, id: 2), .subscribe(3, "x", qos: 1),
                .publish("t", qos: 1, id: 4),
            ])
            try await storage.waitForBatches()
            try await client.expectNothing()
            try await storage.release(in: broker)
            for expected in [4, 5, 9, 4] as [UInt8] {
                let (_, bytes) = try await client.nextWithBytes()
                #expect(bytes[0] >> 4 == expected)
            }
            try await client.expectNothing()
        }
    }

    @Test("An answer leaves as soon as its own commit and all before it are safe", .clauses("MQTT5-4.6.0-2"))
    func oneByOne() async throws {
        try await Self.with { broker, storage in
            try await Self.leaveSubscriber(broker)
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 0)
            storage.isHolding = true
            for number in UInt16(1)...3 {
                client.send(.publish("t", "\(number)", qos: 1, id: number))
                // Delivered meanwhile, but not acknowledged.
                try await client.expectPublish("\(number)")
                try await storage.waitForBatches()
            }
            try await client.expectNothing()
            // The first was handed over alone, the others behind it together.
            try await storage.resolve(in: broker)
            try await client.expect(.puback(1))
            try await storage.waitForBatches()
            try await client.expectNothing()
            try await storage.resolve(in: broker)
            try await client.expect(.puback(2))
            try await client.expect(.puback(3))
        }
    }

    @Test("What no stored session needs is acknowledged without a commit", .clauses("MQTT5-4.3.2-4"))
    func nothingToStore() async throws {
        try await Self.with { broker, storage in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 1)
            storage.isHolding = true
            let changes = storage.changeCount
            try await client.publish("t", "x", qos: 1)
            client.send(.publish("t", "y", qos: 2, id: 9))
            _ = try await client.nextAfterPublishes()
            #expect(storage.changeCount == changes)
        }
    }

    @Test(
        "A message that all its receivers have acknowledged before its batch is handed over is not written",
        .clauses("MQTT5-4.3.2-4"))
    func elision() async throws {
        try await Self.with { broker, storage in
            let subscriber = try await TestClient.connect5(broker, id: "s", expiry: 600)
            try await subscriber.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker, id: "p", expiry: 600)
            storage.isHolding = true
            publisher.send(.subscribe(1, "other"))
            try await storage.waitForBatches()
            // While that is being written a message comes and is acknowledged.
            publisher.send(.publish("t", "x", qos: 1, id: 2))
            try await subscriber.expectPublish("x")
            try await subscriber.ping()
            try await publisher.expectNothing()
            let changes = storage.changeCount
            try await storage.release(in: broker)
            #expect(try await publisher.next() == .suback(.init(1, [0])))
            try await publisher.expect(.puback(2))
            #expect(storage.changeCount == changes)
        }
    }

    @Test(
        "A batch that cannot be written ends the connection with an error", .clauses("MQTT5-4.3.2-4", "MQTT5-4.13.2-1"))
    func failure() async throws {
        try await Self.with { broker, storage in
            try await Self.leaveSubscriber(broker)
            for packet in [.publish("t", qos: 1, id: 1), .publish("t", qos: 2, id: 1), .subscribe(1, "t")]
                as [ClientPacket]
            {
                let client = try await TestClient.connect5(broker, id: "c", expiry: 600)
                storage.isHolding = true
                client.send(packet)
                try await storage.waitForBatches()
                try await storage.resolve(isSafe: false, in: broker)
                try await client.expectDisconnect(0x80)
                try await storage.release(in: broker)
            }
        }
    }

    @Test(
        "What waits for its commit takes one place of the server's Receive Maximum each",
        .clauses("MQTT5-3.3.4-7"), arguments: [1, 2] as [UInt8])
    func receiveMaximum(qos: UInt8) async throws {
        var limits = BrokerLimits()
        limits.serverReceiveMaximum = 4
        try await Self.with(limits: limits) { broker, storage in
            try await Self.leaveSubscriber(broker)
            let client = try await TestClient.connect5(broker, id: "c", expiry: 600)
            for _ in 0..<3 {
                storage.isHolding = true
                for id in UInt16(1)...4 { client.send(.publish("t", qos: qos, id: id)) }
                try await storage.waitForBatches()
                try await client.expectNothing()
                try await storage.release(in: broker)
                for _ in 1...4 { _ = try await client.next() }
                guard qos == 2 else { continue }
                storage.isHolding = true
                for id in UInt16(1)...4 { client.send(.pubrel(id)) }
                try await storage.waitForBatches()
                try await client.expectNothing()
                try await storage.release(in: broker)
                for id in UInt16(1)...4 { try await client.expect(.pubcomp(.init(id))) }
            }
            storage.isHolding = true
            for id in UInt16(1)...5 { client.send(.publish("t", qos: qos, id: id)) }
            try await client.expectDisconnect(0x93)
        }
    }

    @Test(
        "A repeat on a new connection of what was never acknowledged is handled by the rules of its QoS",
        .clauses("MQTT5-4.3.3-10", "MQTT5-4.3.2-4"))
    func broken() async throws {
        try await Self.with { broker, storage in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("t", qos: 2)
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            storage.isHolding = true
            client.send(.publish("t", "x", qos: 2, id: 1))
            try await storage.waitForBatches()
            await client.close()
            try await storage.release(in: broker)
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
            again.send(.publish("t", "x", qos: 2, id: 1, dup: true))
            try await again.expect(.pubrec(1))
            again.send(.pubrel(1))
            try await again.expect(.pubcomp(1))
            try await observer.expectPublish("x")
            try await observer.expectNothing()
        }
    }

    @Test(
        "A QoS 2 message is sent to a stored session when its identifier is safe, and PUBREL when PUBREC is",
        .clauses("MQTT5-4.3.3-3", "MQTT5-4.3.3-5"))
    func exactlyOnceToStored() async throws {
        try await Self.with { broker, storage in
            let subscriber = try await TestClient.connect5(broker, id: "s", expiry: 600)
            try await subscriber.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            storage.isHolding = true
            publisher.send(.publish("t", "x", qos: 2, id: 1))
            try await storage.waitForBatches()
            try await subscriber.expectNothing()
            try await publisher.expectNothing()
            try await storage.release(in: broker)
            try await publisher.expect(.pubrec(1))
            let message = try await subscriber.expectUnanswered("x")
            storage.isHolding = true
            subscriber.send(.pubrec(try message.identifier()))
            try await storage.waitForBatches()
            try await subscriber.expectNothing()
            try await storage.release(in: broker)
            try await subscriber.expect(.pubrel(.init(try message.identifier())))
        }
    }

    @Test("QoS 0 keeps its order behind a SUBSCRIBE that waits for its commit", .clauses("MQTT5-4.6.0-5"))
    func heldMessages() async throws {
        try await Self.with { broker, storage in
            let client = try await TestClient.connect5(
                broker, id: "c", expiry: 600, properties: [.receiveMaximum(1)])
            try await client.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t", "open", qos: 1)
            let open = try await client.expectUnanswered("open")
            storage.isHolding = true
            client.send(.subscribe(7, "r"))
            try await storage.waitForBatches()
            publisher.send([.publish("t", "1", qos: 1, id: 9), .publish("t", "a"), .publish("t", "b")])
            try await publisher.ping()
            try await storage.release(in: broker)
            try await publisher.expect(.puback(9))
            #expect(try await client.nextAfterPublishes() == .suback(.init(7, [0])))
            try await publisher.publish("t", "c")
            for text in ["a", "b", "c"] { try await client.expectPublish(text) }
            try await client.expectNothing()
            client.send(.puback(try open.identifier()))
            try await client.expectPublish("1")
        }
    }
}
