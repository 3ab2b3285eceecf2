import BrokerTestKit
import Testing

@Suite("MQTT 5: taking a session over")
struct V5TakeoverTests {
    @Test(
        "The older of two connections with one client identifier gets DISCONNECT 0x8E",
        .clauses("MQTT5-3.1.4-3", "MQTT5-3.1.3-2", "MQTT5-4.13.2-1"), arguments: [1, 2], [true, false])
    func takeover(loops: Int, clean: Bool) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for name in 0..<8 {
                var last = try await TestClient.connect5(broker, id: "c\(name)", expiry: 60)
                // Every second filler makes the next one land on the same event loop.
                for round in 0..<4 {
                    if round % 2 == 1 { _ = try await TestClient.open(broker) }
                    let next = try await TestClient.connect5(broker, id: "c\(name)", clean: clean, expiry: 60)
                    #expect(next.connack.sessionPresent == !clean)
                    try await last.expectDisconnect(0x8E)
                    last = next
                }
                try await last.expectNothing()
            }
        }
    }

    @Test(
        "A client whose session ends with its connection is taken over wherever the next one comes in",
        .clauses("MQTT5-3.1.4-3"), arguments: [1, 2], [true, false])
    func withoutExpiry(loops: Int, clean: Bool) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for name in 0..<8 {
                var last = try await TestClient.connect5(broker, id: "c\(name)")
                for round in 0..<4 {
                    // Same loop, same loop, other loop, other loop.
                    if round < 2 { _ = try await TestClient.open(broker) }
                    let next = try await TestClient.connect5(broker, id: "c\(name)", clean: clean)
                    #expect(!next.connack.sessionPresent)
                    try await last.expectDisconnect(0x8E)
                    last = next
                }
                try await last.expectNothing()
            }
        }
    }

    @Test(
        "A session that is taken over keeps its subscriptions and what is in flight",
        .clauses("MQTT5-3.1.4-3", "MQTT5-3.1.2-5", "MQTT5-4.4.0-1"), arguments: [1, 2])
    func state(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker, id: "publisher")
            var client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            try await client.subscribe("t", qos: 2)
            for round in 0..<4 {
                try await publisher.publish("t", "one \(round)", qos: 1)
                try await publisher.publish("t", "two \(round)", qos: 2)
                let sent = [
                    try await client.expectUnanswered("one \(round)"),
                    try await client.expectUnanswered("two \(round)"),
                ]
                if round % 2 == 1 { _ = try await TestClient.open(broker) }
                let next = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                try await client.expectDisconnect(0x8E)
                for publish in sent {
                    let again = try await next.expectPublish(publish.text)
                    #expect(again.dup && again.packetIdentifier == publish.packetIdentifier)
                    #expect(again.qos == publish.qos)
                }
                client = next
            }
        }
    }

    @Test(
        "Many clients that take one session over leave one of them connected", .clauses("MQTT5-3.1.4-3"),
        arguments: [1, 2])
    func storm(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            var clients: [TestClient] = []
            for _ in 0..<20 { clients.append(try await TestClient.open(broker, version: .v5)) }
            for (number, client) in clients.enumerated() {
                let fields = ConnectFields(
                    id: "c", version: .v5, clean: number % 3 == 0,
                    properties: [.sessionExpiry(number % 2 == 0 ? 60 : 0)])
                client.sendConnect(fields)
            }
            for client in clients { #expect(try await client.nextConnack().code == 0) }
            var open: [TestClient] = []
            try await waitUntil("all but one closed") {
                open = clients.filter { !$0.isClosed }
                return open.count <= 1
            }
            let last = try #require(open.first)
            try await last.expectNothing()
            for client in clients where client !== last { try await client.expectDisconnect(0x8E) }
        }
    }

    @Test(
        "A connection that was taken over is not heard any more", .clauses("MQTT5-3.14.4-1", "MQTT5-3.1.4-3"),
        arguments: [1, 2])
    func silence(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("t")
            let old = try await TestClient.connect5(broker, id: "c", expiry: 60)
            let new = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
            guard case .disconnect = try await old.next() else { throw TestFailure("DISCONNECT should come") }
            old.send([
                .publish("t", "late"), .subscribe(1, "t"), .disconnect(reason: 0, properties: [.sessionExpiry(0)]),
            ])
            try await old.expectClosed()
            try await observer.expectNothing()
            try await new.expectNothing()
            try await new.disconnect()
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            #expect(again.connack.sessionPresent)
        }
    }
}
