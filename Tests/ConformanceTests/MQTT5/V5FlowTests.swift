import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: flow control")
struct V5FlowTests {
    private static var three: BrokerLimits {
        var limits = BrokerLimits()
        limits.serverReceiveMaximum = 3
        return limits
    }

    @Test(
        "One open QoS 2 PUBLISH more than the server's Receive Maximum gets 0x93",
        .clauses("MQTT5-3.3.4-7", "MQTT5-4.9.0-1", "MQTT5-4.9.0-2"), arguments: [1, 2] as [UInt8])
    func exceeded(qos: UInt8) async throws {
        try await TestBroker.with(limits: Self.three) { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x21) == 3)
            for id in UInt16(1)...3 {
                client.send(.publish("t", qos: 2, id: id))
                guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC should come") }
            }
            // Repeats of those that are open are no new ones.
            client.send(.publish("t", qos: 2, id: 2, dup: true))
            guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC should come") }
            // Neither are QoS 0 messages.
            try await client.publish("t")
            try await client.expectDisconnect(0x93, after: .publish("t", qos: qos, id: 4))
        }
    }

    @Test(
        "PUBCOMP, not PUBREC, gives a client its slot back; QoS 1 gets it with PUBACK",
        .clauses("MQTT5-3.3.4-7", "MQTT5-4.9.0-2"))
    func slots() async throws {
        try await TestBroker.with(limits: Self.three) { broker in
            let client = try await TestClient.connect5(broker)
            for id in UInt16(1)...3 { client.send(.publish("t", qos: 2, id: id)) }
            for _ in 1...3 { guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC") } }
            for id in UInt16(4)...50 {
                client.send(.pubrel(id - 3))
                try await client.expect(.pubcomp(.init(id - 3)))
                client.send(.publish("t", qos: 2, id: id))
                guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC should come") }
            }
            for id in UInt16(48)...50 { client.send(.pubrel(id)) }
            for id in UInt16(48)...50 { try await client.expect(.pubcomp(.init(id))) }
            for id in UInt16(1)...50 { try await client.publish("t", qos: 1, id: id) }
        }
    }

    @Test("A new connection begins with the whole window", .clauses("MQTT5-4.9.0-1"))
    func anew() async throws {
        try await TestBroker.with(limits: Self.three) { broker in
            for _ in 0..<3 {
                let client = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                for id in UInt16(1)...3 {
                    client.send(.publish("t", qos: 2, id: id, dup: true))
                    guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC should come") }
                }
                await client.close()
            }
        }
    }

    @Test(
        "The server has at most the client's Receive Maximum open; the rest follows slot by slot",
        .clauses("MQTT5-3.3.4-9", "MQTT5-4.9.0-1", "MQTT5-4.9.0-2", "MQTT5-4.6.0-5"), arguments: [1, 2])
    func outbound(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, properties: [.receiveMaximum(4)])
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<20 { try await publisher.publish("t", "\(number)", qos: UInt8(1 + number % 2)) }
            var open: [ServerPacket.Publish] = []
            for number in 0..<4 { open.append(try await client.expectUnanswered("\(number)")) }
            try await client.expectNothing()
            for number in 4..<20 {
                let oldest = open.removeFirst()
                if oldest.qos == 1 {
                    client.send(.puback(try oldest.identifier()))
                } else {
                    client.send(.pubrec(try oldest.identifier()))
                    try await client.expect(.pubrel(.init(try oldest.identifier())))
                    // A good PUBREC frees no slot.
                    try await client.expectNothing()
                    client.send(.pubcomp(try oldest.identifier()))
                }
                let next = try await client.expectUnanswered("\(number)")
                #expect(!open.contains { $0.packetIdentifier == next.packetIdentifier })
                open.append(next)
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "An error in PUBACK or PUBREC frees a slot at once",
        .clauses("MQTT5-3.3.4-9", "MQTT5-4.4.0-2", "MQTT5-4.3.3-4"))
    func errorFrees() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, properties: [.receiveMaximum(1)])
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<6 { try await publisher.publish("t", "\(number)", qos: UInt8(1 + number % 2)) }
            for number in 0..<6 {
                let publish = try await client.expectUnanswered("\(number)")
                try await client.expectNothing()
                let id = try publish.identifier()
                client.send(publish.qos == 1 ? .puback(id, reason: 0x80) : .pubrec(id, reason: 0x80))
            }
            try await client.expectNothing()
        }
    }

    @Test(
        "Behind a window that is held shut QoS 0 passes in order, and everything else is answered",
        .clauses("MQTT5-3.3.4-10", "MQTT5-4.9.0-3", "MQTT5-4.6.0-5"), arguments: [1, 2], [1, 2] as [UInt8])
    func shut(loops: Int, qos: UInt8) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, properties: [.receiveMaximum(1)])
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<3 { try await publisher.publish("t", "held \(number)", qos: qos) }
            let held = try await client.expectUnanswered("held 0")
            for number in 0..<50 { try await publisher.publish("t", "free \(number)") }
            for number in 0..<50 { #expect(try await client.expectPublish("free \(number)").qos == 0) }
            try await client.subscribe("u", qos: 1)
            try await client.unsubscribe("u")
            try await client.ping()
            for own in UInt8(0)...2 { try await client.publish("other", "x", qos: own) }
            if qos == 2 {
                client.send(.pubrec(try held.identifier()))
                try await client.expect(.pubrel(.init(try held.identifier())))
                try await publisher.publish("t", "free again")
                try await client.expectPublish("free again")
                client.send(.pubcomp(try held.identifier()))
            } else {
                client.send(.puback(try held.identifier()))
            }
            for number in 1..<3 { try await client.expectPublish("held \(number)") }
            try await client.expectNothing()
        }
    }

    @Test(
        "The identifiers of what is in flight are not 0 and all different, however often they are freed",
        .clauses("MQTT5-2.2.1-4", "MQTT5-4.3.2-1", "MQTT5-4.3.3-1"))
    func identifiers() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, properties: [.receiveMaximum(20)])
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            let count = 300
            publisher.send((1...UInt16(count)).map { .publish("t", "\($0)", qos: 1, id: $0) })
            try await publisher.complete(count, qos: 1)
            var open: Set<UInt16> = []
            for number in 1...count {
                let publish = try await client.expectUnanswered("\(number)")
                #expect(open.insert(try publish.identifier()).inserted)
                if open.count == 20 || number > 280 {
                    // Not in the order of sending, so that the free ones are mixed.
                    for id in open.shuffled().prefix(7) {
                        client.send(.puback(id))
                        open.remove(id)
                    }
                }
            }
        }
    }

    @Test("The broker's own limit holds where the client's is larger", .clauses("MQTT5-4.9.0-1", "MQTT5-3.3.4-9"))
    func ownLimit() async throws {
        var limits = BrokerLimits()
        limits.maximumInflight = 2
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 1)
            for number in 0..<4 { try await client.publish("t", "\(number)", qos: 1) }
            let first = try await client.expectUnanswered("0")
            try await client.expectUnanswered("1")
            try await client.expectNothing()
            client.send(.puback(try first.identifier()))
            try await client.expectUnanswered("2")
            try await client.expectNothing()
        }
    }
}
