import BrokerCore
import BrokerTestKit
import Testing

@Suite("MQTT 3.1")
struct MQTT31Tests {
    @Test("A client of MQTT 3.1 is served in all its QoS", arguments: eventLoopCounts)
    func served(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker, id: "s", version: .v31)
            try await subscriber.subscribe("t/+", qos: 2)
            let publisher = try await TestClient.connect(
                broker, id: "p", version: .v31, keepAlive: 60, userName: "u", password: "p")
            for qos in UInt8(0)...2 {
                try await publisher.publish("t/a", "x", qos: qos)
                #expect(try await subscriber.takePublish().qos == qos)
            }
            try await subscriber.unsubscribe("t/+")
            try await publisher.publish("t/a", "x", qos: 1)
            try await subscriber.expectNothing()
            try await publisher.disconnect()
        }
    }

    @Test("Clients of all versions understand each other", arguments: TestedVersion.allCases, TestedVersion.allCases)
    func mixed(from: TestedVersion, to: TestedVersion) async throws {
        try await TestBroker.with(eventLoops: 2) { broker in
            let subscriber = try await TestClient.connect(broker, id: "s", version: to.mqtt)
            try await subscriber.subscribe("t", qos: 2)
            let publisher = try await TestClient.connect(broker, id: "p", version: from.mqtt)
            for qos in UInt8(0)...2 {
                try await publisher.publish("t", "text", qos: qos, properties: [.contentType("x"), .user("a", "b")])
                let publish = try await subscriber.takePublish()
                #expect(publish.qos == qos && publish.text == "text")
                let isCarried = from == .v5 && to == .v5
                #expect(publish.properties == (isCarried ? [.contentType("x"), .user("a", "b")] : []))
            }
        }
    }

    @Test("A session is kept without a Session Present flag", arguments: eventLoopCounts)
    func session(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker, id: "c", version: .v31, clean: false)
            try await client.subscribe("t", qos: 1)
            try await client.disconnect()
            try await TestClient.connect(broker).publish("t", "queued", qos: 1)
            let back = try await TestClient.connect(broker, id: "c", version: .v31, clean: false)
            #expect(back.connack == .init(sessionPresent: false, code: 0))
            #expect(try await back.takePublish().text == "queued")
            try await back.disconnect()
            // The same session for a client that has learnt a newer version.
            let newer = try await TestClient.connect(broker, id: "c", version: .v311, clean: false)
            #expect(newer.connack.sessionPresent)
        }
    }

    @Test("An identifier has to be there, and may be longer than 23 characters")
    func identifier() async throws {
        try await TestBroker.with { broker in
            for clean in [true, false] {
                let client = try await TestClient.open(broker)
                client.sendConnect(ConnectFields(id: "", version: .v31, clean: clean))
                try await client.expectRefusal(2)
            }
            for length in [1, 23, 24, 200] {
                let id = String(repeating: "x", count: length)
                _ = try await TestClient.connect(broker, id: id, version: .v31)
            }
        }
    }

    @Test("A name and a level that do not belong together are refused with code 1")
    func level() async throws {
        try await TestBroker.with { broker in
            for (name, level) in [("MQIsdp", 4), ("MQIsdp", 5), ("MQIsdp", 2), ("MQTT", 3)] as [(String, UInt8)] {
                var fields = ConnectFields(id: "c", version: .v31)
                fields.protocolName = Array(name.utf8)
                fields.protocolLevel = level
                let client = try await TestClient.open(broker, version: .v31)
                client.send(.connect(fields))
                try await client.expectRefusal(1)
            }
        }
    }

    @Test("DUP is allowed in SUBSCRIBE, UNSUBSCRIBE and PUBREL, and no other flag is")
    func duplicateFlag() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker, id: "c", version: .v31)
            client.send(ClientPacket.subscribe(1, "t", qos: 1).withFlags(0x0A))
            #expect(try await client.next() == .suback(.init(1, [1])))
            client.send(ClientPacket.unsubscribe(2, ["t"]).withFlags(0x0A))
            #expect(try await client.next() == .unsuback(.init(2)))
            client.send(.publish("t", "x", qos: 2, id: 3))
            #expect(try await client.next() == .pubrec(3))
            client.send(ClientPacket.pubrel(3).withFlags(0x0A))
            #expect(try await client.next() == .pubcomp(3))
            for packet: ClientPacket in [.subscribe(1, "t"), .unsubscribe(1, ["t"]), .pubrel(1)] {
                for flags: UInt8 in [0, 3, 6, 8, 0x0B, 0x0E] {
                    let other = try await TestClient.connect(broker, id: "o", version: .v31)
                    try await other.expectClosed(after: packet.withFlags(flags))
                }
            }
        }
    }

    @Test("A repeat on a live connection is handled by the rules of its QoS")
    func liveRepeat() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker, id: "c", version: .v31)
            try await client.subscribe("t", qos: 2)
            for _ in 0..<3 {
                client.send(.publish("t", "x", qos: 2, id: 3, dup: true))
                #expect(try await client.nextAfterPublishes() == .pubrec(3))
            }
            #expect(try await client.takePublish().text == "x")
            try await client.expectNothing()
        }
    }

    @Test("There is no code for a refused filter, so the connection is closed")
    func refusedFilter() async throws {
        try await TestBroker.with(ports: { _ in BrokerPorts(authority: RuleAuthority()) }) { broker in
            for filter in ["a/#/b", "forbidden/t", ""] {
                let client = try await TestClient.connect(broker, id: "c", version: .v31)
                try await client.expectClosed(after: .subscribe(1, [FilterRequest("good"), FilterRequest(filter)]))
            }
        }
    }

    @Test(
        "Credentials that the authority refuses are answered by code 4 and 5",
        arguments: [("stranger", 4), ("forbidden", 5)])
    func refused(userName: String, code: UInt8) async throws {
        try await TestBroker.with(ports: { _ in BrokerPorts(authority: RuleAuthority()) }) { broker in
            let client = try await TestClient.open(broker)
            client.sendConnect(ConnectFields(id: "c", version: .v31, userName: userName, password: "x"))
            try await client.expectRefusal(code)
        }
    }

    @Test("A takeover ends the older connection without a word, and its will is published")
    func takeover() async throws {
        try await TestBroker.with(eventLoops: 2) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("will")
            let first = try await TestClient.connect(broker, id: "c", version: .v31, will: .init("will", "first"))
            let second = try await TestClient.connect(broker, id: "c", version: .v31)
            try await first.expectClosed()
            #expect(try await witness.nextPublish().text == "first")
            try await second.expectNothing()
        }
    }
}
