import BrokerTestKit
import Testing

@Suite("MQTT 5: will delay against session expiry")
struct V5WillDelayTests {
    /// A broker with somebody who hears the wills, and a client that has one.
    private static func with(
        loops: Int, delay: UInt32, expiry: UInt32?,
        _ body: (_ broker: TestBroker, _ observer: TestClient, _ client: TestClient) async throws -> Void
    ) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w", qos: 1)
            let will = ConnectFields.Will("w", "will", qos: 1, properties: [.willDelay(delay)])
            let client = try await TestClient.connect5(broker, id: "c", will: will, expiry: expiry)
            try await body(broker, observer, client)
        }
    }

    /// Ends a connection so that its will counts, and waits until the broker knows.
    private static func leave(_ client: TestClient, _ properties: [WireProperty]? = nil) async throws {
        client.send(.disconnect(reason: 4, properties: properties))
        try await client.expectClosed()
    }

    @Test(
        "Whichever ends first, delay or session, publishes the will",
        .clauses("MQTT5-3.1.2-8"), arguments: [1, 2],
        [[0, 60], [1, 60], [60, 1], [1, .max], [60, 0]] as [[UInt32]])
    func first(loops: Int, times: [UInt32]) async throws {
        try await Self.with(loops: loops, delay: times[0], expiry: times[1]) { _, observer, client in
            await client.reset()
            try await observer.expectPublish("will")
        }
    }

    @Test(
        "The will delay counts after DISCONNECT 0x04 too", .clauses("MQTT5-3.1.2-8", "MQTT5-3.14.4-3"),
        arguments: [1, 2], [[0, 60], [1, 60], [60, 1], [60, 0]] as [[UInt32]])
    func afterDisconnect(loops: Int, times: [UInt32]) async throws {
        try await Self.with(loops: loops, delay: times[0], expiry: times[1]) { _, observer, client in
            try await Self.leave(client)
            try await observer.expectPublish("will")
        }
    }

    @Test(
        "An expiry that DISCONNECT 0x04 changes decides when the will is published", .clauses("MQTT5-3.1.2-8"),
        arguments: [1, 2], [0, 1] as [UInt32])
    func changedExpiry(loops: Int, expiry: UInt32) async throws {
        try await Self.with(loops: loops, delay: 600, expiry: 600) { _, observer, client in
            try await Self.leave(client, [.sessionExpiry(expiry)])
            try await observer.expectPublish("will")
        }
    }

    @Test(
        "A client that is back in its session before the delay has passed has its will dropped",
        .clauses("MQTT5-3.1.3-9", "MQTT5-3.1.2-8"), arguments: [1, 2], [true, false])
    func back(loops: Int, sameLoop: Bool) async throws {
        try await Self.with(loops: loops, delay: 1, expiry: 60) { broker, observer, first in
            var client = first
            // On a busy machine the way back may take longer than the delay, which proves nothing: then once more.
            for _ in 0..<20 {
                try await Self.leave(client)
                if sameLoop { _ = try await TestClient.open(broker) }
                let will = ConnectFields.Will("w", "will", qos: 1, properties: [.willDelay(1)])
                client = try await TestClient.connect5(broker, id: "c", clean: false, will: will, expiry: 60)
                #expect(client.connack.sessionPresent)
                observer.send(.pingreq)
                guard let publish = try await observer.next().publish else { break }
                observer.send(.puback(try publish.identifier()))
                try await observer.expect(.pingresp)
            }
            try await Task.sleep(for: .milliseconds(1300))
            try await client.disconnect()
            try await observer.expectNothing()
        }
    }

    @Test(
        "A will that waits for its delay is not published before", .clauses("MQTT5-3.1.2-8", "MQTT5-3.1.3-9"),
        arguments: [1, 2])
    func waits(loops: Int) async throws {
        try await Self.with(loops: loops, delay: 600, expiry: 600) { broker, observer, client in
            try await Self.leave(client)
            try await observer.expectNothing()
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 600)
            #expect(again.connack.sessionPresent)
            try await again.disconnect()
            try await observer.expectNothing()
        }
    }

    @Test(
        "Clean Start 1 during the delay ends the old session and publishes its will then",
        .clauses("MQTT5-3.1.2-4", "MQTT5-3.1.2-8", "MQTT5-3.1.3-9"), arguments: [1, 2], [true, false])
    func cleanStart(loops: Int, sameLoop: Bool) async throws {
        try await Self.with(loops: loops, delay: 600, expiry: 600) { broker, observer, client in
            try await Self.leave(client)
            if sameLoop { _ = try await TestClient.open(broker) }
            let again = try await TestClient.connect5(broker, id: "c", clean: true, expiry: 600)
            #expect(!again.connack.sessionPresent)
            try await observer.expectPublish("will")
            try await again.disconnect()
            try await observer.expectNothing()
        }
    }

    /// How a client is taken over, and whether its will is published by that.
    struct Takeover: Sendable {
        let delay: UInt32
        let expiry: UInt32
        let clean: Bool
        let publishes: Bool
    }

    @Test(
        "Taking a session over publishes the will unless the session goes on and a delay runs",
        .clauses("MQTT5-3.1.2-8", "MQTT5-3.1.3-9", "MQTT5-3.1.4-3"), arguments: [1, 2],
        [
            Takeover(delay: 0, expiry: 600, clean: false, publishes: true),
            Takeover(delay: 0, expiry: 600, clean: true, publishes: true),
            Takeover(delay: 600, expiry: 600, clean: true, publishes: true),
            Takeover(delay: 600, expiry: 0, clean: false, publishes: true),
            Takeover(delay: 600, expiry: 0, clean: true, publishes: true),
            Takeover(delay: 600, expiry: 600, clean: false, publishes: false),
        ])
    func takeover(loops: Int, takeover: Takeover) async throws {
        for sameLoop in loops == 1 ? [false] : [false, true] {
            try await Self.with(loops: loops, delay: takeover.delay, expiry: takeover.expiry) { broker, observer, old in
                if sameLoop { _ = try await TestClient.open(broker) }
                let new = try await TestClient.connect5(broker, id: "c", clean: takeover.clean, expiry: takeover.expiry)
                #expect(new.connack.sessionPresent == (!takeover.clean && takeover.expiry > 0))
                try await old.expectDisconnect(0x8E)
                if takeover.publishes { try await observer.expectPublish("will") }
                try await new.disconnect()
                try await observer.expectNothing()
            }
        }
    }

    @Test(
        "A will whose delay has passed is not published again when the session ends", .clauses("MQTT5-3.1.2-10"),
        arguments: [1, 2])
    func notTwice(loops: Int) async throws {
        try await Self.with(loops: loops, delay: 1, expiry: 600) { broker, observer, client in
            await client.reset()
            try await observer.expectPublish("will")
            let again = try await TestClient.connect5(broker, id: "c", clean: true)
            try await again.disconnect()
            try await observer.expectNothing()
        }
    }
}
