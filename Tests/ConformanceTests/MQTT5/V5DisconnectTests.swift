import BrokerCore
import BrokerTestKit
import Testing

@Suite("MQTT 5: DISCONNECT, PINGREQ and what is told about errors")
struct V5DisconnectTests {
    @Test(
        "After DISCONNECT the broker closes, and what comes behind it is ignored",
        .clauses("MQTT5-3.14.4-1", "MQTT5-3.14.4-2"), arguments: [1, 2])
    func ignored(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("t")
            let client = try await TestClient.connect5(broker)
            client.send([.publish("t", "before"), .disconnect(), .publish("t", "behind"), .pingreq])
            try await client.expectClosed()
            try await observer.expectPublish("before")
            try await observer.expectNothing()
        }
    }

    @Test(
        "After an error nothing but DISCONNECT comes, and nothing more is handled",
        .clauses("MQTT5-3.14.4-1", "MQTT5-4.13.1-1", "MQTT5-4.13.2-1", "MQTT5-3.14.2-1"), arguments: [1, 2])
    func afterError(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("t")
            let client = try await TestClient.connect5(broker)
            client.send([.pingreq, .publish("#"), .publish("t", "behind"), .pingreq])
            try await client.expect(.pingresp)
            let ending = try await client.expectDisconnect(0x90)
            #expect(ending.properties.text(0x1F)?.isEmpty == false)
            try await observer.expectNothing()
        }
    }

    @Test("Every PINGREQ gets a PINGRESP", .clauses("MQTT5-3.12.4-1"))
    func ping() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            client.send(Array(repeating: .pingreq, count: 100))
            for _ in 0..<100 { try await client.expect(.pingresp) }
            try await client.expectNothing()
        }
    }

    @Test(
        "With Request Problem Information 0 only PUBLISH, CONNACK and DISCONNECT carry reasons and user properties",
        .clauses("MQTT5-3.1.2-29"))
    func problemInformation() async throws {
        let authority = ScriptedAuthority { question in
            question.topics.contains { $0.hasPrefix("no") } ? .refuse(0x87) : .accept()
        }
        try await TestBroker.with(ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.connect5(broker, properties: [.requestProblemInformation(0)])
            client.send([.publish("no", qos: 1, id: 1), .publish("no", qos: 2, id: 2), .subscribe(3, "no")])
            try await client.expect(.puback(.init(1, reason: 0x87)))
            try await client.expect(.pubrec(.init(2, reason: 0x87)))
            try await client.expect(.suback(.init(3, [0x87])))
            client.send([.pubrel(4), .pubrec(5), .unsubscribe(6, ["x"])])
            try await client.expect(.pubcomp(.init(4, reason: 0x92)))
            try await client.expect(.pubrel(.init(5, reason: 0x92)))
            try await client.expect(.unsuback(.init(6, [0x11])))
            try await client.subscribe("yes")
            try await client.publish("yes", "x", properties: [.user("a", "b")])
            #expect(try await client.expectPublish("x").properties == [.user("a", "b")])
        }
    }

    @Test(
        "A broker that stops tells its clients 0x8B", .clauses("MQTT5-3.14.2-1", "MQTT5-4.13.2-1"), arguments: [1, 2])
    func shutdown(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let clients = [try await TestClient.connect5(broker), try await TestClient.connect5(broker)]
            await broker.beginShutdown()
            for client in clients {
                let ending = try await client.expectDisconnect(0x8B)
                #expect(ending.properties.number(0x11) == nil)
            }
        }
    }

    @Test(
        "A Reason String that DISCONNECT has no room for is left out",
        .clauses("MQTT5-3.14.2-3", "MQTT5-3.1.2-24"))
    func tight() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, id: "c", properties: [.maximumPacketSize(30)])
            let ending = try await client.expectDisconnect(0x90, after: .publish("#"))
            #expect(ending.properties.isEmpty)
        }
    }

    @Test(
        "A version 3 client gets a version 5 message without its properties, but not after its expiry",
        .clauses("MQTT5-3.3.2-5", "MQTT5-4.5.0-1", "MQTT5-3.1.2-5"), arguments: [1, 2])
    func olderVersions(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let old = try await TestClient.connect(broker, id: "old", clean: false)
            try await old.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t", "x", qos: 1, properties: [.user("a", "b"), .messageExpiry(99)])
            #expect(try await old.expectPublish("x") == .init("t", "x", qos: 1, id: 1))
            try await old.disconnect()
            try await publisher.publish("t", "short", qos: 1, properties: [.messageExpiry(1)])
            try await publisher.publish("t", "long", qos: 1, properties: [.messageExpiry(99)])
            try await Task.sleep(for: .milliseconds(1200))
            // The session goes on in version 5, and back.
            let new = try await TestClient.connect5(broker, id: "old", clean: false, expiry: 60)
            #expect(new.connack.sessionPresent)
            try await new.expectPublish("long")
            try await new.expectNothing()
            try await new.disconnect()
            let back = try await TestClient.connect(broker, id: "old", clean: false)
            #expect(back.connack.sessionPresent)
            try await publisher.publish("t", "y", qos: 1)
            try await back.expectPublish("y")
        }
    }
}
