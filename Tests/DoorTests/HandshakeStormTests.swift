import BrokerCore
import BrokerTestKit
import BrokerTransport
import BrokerValues
import NIOCore
import NIOSSL
import Testing

@Suite("Handshakes that stall, or come all at once")
struct HandshakeStormTests {
    @Test("A client that says nothing is closed after handshake-timeout")
    func silent() async throws {
        try await HandshakeTests.withBroker({ tls, _ in tls.handshakeTimeoutMilliseconds = 100 }) { broker, _ in
            let client = try await TestClient.open(broker)
            try await client.expectClosed()
            try await HandshakeTests.expect(.timedOut, broker)
        }
    }

    @Test("A client that stops in the middle of its first message is closed after handshake-timeout")
    func halfHello() async throws {
        try await HandshakeTests.withBroker({ tls, _ in tls.handshakeTimeoutMilliseconds = 100 }) { broker, _ in
            let client = try await TestClient.open(broker)
            client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            try await client.expectClosed()
            try await HandshakeTests.expect(.timedOut, broker)
        }
    }

    @Test("A client that goes during its handshake is counted and forgotten")
    func gone() async throws {
        try await HandshakeTests.withBroker { broker, _ in
            let client = try await TestClient.open(broker)
            client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            await client.close()
            try await HandshakeTests.expect(.disconnected, broker)
            #expect(broker.door.tls?.handshakesUnderWay == 0)
        }
    }

    @Test("More clients than may shake hands at a time are all served, one after the other")
    func limit() async throws {
        try await HandshakeTests.withBroker(eventLoops: 2, { tls, _ in tls.concurrentHandshakeLimit = 1 }) {
            broker, certificates in
            var clients: [TestClient] = []
            for _ in 0..<40 {
                let client = try await TLSClient(certificates).open(broker)
                client.sendConnect(ConnectFields())
                clients.append(client)
            }
            for client in clients { _ = try await client.nextConnack() }
            try await HandshakeTests.expect(.completed, broker, count: 40)
            #expect(broker.door.tls?.handshakesUnderWay == 0)
            #expect(broker.door.tls?.handshakesWaiting == 0)
        }
    }

    @Test("Whoever holds the only place keeps the others waiting only until handshake-timeout")
    func stalledHolder() async throws {
        try await HandshakeTests.withBroker({ tls, _ in
            tls.concurrentHandshakeLimit = 1
            tls.handshakeTimeoutMilliseconds = 3_000
        }) { broker, certificates in
            let holder = try await TestClient.open(broker)
            holder.send(HelloBytes.typical)
            try await waitUntil("the place is taken") { broker.door.tls?.handshakesUnderWay == 1 }
            let gone = try await TestClient.open(broker)
            gone.send(HelloBytes.typical)
            try await waitUntil("somebody waits") { broker.door.tls?.handshakesWaiting == 1 }
            await gone.close()
            try await HandshakeTests.expect(.disconnected, broker)
            #expect(broker.door.tls?.handshakesWaiting == 0)
            await holder.close()
            try await TLSClient(certificates).connect(broker).ping()
        }
    }

    @Test("A client that stops reading is noticed, and its messages do not fill memory")
    func notReading() async throws {
        var limits = BrokerLimits()
        limits.maximumUnsentBytes = 300_000
        limits.writeBufferHighThreshold = 100_000
        limits.writeBufferLowThreshold = 50_000
        let certificates = try TestCertificates()
        try certificates.issue("server")
        try await TestBroker.with(
            limits: limits,
            listener: { $0.tls = TLSListenerConfiguration(identity: certificates.identity("server")) }
        ) { broker in
            let slow = try await TLSClient(certificates).connect(broker, id: "slow")
            try await slow.subscribe("t")
            try await slow.setReading(false)
            let fast = try await TLSClient(certificates).connect(broker, id: "fast")
            let runner = broker.runners[0]
            let text = String(repeating: "x", count: 50_000)
            try await waitUntil("the client is congested") {
                fast.send(.publish("t", text, qos: 0))
                return try await runner.eventLoop.submit { runner.shard.unsentBytes > 30_000 }.get()
            }
            let most = try await runner.eventLoop.submit { runner.shard.unsentBytes }.get()
            #expect(most < 1_000_000)
            try await fast.ping()
        }
    }
}
