import BrokerCore
import BrokerTestKit
import BrokerTransport
import BrokerValues
import NIOSSL
import Testing

@Suite("Client certificates")
struct ClientCertificateTests {
    private func withBroker(
        _ mode: ClientAuthentication,
        ports: @escaping @Sendable (ShardIndex) -> BrokerPorts = { _ in BrokerPorts() },
        _ body: (TestBroker, TestCertificates) async throws -> Void
    ) async throws {
        try await HandshakeTests.withBroker(
            ports: ports,
            prepare: { certificates in
                try certificates.issue("good", subject: "/C=DE/O=Example, Inc./OU=Things/CN=sensor-1/title=probe")
                try certificates.issue("stranger", subject: "/CN=sensor-2", by: "other")
                try certificates.issue("old", subject: "/CN=sensor-3", days: -1)
            },
            { tls, certificates in
                tls.clientAuthentication = mode
                tls.truststore = TrustStore(path: certificates.path("ca.pem"))
            }, body)
    }

    @Test(
        "A listener that requires a certificate lets in who shows a good one", arguments: [TLSVersion.tlsv12, .tlsv13])
    func good(_ version: TLSVersion) async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await withBroker(.required, ports: { BrokerPorts(authority: authority.port($0)) }) { broker, certificates in
            var way = TLSClient(certificates)
            (way.certificate, way.maximum) = ("good", version)
            try await way.connect(broker).ping()
            let security = try #require(authority.asked.first?.origin?.security)
            #expect(security.version == (version == .tlsv12 ? "TLSv1.2" : "TLSv1.3"))
            #expect(security.serverName == "localhost")
            let certificate = try #require(security.certificate)
            #expect(certificate.commonName == "sensor-1")
            #expect(certificate.organization == "Example, Inc.")
            #expect(certificate.organizationalUnit == "Things")
            #expect(certificate.country == "DE")
            #expect(certificate.title == "probe")
            #expect(certificate.locality == nil)
            #expect(certificate.subject == "title=probe,CN=sensor-1,OU=Things,O=Example\\, Inc.,C=DE")
            let shown = try certificates.run(
                "x509", "-in", certificates.path("good.pem"), "-noout", "-serial", "-fingerprint", "-sha256")
            #expect(shown.lowercased().contains("serial=\(certificate.serial)"))
            #expect(shown.lowercased().replacing(":", with: "").contains("=\(certificate.fingerprint)"))
            #expect(certificate.bytes.first == 0x30)
        }
    }

    @Test(
        "A listener that requires a certificate refuses wrong ones, and says why",
        arguments: [
            (nil, HandshakeOutcome.certificateMissing), ("stranger", .certificateUntrusted),
            ("old", .certificateExpired),
        ])
    func wrong(_ name: String?, _ outcome: HandshakeOutcome) async throws {
        for version in [TLSVersion.tlsv12, .tlsv13] {
            try await withBroker(.required) { broker, certificates in
                var way = TLSClient(certificates)
                (way.certificate, way.maximum) = (name, version)
                try await way.open(broker).expectClosed()
                try await HandshakeTests.expect(outcome, broker)
                #expect(broker.door.handshakes(.completed) == 0)
            }
        }
    }

    @Test("Where a certificate is optional, none is all right and a wrong one is not")
    func optional() async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await withBroker(.optional, ports: { BrokerPorts(authority: authority.port($0)) }) { broker, certificates in
            var way = TLSClient(certificates)
            try await way.connect(broker, id: "none").ping()
            way.certificate = "good"
            try await way.connect(broker, id: "good").ping()
            way.certificate = "stranger"
            try await way.open(broker).expectClosed()
            try await HandshakeTests.expect(.certificateUntrusted, broker)
            let shown = authority.asked.map { $0.origin?.security?.certificate?.commonName }
            #expect(shown == [nil, "sensor-1"])
        }
    }

    @Test("A listener that asks for none gets none")
    func notAsked() async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await withBroker(.none, ports: { BrokerPorts(authority: authority.port($0)) }) { broker, certificates in
            var way = TLSClient(certificates)
            way.certificate = "stranger"
            try await way.connect(broker).ping()
            #expect(authority.asked.first?.origin?.security != nil)
            #expect(authority.asked.first?.origin?.security?.certificate == nil)
        }
    }

    @Test("An authority that is taken out of the truststore lets nobody in any more, and throws nobody out")
    func removed() async throws {
        try await withBroker(.required) { broker, certificates in
            var way = TLSClient(certificates)
            way.certificate = "good"
            let client = try await way.connect(broker, id: "before")
            try certificates.replace("ca.pem", by: "other.pem")
            broker.reloadCertificates()
            try await client.ping()
            try await way.open(broker).expectClosed()
            #expect(broker.door.tls?.reloads.done == 1)
        }
    }
}
