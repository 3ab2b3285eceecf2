import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: client identifier")
struct ClientIdentifierTests {
    @Test(
        "Identifiers of 1 to 23 letters and digits are accepted, and longer and other ones",
        .clauses("MQTT-3.1.3-5", "MQTT-3.1.3-3"), arguments: eventLoopCounts)
    func accepted(eventLoops: Int) async throws {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            for length in 1...23 {
                let id = String((0..<length).map { alphabet[(length * 7 + $0 * 5) % alphabet.count] })
                let client = try await TestClient.connect(broker, id: id)
                try await client.disconnect()
            }
            for character in alphabet { try await TestClient.connect(broker, id: String(character)).disconnect() }
            for id in ["a device/with spaces & more", "+/#", "$x", String(repeating: "long", count: 2000)] {
                try await TestClient.connect(broker, id: id).disconnect()
            }
        }
    }

    @Test(
        "Clients without an identifier get one each that nobody else has", .clauses("MQTT-3.1.3-6", "MQTT-3.1.3-7"),
        arguments: eventLoopCounts)
    func assigned(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            var clients: [TestClient] = []
            for _ in 0..<10 {
                let client = try await TestClient.connect(broker, id: "")
                try await client.subscribe("all")
                clients.append(client)
            }
            try await clients[0].publish("all", "x", qos: 1)
            for client in clients {
                #expect(try await client.nextPublish().text == "x")
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "An empty identifier with CleanSession 0 is refused with code 2",
        .clauses("MQTT-3.1.3-7", "MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-4", "MQTT-3.2.2-5"))
    func emptyNeedsCleanSession() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.sending(.connect(id: "", clean: false), to: broker)
            try await client.expectRefusal(2)
        }
    }

    @Test("An identifier that the broker does not accept is refused with code 2", .clauses("MQTT-3.1.3-9"))
    func rejected() async throws {
        var limits = BrokerLimits()
        limits.maximumClientIdentifierLength = 30
        limits.allowEmptyClientIdentifier = false
        try await TestBroker.with(limits: limits) { broker in
            for id in ["", String(repeating: "x", count: 31)] {
                let client = try await TestClient.sending(.connect(id: id), to: broker)
                try await client.expectRefusal(2)
            }
            _ = try await TestClient.connect(broker, id: String(repeating: "x", count: 30))
        }
    }

    @Test("A session belongs to its identifier alone", .clauses("MQTT-3.1.3-2"), arguments: eventLoopCounts)
    func identity(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            for id in ["a", "A", "a ", "\u{E4}", "a\u{308}"] {
                let client = try await TestClient.connect(broker, id: id, clean: false, userName: "one")
                #expect(!client.connack.sessionPresent, "\(id) is new")
                try await client.disconnect()
            }
            for id in ["a", "A", "a ", "\u{E4}", "a\u{308}"] {
                let client = try await TestClient.connect(broker, id: id, clean: false, userName: "two")
                #expect(client.connack.sessionPresent, "\(id) has a session")
            }
        }
    }
}
