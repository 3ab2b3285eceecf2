import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: an authority that takes its time")
struct V5AuthorityTests {
    private static func with(
        loops: Int, kind: ScriptedAuthority.Question.Kind, limits: BrokerLimits = BrokerLimits(),
        _ body: (TestBroker, ScriptedAuthority) async throws -> Void
    ) async throws {
        let authority = ScriptedAuthority { $0.kind == kind && $0.client == "c" ? .pending : .accept() }
        try await TestBroker.with(
            eventLoops: loops, limits: limits, ports: { BrokerPorts(authority: authority.port($0)) }
        ) { try await body($0, authority) }
    }

    private static var hasty: BrokerLimits {
        var limits = BrokerLimits()
        limits.authorityTimeoutMilliseconds = 300
        return limits
    }

    @Test(
        "While CONNECT is judged nothing is sent and nothing handled; then all in its order",
        .clauses("MQTT5-3.1.4-2", "MQTT5-3.1.4-5", "MQTT5-3.1.4-6", "MQTT5-3.2.0-1"), arguments: [1, 2])
    func connect(loops: Int) async throws {
        try await Self.with(loops: loops, kind: .connect) { broker, authority in
            let observer = try await TestClient.connect5(broker, id: "o")
            try await observer.subscribe("t")
            for ruling in [ScriptedAuthority.Ruling.refuse(0x87), .accept()] {
                let client = try await TestClient.open(broker, version: .v5)
                client.send([.connect(id: "c", version: .v5), .publish("t", "1", qos: 1, id: 1), .subscribe(2, "x")])
                client.send(.pingreq)
                let question = try await authority.nextPending()
                try await observer.expectNothing()
                #expect(client.receivedBytes.isEmpty)
                try await authority.resolve(question, ruling, in: broker)
                guard case .accept = ruling else {
                    try await client.expectRefusal(0x87)
                    continue
                }
                #expect(try await client.nextConnack().code == 0)
                var answers: [ServerPacket] = []
                for _ in 0..<3 { answers.append(try await client.next()) }
                // PINGRESP acknowledges nothing and may go ahead.
                answers.removeAll { $0 == .pingresp }
                #expect(answers == [.puback(1), .suback(.init(2, [0]))])
                try await observer.expectPublish("1")
            }
        }
    }

    @Test("A CONNECT that is not judged in time is refused", .clauses("MQTT5-3.1.4-2"))
    func connectDeadline() async throws {
        try await Self.with(loops: 1, kind: .connect, limits: Self.hasty) { broker, authority in
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(ConnectFields(id: "c", version: .v5))
            #expect(try await client.nextConnack().code >= 0x80)
            try await client.expectClosed()
            // The answer that comes too late changes nothing.
            try await authority.resolve(try await authority.nextPending(), .accept(), in: broker)
            _ = try await TestClient.connect5(broker, id: "other")
        }
    }

    @Test("A client that leaves while its CONNECT is judged leaves nothing behind", .clauses("MQTT5-3.1.4-2"))
    func connectGone() async throws {
        try await Self.with(loops: 1, kind: .connect) { broker, authority in
            let observer = try await TestClient.connect5(broker, id: "o")
            try await observer.subscribe("w")
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(ConnectFields(id: "c", version: .v5, will: .init("w", "will")))
            let question = try await authority.nextPending()
            await client.close()
            try await observer.expectNothing()
            try await authority.resolve(question, .accept(), in: broker)
            try await observer.expectNothing()
        }
    }

    @Test(
        "While a PUBLISH is judged the client's next packets wait; then all in its order",
        .clauses("MQTT5-4.6.0-5", "MQTT5-4.6.0-2", "MQTT5-4.6.0-3", "MQTT5-4.3.3-9"), arguments: [1, 2])
    func publish(loops: Int) async throws {
        try await Self.with(loops: loops, kind: .publish) { broker, authority in
            let observer = try await TestClient.connect5(broker, id: "o")
            try await observer.subscribe("t", qos: 2)
            let client = try await TestClient.connect5(broker, id: "c")
            for _ in 0..<2 {
                client.send([
                    .publish("t", "0"), .publish("t", "1", qos: 1, id: 1), .publish("t", "refused", qos: 1, id: 2),
                    .publish("t", "2", qos: 2, id: 3), .publish("t", "refused", qos: 2, id: 4), .pingreq,
                ])
                let rulings: [ScriptedAuthority.Ruling] = [
                    .accept(), .accept(), .refuse(0x87), .accept(), .refuse(0x87),
                ]
                for ruling in rulings {
                    let question = try await authority.nextPending()
                    #expect(authority.isIdle)
                    try await authority.resolve(question, ruling, in: broker)
                }
                try await client.expect(.puback(1))
                try await client.expect(.puback(.init(2, reason: 0x87)))
                try await client.expect(.pubrec(3))
                try await client.expect(.pubrec(.init(4, reason: 0x87)))
                try await client.expect(.pingresp)
                client.send([.pubrel(3), .pubrel(4)])
                try await client.expect(.pubcomp(3))
                // A refused one is closed at once, so that its identifier is free.
                try await client.expect(.pubcomp(.init(4, reason: 0x92)))
                for text in ["0", "1", "2"] { try await observer.expectPublish(text) }
                try await observer.expectNothing()
            }
        }
    }

    @Test("A PUBLISH that is not judged in time is refused", .clauses("MQTT5-4.3.2-4"))
    func publishDeadline() async throws {
        try await Self.with(loops: 1, kind: .publish, limits: Self.hasty) { broker, _ in
            let observer = try await TestClient.connect5(broker, id: "o")
            try await observer.subscribe("t", qos: 2)
            let client = try await TestClient.connect5(broker, id: "c")
            client.send([.publish("t", "x", qos: 1, id: 1), .pingreq])
            try await client.expect(.puback(.init(1, reason: 0x87)))
            try await client.expect(.pingresp)
            try await observer.expectNothing()
        }
    }

    @Test(
        "A QoS 2 PUBLISH that was being judged when the connection broke is not lost",
        .clauses("MQTT5-4.3.3-8", "MQTT5-4.3.3-10", "MQTT5-4.5.0-1"), arguments: [1, 2], [true, false])
    func publishBroken(loops: Int, answersLater: Bool) async throws {
        try await Self.with(loops: loops, kind: .publish) { broker, authority in
            let observer = try await TestClient.connect5(broker, id: "o")
            try await observer.subscribe("t", qos: 2)
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            client.send(.publish("t", "x", qos: 2, id: 1))
            let first = try await authority.nextPending()
            await client.close()
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
            if !answersLater { try await authority.resolve(first, .accept(), in: broker) }
            again.send(.publish("t", "x", qos: 2, id: 1, dup: true))
            if answersLater { try await authority.resolve(first, .accept(), in: broker) }
            // Either the first was taken up when its answer came, or the repeat is judged as a new one.
            try await waitUntil("an answer") {
                if !authority.isIdle {
                    try await authority.resolve(try await authority.nextPending(), .accept(), in: broker)
                }
                return again.receivedBytes.contains(0x50)
            }
            try await again.expect(.pubrec(1))
            again.send(.pubrel(1))
            try await again.expect(.pubcomp(1))
            try await observer.expectPublish("x")
            try await observer.expectNothing()
        }
    }

    @Test(
        "While a SUBSCRIBE is judged the client's next packets wait; then all in its order",
        .clauses("MQTT5-3.8.4-1", "MQTT5-3.8.4-6", "MQTT5-3.9.3-1"), arguments: [1, 2])
    func subscribe(loops: Int) async throws {
        try await Self.with(loops: loops, kind: .subscribe) { broker, authority in
            let client = try await TestClient.connect5(broker, id: "c")
            client.send([
                .subscribe(1, ["a", "b"].map { FilterRequest($0, qos: 1) }), .publish("a", "x", qos: 1, id: 2),
            ])
            client.send([.publish("b", "y", qos: 1, id: 3), .pingreq])
            let question = try await authority.nextPending()
            #expect(question.topics == ["a", "b"])
            try await authority.resolve(question, .each([nil, 0x87]), in: broker)
            // PINGRESP acknowledges nothing and may go ahead.
            var answers: [ServerPacket] = []
            for _ in 0..<4 { answers.append(try await client.nextAfterPublishes()) }
            answers.removeAll { $0 == .pingresp }
            #expect(answers == [.suback(.init(1, [1, 0x87])), .puback(2), .puback(.init(3, reason: 0x10))])
            try await client.expectPublish("x")
            try await client.expectNothing()
        }
    }

    @Test("A SUBSCRIBE that is not judged in time is refused", .clauses("MQTT5-3.8.4-1", "MQTT5-3.8.4-7"))
    func subscribeDeadline() async throws {
        try await Self.with(loops: 1, kind: .subscribe, limits: Self.hasty) { broker, _ in
            let client = try await TestClient.connect5(broker, id: "c")
            client.send([.subscribe(1, ["a", "b"].map { FilterRequest($0) }), .publish("a", "x"), .pingreq])
            try await client.expect(.suback(.init(1, [0x87, 0x87])))
            try await client.expect(.pingresp)
        }
    }
}
