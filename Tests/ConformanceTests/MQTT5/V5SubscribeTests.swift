import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: SUBSCRIBE and UNSUBSCRIBE")
struct V5SubscribeTests {
    @Test(
        "SUBACK has the identifier of its SUBSCRIBE and a code for each filter in order",
        .clauses(
            "MQTT5-3.8.4-1", "MQTT5-3.8.4-2", "MQTT5-3.8.4-5", "MQTT5-3.8.4-6", "MQTT5-3.8.4-7", "MQTT5-3.9.3-1",
            "MQTT5-3.9.3-2", "MQTT5-2.2.1-6", "MQTT5-4.7.1-1", "MQTT5-4.7.1-2", "MQTT5-4.8.2-1", "MQTT5-4.8.2-2",
            "MQTT5-4.7.3-1"), arguments: [1, 2])
    func codes(loops: Int) async throws {
        let filters: [(FilterRequest, UInt8)] = [
            (.init("a", qos: 2), 2), (.init("a#"), 0x8F), (.init("b/#", qos: 1), 1), (.init("a/#/b"), 0x8F),
            (.init("#"), 0), (.init("+"), 0), (.init("a+"), 0x8F), (.init("+a"), 0x8F), (.init("a/+b/c"), 0x8F),
            (.init("+/+/#", qos: 2), 2), (.init(""), 0x8F), (.init("/"), 0), (.init("##"), 0x8F), (.init("#/"), 0x8F),
            (.init("$share/g/a", qos: 1), 1), (.init("$share/g/"), 0x8F), (.init("$share/g"), 0x8F),
            (.init("$share//a"), 0x8F), (.init("$share/g+/a"), 0x8F), (.init("$share/#/a"), 0x8F),
            (.init("$share/g/a#"), 0x8F), (.init("$share/"), 0x8F), (.init("$share/g//a"), 0), (.init("$SYS/#"), 0),
            (.init(" "), 0), (.init("$share:h:a", qos: 2), 2), (.init("$share::a"), 0x8F), (.init("$share:g:"), 0x8F),
        ]
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            for identifier in [1, 77, .max] as [UInt16] {
                client.send(.subscribe(identifier, filters.map(\.0)))
                let answer = try await client.nextSuback()
                #expect(answer == .init(identifier, filters.map(\.1)))
            }
            client.send(.unsubscribe(500, filters.map { String(decoding: $0.0.filter, as: UTF8.self) }))
            let answer = try await client.nextUnsuback()
            #expect(answer.packetIdentifier == 500)
            #expect(answer.codes.map { $0 == 0 } == filters.map { $0.1 < 0x80 })
        }
    }

    @Test("A SUBSCRIBE or UNSUBSCRIBE without a filter gets 0x82", .clauses("MQTT5-3.8.3-2", "MQTT5-3.10.3-2"))
    func noFilter() async throws {
        try await TestBroker.with { broker in
            for packet in [.subscribe(1, []), .unsubscribe(1, [])] as [ClientPacket] {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x82, after: packet)
            }
        }
    }

    @Test(
        "Reserved subscription options get 0x81, QoS 3 and Retain Handling 3 get 0x82", .clauses("MQTT5-3.8.3-5"))
    func options() async throws {
        let faults: [(UInt8, UInt8)] = [
            (0x40, 0x81), (0x80, 0x81), (0xC0, 0x81), (0xC1, 0x81), (0x03, 0x82), (0x30, 0x82), (0x31, 0x82),
        ]
        try await TestBroker.with { broker in
            for (options, code) in faults {
                let client = try await TestClient.connect5(broker)
                let requests = [FilterRequest("a"), FilterRequest(filter: [0x62], options: options)]
                try await client.expectDisconnect(code, after: .subscribe(1, requests))
            }
        }
    }

    @Test("Every combination of valid options is accepted", .clauses("MQTT5-3.8.3-5"))
    func validOptions() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            for options in UInt8(0)..<0x30 where options & 3 != 3 {
                client.send(.subscribe(1, [FilterRequest(filter: [0x61], options: options)]))
                #expect(try await client.nextSuback() == .init(1, [options & 3]))
            }
        }
    }

    @Test(
        "The authority's verdicts stand in SUBACK, and only what is granted is delivered",
        .clauses("MQTT5-3.8.4-7", "MQTT5-3.9.3-2", "MQTT5-3.9.3-1"), arguments: [1, 2])
    func refused(loops: Int) async throws {
        let authority = ScriptedAuthority { question in
            question.kind == .subscribe
                ? .each(question.topics.map { $0.hasPrefix("no") ? 0x87 : $0.hasPrefix("full") ? 0x97 : nil })
                : .accept()
        }
        try await TestBroker.with(eventLoops: loops, ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.connect5(broker)
            client.send(.subscribe(3, ["no/1", "yes", "full", "no/+"].map { FilterRequest($0, qos: 1) }))
            #expect(try await client.nextSuback() == .init(3, [0x87, 1, 0x97, 0x87]))
            let publisher = try await TestClient.connect5(broker)
            for topic in ["no/1", "full", "yes"] { try await publisher.publish(topic, topic, qos: 1) }
            try await client.expectPublish("yes")
            try await client.expectNothing()
        }
    }

    @Test(
        "The same filter twice in one SUBSCRIBE counts once, as the last says",
        .clauses("MQTT5-3.8.4-3", "MQTT5-3.8.4-5"), arguments: [1, 2])
    func twice(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for prefix in ["", "$share/g/"] {
                let client = try await TestClient.connect5(broker)
                let requests = [FilterRequest(prefix + "t", qos: 0), FilterRequest(prefix + "t", qos: 2)]
                #expect(try await client.subscribe(requests) == [0, 2])
                let publisher = try await TestClient.connect5(broker)
                try await publisher.publish("t", "x", qos: 2)
                #expect(try await client.expectPublish("x").qos == 2)
                try await client.expectNothing()
                try await client.unsubscribe(prefix + "t")
                try await publisher.publish("t", "x", qos: 2)
                try await client.expectNothing()
            }
        }
    }

    @Test("At its limit of subscriptions a client may still replace one", .clauses("MQTT5-3.8.4-3", "MQTT5-3.9.3-2"))
    func limit() async throws {
        var limits = BrokerLimits()
        limits.maximumSubscriptionsPerClient = 2
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            client.send(.subscribe(1, ["a", "$share/g/b", "c"].map { FilterRequest($0) }))
            #expect(try await client.nextSuback() == .init(1, [0, 0, 0x97]))
            client.send(.subscribe(2, ["a", "$share/g/b", "c"].map { FilterRequest($0, qos: 1) }))
            #expect(try await client.nextSuback() == .init(2, [1, 1, 0x97]))
        }
    }

    @Test(
        "A SUBACK or UNSUBACK that just fits the client's Maximum Packet Size comes without anything to leave out",
        .clauses(
            "MQTT5-3.9.2-1", "MQTT5-3.9.2-2", "MQTT5-3.11.2-1", "MQTT5-3.11.2-2", "MQTT5-3.1.2-24"))
    func tight() async throws {
        let authority = ScriptedAuthority { $0.kind == .subscribe ? .refuse(0x87) : .accept() }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.connect5(broker, id: "c", properties: [.maximumPacketSize(45)])
            client.send(.subscribe(1, (0..<40).map { FilterRequest("\($0)") }))
            let suback = try await client.nextWithBytes()
            #expect(suback.bytes.count == 45)
            #expect(suback.packet == .suback(.init(1, Array(repeating: 0x87, count: 40))))
            client.send(.unsubscribe(2, (0..<40).map { "\($0)" }))
            let unsuback = try await client.nextWithBytes()
            #expect(unsuback.bytes.count == 45)
            #expect(unsuback.packet == .unsuback(.init(2, Array(repeating: 0x11, count: 40))))
        }
    }

    @Test("A SUBACK that is too large for the client ends the connection", .clauses("MQTT5-3.1.2-24"))
    func tooLarge() async throws {
        try await TestBroker.with { broker in
            for packet in [
                .subscribe(1, (0..<41).map { FilterRequest("\($0)") }), .unsubscribe(1, (0..<41).map { "\($0)" }),
            ]
                as [ClientPacket]
            {
                let client = try await TestClient.connect5(broker, id: "c", properties: [.maximumPacketSize(45)])
                try await client.expectDisconnect(0x95, 0x80, 0x83, after: packet)
            }
        }
    }

    @Test(
        "UNSUBSCRIBE deletes exactly the named subscriptions",
        .clauses(
            "MQTT5-3.10.4-1", "MQTT5-3.10.4-2", "MQTT5-3.10.4-4", "MQTT5-3.10.4-5", "MQTT5-3.10.4-6",
            "MQTT5-3.11.3-1", "MQTT5-3.11.3-2", "MQTT5-2.2.1-6"), arguments: [1, 2])
    func unsubscribe(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe(["a/b", "a/+", "c", "$share/g/d"].map { FilterRequest($0) })
            client.send(.unsubscribe(9, ["a/b", "x", "a/#", "c/", "C", "$share/g/d", "d", "a/b"]))
            #expect(try await client.nextUnsuback() == .init(9, [0, 0x11, 0x11, 0x11, 0x11, 0, 0x11, 0x11]))
            let publisher = try await TestClient.connect5(broker)
            for topic in ["d", "a/b", "c"] { try await publisher.publish(topic, topic) }
            try await client.expectPublish("a/b")
            try await client.expectPublish("c")
            client.send(.unsubscribe(10, ["c", "a/+"]))
            #expect(try await client.nextUnsuback() == .init(10, [0, 0]))
            for topic in ["a/b", "c", "d"] { try await publisher.publish(topic, topic) }
            try await client.expectNothing()
        }
    }

    @Test(
        "Deliveries that were begun before UNSUBSCRIBE are completed", .clauses("MQTT5-3.10.4-3", "MQTT5-3.10.4-2"),
        arguments: [1, 2])
    func begun(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(1)...2 { try await publisher.publish("t", "\(qos)", qos: qos) }
            for qos in UInt8(1)...2 { try await client.expectUnanswered("\(qos)") }
            try await client.unsubscribe("t")
            try await publisher.publish("t", "late", qos: 2)
            try await client.disconnect()
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
            for qos in UInt8(1)...2 { #expect(try await again.expectPublish("\(qos)").dup) }
            try await again.expectNothing()
        }
    }

    @Test(
        "A client that has its SUBACK misses nothing published after it", .clauses("MQTT5-4.5.0-1"),
        arguments: [1, 2, 3])
    func nothingMissed(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            var publishers: [TestClient] = []
            for _ in 0..<loops { publishers.append(try await TestClient.connect5(broker)) }
            for round in 0..<30 {
                let client = try await TestClient.connect5(broker)
                try await client.subscribe(
                    round % 3 == 0 ? "$share/g\(round)/t/\(round)" : round % 3 == 1 ? "t/+" : "t/\(round)")
                for (number, publisher) in publishers.enumerated() {
                    publisher.send(.publish("t/\(round)", "\(number)"))
                }
                var seen: Set<String> = []
                for _ in publishers { seen.insert(try await client.takePublish().text) }
                #expect(seen.count == loops)
                try await client.disconnect()
            }
        }
    }
}
