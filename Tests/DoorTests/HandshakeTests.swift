import BrokerCore
import BrokerTestKit
import BrokerTransport
import BrokerValues
import NIOSSL
import Synchronization
import Testing

@Suite("TLS handshakes")
struct HandshakeTests {
    /// A broker whose listener shows `server`, and the certificates behind it.
    static func withBroker(
        eventLoops: Int = 1, rsa: Bool = false,
        ports: @escaping @Sendable (ShardIndex) -> BrokerPorts = { _ in BrokerPorts() },
        prepare: (TestCertificates) throws -> Void = { _ in },
        _ change: (inout TLSListenerConfiguration, TestCertificates) -> Void = { _, _ in },
        _ body: (TestBroker, TestCertificates) async throws -> Void
    ) async throws {
        let certificates = try TestCertificates()
        try certificates.issue("server", rsa: rsa)
        try prepare(certificates)
        try await TestBroker.with(
            eventLoops: eventLoops,
            listener: { listener in
                var tls = TLSListenerConfiguration(identity: certificates.identity("server"))
                change(&tls, certificates)
                listener.tls = tls
            }, ports: ports
        ) { try await body($0, certificates) }
    }

    /// Waits until so many handshakes have ended so.
    static func expect(_ outcome: HandshakeOutcome, _ broker: TestBroker, count: Int = 1) async throws {
        try await waitUntil("handshakes that end as \(outcome)") { broker.door.handshakes(outcome) >= count }
        #expect(broker.door.handshakes(outcome) == count)
    }

    @Test("A client publishes and receives over TLS 1.2 and 1.3", arguments: [TLSVersion.tlsv12, .tlsv13])
    func conversation(_ version: TLSVersion) async throws {
        try await Self.withBroker { broker, certificates in
            var way = TLSClient(certificates)
            (way.minimum, way.maximum) = (version, version)
            let client = try await way.connect(broker)
            try await client.subscribe("a/b", qos: 1)
            let text = String(repeating: "x", count: 100_000)
            client.send(.publish("a/b", text, qos: 1, id: 7))
            // PUBLISH and PUBACK come in either order.
            let answers = [try await client.next(), try await client.next()]
            let payloads = answers.compactMap { answer -> [UInt8]? in
                guard case .publish(let publish) = answer else { return nil }
                return publish.payload
            }
            #expect(payloads == [Array(text.utf8)])
            try await Self.expect(.completed, broker)
            try await client.disconnect()
        }
    }

    @Test("A client with an RSA certificate in front of it is served as well")
    func rsa() async throws {
        try await Self.withBroker(rsa: true) { broker, certificates in
            try await TLSClient(certificates).connect(broker).ping()
        }
    }

    @Test("Clients on two event loops publish to each other over TLS")
    func twoLoops() async throws {
        try await Self.withBroker(eventLoops: 2) { broker, certificates in
            let one = try await TLSClient(certificates).connect(broker)
            let other = try await TLSClient(certificates).connect(broker)
            try await one.subscribe("t")
            for number in 0..<200 { other.send(.publish("t", "\(number)", qos: 0)) }
            for number in 0..<200 { #expect(try await one.nextPublish().payload == Array("\(number)".utf8)) }
        }
    }

    @Test("MQTT in clear text on the port of TLS is refused, counted, and closed")
    func plainText() async throws {
        try await Self.withBroker { broker, certificates in
            let client = try await TestClient.open(broker)
            client.sendConnect(ConnectFields())
            try await client.expectClosed()
            try await Self.expect(.plainText, broker)
            // The next one is not harmed.
            try await TLSClient(certificates).connect(broker).ping()
        }
    }

    @Test("TLS on a port in clear text is counted and closed")
    func tlsOnPlainPort() async throws {
        let certificates = try TestCertificates()
        try await TestBroker.with { broker in
            let client = try await TLSClient(certificates).open(broker)
            try await client.expectClosed()
            try await Self.expect(.plainListener, broker)
        }
    }

    @Test("A client that speaks nothing newer than TLS 1.1 is refused")
    func floor() async throws {
        try await Self.withBroker { broker, certificates in
            var way = TLSClient(certificates)
            (way.minimum, way.maximum) = (.tlsv1, .tlsv11)
            try await way.open(broker).expectClosed()
            try await Self.expect(.noSharedProtocol, broker)
        }
    }

    @Test("A listener of TLS 1.3 alone refuses TLS 1.2")
    func onlyNewest() async throws {
        try await Self.withBroker({ tls, _ in tls.protocols = [.tls13] }) { broker, certificates in
            var way = TLSClient(certificates)
            way.maximum = .tlsv12
            try await way.open(broker).expectClosed()
            try await Self.expect(.noSharedProtocol, broker)
            try await TLSClient(certificates).connect(broker).ping()
        }
    }

    @Test(
        "Suites without forward secrecy or authenticated encryption are refused",
        arguments: [
            "AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA",
        ])
    func weakSuites(_ suite: String) async throws {
        try await Self.withBroker(rsa: true) { broker, certificates in
            var way = TLSClient(certificates)
            (way.maximum, way.cipherSuites) = (.tlsv12, suite)
            try await way.open(broker).expectClosed()
            try await Self.expect(.noSharedCipher, broker)
        }
    }

    @Test(
        "Every suite for TLS 1.2 that is allowed works with a key of its kind",
        arguments: [
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
        ])
    func strongSuites(_ suite: String) async throws {
        try await Self.withBroker(rsa: suite.contains("RSA-") && !suite.contains("ECDSA")) { broker, certificates in
            var way = TLSClient(certificates)
            (way.maximum, way.cipherSuites) = (.tlsv12, suite)
            try await way.connect(broker).ping()
        }
    }

    @Test("Suites that are not in the list are refused, and a list without those of TLS 1.3 switches it off")
    func chosenSuites() async throws {
        try await Self.withBroker({ tls, _ in tls.cipherSuites = [.ecdsaAES256] }) { broker, certificates in
            var way = TLSClient(certificates)
            (way.maximum, way.cipherSuites) = (.tlsv12, "ECDHE-ECDSA-AES128-GCM-SHA256")
            try await way.open(broker).expectClosed()
            try await Self.expect(.noSharedCipher, broker)
            way.cipherSuites = "ECDHE-ECDSA-AES256-GCM-SHA384"
            try await way.connect(broker).ping()
            var newest = TLSClient(certificates)
            newest.minimum = .tlsv13
            try await newest.open(broker).expectClosed()
            try await Self.expect(.noSharedProtocol, broker)
        }
    }

    @Test("ALPN agrees on mqtt; who offers nothing, or something else, is served as well")
    func applicationProtocols() async throws {
        try await Self.withBroker { broker, certificates in
            for (offered, expected) in [(["mqtt"], "mqtt"), (["h2", "mqtt"], "mqtt"), ([], nil), (["h2"], nil)] {
                var way = TLSClient(certificates)
                way.protocols = offered
                let agreed = Mutex<String?>(nil)
                let client = try await way.open(broker) { name in agreed.withLock { $0 = name } }
                try await client.connect(ConnectFields())
                #expect(agreed.withLock { $0 } == expected)
                try await client.disconnect()
            }
        }
    }

    @Test("A client that does not believe the broker's authority is counted as such")
    func unknownAuthority() async throws {
        try await Self.withBroker { broker, certificates in
            var way = TLSClient(certificates)
            (way.authority, way.maximum) = ("other", .tlsv12)
            try await way.open(broker).expectClosed()
            try await Self.expect(.refusedByClient, broker)
        }
    }

    @Test("Random bytes behind a good beginning are refused", arguments: 0..<8)
    func garbage(_ number: Int) async throws {
        try await Self.withBroker { broker, certificates in
            let client = try await TestClient.open(broker)
            client.send([0x16, 0x03, 0x01, 0x00, 0x20] + (0..<64).map { UInt8(truncatingIfNeeded: $0 &* number) })
            // Some of them get an alert first.
            try await waitUntil("the handshake has failed") {
                HandshakeOutcome.allCases.reduce(0) { $0 + broker.door.handshakes($1) } == 1
            }
            #expect(broker.door.handshakes(.completed) == 0)
            try await TLSClient(certificates).connect(broker).ping()
        }
    }
}
