import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: packet identifiers")
struct PacketIdentifierTests {
    @Test("Packet identifier 0 ends the connection", .clauses("MQTT-2.3.1-1"))
    func zero() async throws {
        try await TestBroker.with { broker in
            let packets: [ClientPacket] = [
                .subscribe(0, "a"), .unsubscribe(0, ["a"]), .publish("a", "x", qos: 1, id: 0),
                .publish("a", "x", qos: 2, id: 0), .publish("a", "x", qos: 1, id: 0, dup: true),
            ]
            for packet in packets {
                let client = try await TestClient.connect(broker)
                try await client.expectClosed(after: packet)
            }
        }
    }

    @Test(
        "The broker's own publishes carry identifiers that are not 0 and not in use",
        .clauses("MQTT-2.3.1-1", "MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1"), arguments: eventLoopCounts)
    func serverIdentifiers(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect(broker)
            var open: [UInt16] = []
            for round in 0..<60 {
                try await publisher.publish("t", "\(round)", qos: UInt8(1 + round % 2))
                let publish = try await subscriber.nextPublish()
                let id = try #require(publish.packetIdentifier)
                #expect(publish.text == "\(round)" && !publish.dup && !open.contains(id))
                open.append(id)
                guard round % 3 == 0 else { continue }
                // One of those in the middle is finished: only its identifier is free again.
                let done = open.remove(at: open.count / 2)
                subscriber.send([.puback(done), .pubrec(done), .pubcomp(done)])
                if case .pubrel(let pubrel) = try await subscriber.nextAfterPublishes() {
                    #expect(pubrel.packetIdentifier == done)
                }
            }
        }
    }

    @Test("Client and server may use one identifier at the same time", .clauses("MQTT-2.3.1-4"))
    func separateSpaces() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect(broker)
            try await publisher.publish("t", "down", qos: 2)
            let id = try #require(try await client.nextPublish().packetIdentifier)
            client.send(.publish("u", "up", qos: 2, id: id))
            #expect(try await client.next() == .pubrec(.init(id)))
            client.send(.pubrec(id))
            #expect(try await client.next() == .pubrel(.init(id)))
            client.send(.pubrel(id))
            #expect(try await client.next() == .pubcomp(.init(id)))
            client.send(.pubcomp(id))
            try await client.expectNothing()
        }
    }

    @Test("A QoS 0 message is delivered without an identifier", .clauses("MQTT-2.3.1-5"), arguments: eventLoopCounts)
    func withoutIdentifier(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 0)
            let publisher = try await TestClient.connect(broker)
            for qos in UInt8(0)...2 { try await publisher.publish("t", "xy", qos: qos) }
            for _ in 0..<3 {
                let (packet, bytes) = try await subscriber.nextWithBytes()
                #expect(packet == .publish(.init("t", "xy")))
                #expect(bytes == [0x30, 5, 0, 1, 0x74, 0x78, 0x79])
            }
        }
    }

    @Test(
        "Every answer carries the identifier of what it answers", .clauses("MQTT-2.3.1-6", "MQTT-2.3.1-7"),
        arguments: [1, 2, 255, 256, 0x1234, 0x7FFF, 0x8000, 0xFFFF] as [UInt16])
    func answers(id: UInt16) async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            client.send([
                .subscribe(id, "a"), .unsubscribe(id, ["a"]), .publish("b", "1", qos: 1, id: id),
                .publish("b", "2", qos: 2, id: id), .pubrel(id),
            ])
            #expect(try await client.next() == .suback(.init(id, [0])))
            #expect(try await client.next() == .unsuback(.init(id)))
            #expect(try await client.next() == .puback(.init(id)))
            #expect(try await client.next() == .pubrec(.init(id)))
            #expect(try await client.next() == .pubcomp(.init(id)))
        }
    }

    @Test(
        "An identifier is free again after its exchange, and names a new message then",
        .clauses("MQTT-2.3.1-3", "MQTT-4.3.2-2", "MQTT-4.3.3-2"), arguments: eventLoopCounts)
    func reuse(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect(broker)
            for round in 0..<6 { try await publisher.publish("t", "\(round)", qos: UInt8(1 + round % 2), id: 9) }
            #expect(try await subscriber.takeTexts(6) == (0..<6).map { "\($0)" })
            try await subscriber.expectNothing()
        }
    }

    @Test("An identifier in use at QoS 2 is a repeat, whatever it carries", .clauses("MQTT-2.3.1-2"))
    func inUse() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            try await client.subscribe("t")
            client.send([.publish("t", "first", qos: 2, id: 5), .publish("t", "second", qos: 2, id: 5)])
            #expect(try await client.nextAfterPublishes() == .pubrec(5))
            #expect(try await client.nextPublish().text == "first")
            #expect(try await client.nextAfterPublishes() == .pubrec(5))
            try await client.expectNothing()
        }
    }

    @Test("Acknowledgements of nothing do no harm", .clauses("MQTT-2.3.1-6"))
    func unknownAcknowledgements() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            client.send([.puback(77), .pubcomp(78), .pubrel(79)])
            #expect(try await client.next() == .pubcomp(79))
            try await client.expectNothing()
            client.send(.pubrec(80))
            if case .pubrel(let pubrel) = try await client.next() { #expect(pubrel.packetIdentifier == 80) }
            client.send(.pubcomp(80))
            try await client.ping()
        }
    }
}
