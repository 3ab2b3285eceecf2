import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: errors and permissions")
struct ErrorTests {
    @Test(
        "What one client does wrong ends its own connection and disturbs nobody else",
        .clauses("MQTT-4.8.0-1", "MQTT-7.0.0-2"), arguments: eventLoopCounts)
    func blastRadius(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 1)
            let publisher = try await TestClient.connect(broker)
            for round in 0..<10 {
                let offender = try await TestClient.connect(broker, id: "offender", clean: false)
                // What stands before the error counts, what stands behind it does not.
                offender.send([
                    .publish("t", "good \(round)", qos: 1), .publish("t/#", "bad"), .publish("t", "late", qos: 1),
                ])
                #expect(try await offender.next() == .puback(1))
                try await offender.expectClosed()
                #expect(try await subscriber.takePublish().text == "good \(round)")
                try await publisher.publish("t", "\(round)", qos: 1)
                #expect(try await subscriber.takePublish().text == "\(round)")
            }
            try await subscriber.expectNothing()
        }
    }

    @Test(
        "When memory for half-sent packets runs out, the connection that asks for more is closed",
        .clauses("MQTT-4.8.0-2"))
    func transientError() async throws {
        var limits = BrokerLimits()
        limits.maximumReassemblyBytes = 100_000
        try await TestBroker.with(limits: limits) { broker in
            let other = try await TestClient.connect(broker)
            try await other.subscribe("t")
            let patient = try await TestClient.connect(broker)
            patient.send([0x30, 0xA0, 0x8D, 0x06] + [UInt8](repeating: 0, count: 20_000))
            let greedy = try await TestClient.connect(broker)
            greedy.send([0x30, 0xA0, 0x8D, 0x06, 0, 1, 0x74] + [UInt8](repeating: 0, count: 90_000))
            try await greedy.expectClosed()
            try await other.publish("t", "still served")
            #expect(try await other.nextPublish().text == "still served")
            #expect(!patient.isClosed)
        }
    }

    @Test(
        "A PUBLISH that is not allowed is acknowledged as usual and reaches nobody", .clauses("MQTT-3.3.5-2"),
        arguments: eventLoopCounts)
    func notAllowed(eventLoops: Int) async throws {
        try await TestBroker.with(
            eventLoops: eventLoops, ports: { _ in BrokerPorts(authority: RuleAuthority()) }
        ) { broker in
            let witness = try await TestClient.connect(broker)
            try await witness.subscribe("#", qos: 2)
            let client = try await TestClient.connect(broker)
            for qos in UInt8(0)...2 {
                try await client.publish("forbidden/t", "x", qos: qos, retain: true)
                try await client.publish("allowed/t", "qos \(qos)", qos: qos)
                #expect(try await witness.takePublish().text == "qos \(qos)")
            }
            try await witness.expectNothing()
            let late = try await TestClient.connect(broker)
            try await late.subscribe("+/t")
            try await late.expectNothing()
        }
    }

    @Test(
        "A client that never sends CONNECT is closed in time, and one that never finishes it", .clauses("MQTT-3.1.0-1"))
    func silentClient() async throws {
        var limits = BrokerLimits()
        limits.connectTimeoutMilliseconds = 300
        try await TestBroker.with(limits: limits) { broker in
            let silent = try await TestClient.open(broker)
            let slow = try await TestClient.open(broker)
            slow.send(Array(ClientPacket.connect(id: "c").bytes(.v311).dropLast()))
            let normal = try await TestClient.connect(broker)
            try await silent.expectClosed()
            try await slow.expectClosed()
            try await normal.expectNothing()
        }
    }
}
