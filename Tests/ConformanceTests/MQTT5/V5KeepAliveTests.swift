import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: keep alive")
struct V5KeepAliveTests {
    @Test(
        "A client that is silent for one and a half times its Keep Alive gets 0x8D, and its will is published",
        .clauses("MQTT5-3.1.2-22", "MQTT5-3.2.2-22", "MQTT5-3.1.2-8", "MQTT5-4.13.2-1"), arguments: [1, 2])
    func silence(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let client = try await TestClient.connect5(broker, keepAlive: 1, will: .init("w", "silent"))
            #expect(client.connack.properties.number(0x13) == nil)
            try await client.expectDisconnect(0x8D)
            try await observer.expectPublish("silent")
        }
    }

    @Test("Messages to a client do not count for its Keep Alive", .clauses("MQTT5-3.1.2-22"))
    func messagesToClient() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, keepAlive: 1)
            try await client.subscribe("t")
            let publisher = try await TestClient.connect5(broker)
            var count = 0
            while !client.isClosed, count < 500 {
                try await publisher.publish("t", "x")
                count += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(count < 500)
            guard case .disconnect(let ending) = try await client.nextAfterPublishes() else {
                throw TestFailure("DISCONNECT should come")
            }
            #expect(ending.reason == 0x8D)
        }
    }

    @Test(
        "Bytes that make no whole packet do not count for the Keep Alive", .clauses("MQTT5-3.1.2-22"))
    func partialPackets() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, keepAlive: 1)
            let packet = ClientPacket.publish("t", String(repeating: "x", count: 10_000)).bytes(.v5)
            for byte in packet {
                if client.isClosed { break }
                client.send([byte])
                try await Task.sleep(for: .milliseconds(10))
            }
            try await client.expectDisconnect(0x8D)
        }
    }

    @Test("Any packet keeps a client alive; Keep Alive 0 needs none", .clauses("MQTT5-3.1.2-22"))
    func anyPacket() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, keepAlive: 1)
            let idle = try await TestClient.connect5(broker, keepAlive: 0)
            let packets: [ClientPacket] = [.puback(9), .publish("t"), .pubcomp(9), .puback(9), .pingreq, .publish("t")]
            for packet in packets + packets {
                client.send(packet)
                try await Task.sleep(for: .milliseconds(200))
            }
            for _ in 0..<2 { try await client.expect(.pingresp) }
            try await client.ping()
            try await idle.ping()
        }
    }

    @Test(
        "A Server Keep Alive in CONNACK rules in place of the client's",
        .clauses("MQTT5-3.1.2-21", "MQTT5-3.2.2-21", "MQTT5-3.1.2-22"), arguments: [0, 2, 600] as [UInt16])
    func serverKeepAlive(wish: UInt16) async throws {
        var limits = BrokerLimits()
        limits.maximumKeepAlive = 1
        limits.allowUnlimitedKeepAlive = false
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker, keepAlive: wish)
            #expect(client.connack.properties.number(0x13) == 1)
            try await client.expectDisconnect(0x8D)
        }
    }

    @Test("A connection that sends no CONNECT is closed", .clauses("MQTT5-3.1.0-1"))
    func noConnect() async throws {
        var limits = BrokerLimits()
        limits.connectTimeoutMilliseconds = 300
        try await TestBroker.with(limits: limits) { broker in
            let silent = try await TestClient.open(broker, version: .v5)
            let slow = try await TestClient.open(broker, version: .v5)
            slow.send([0x10, 0x20, 0x00])
            try await silent.expectClosed()
            try await slow.expectClosed()
        }
    }
}
