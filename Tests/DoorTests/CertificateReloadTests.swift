import BrokerCore
import BrokerTestKit
import BrokerTransport
import BrokerValues
import Foundation
import NIOSSL
import Testing

@Suite("Certificates that change")
struct CertificateReloadTests {
    @Test("A renewed certificate is shown to new clients, and connected ones stay")
    func renewed() async throws {
        try await HandshakeTests.withBroker { broker, certificates in
            let before = try await TLSClient(certificates).connect(broker, id: "before")
            let expiry = try #require(broker.door.tls?.expiry)
            try certificates.issue("new", by: "other", days: 300)
            try certificates.replace("server.pem", by: "new.pem")
            try certificates.replace("server.key", by: "new.key")
            broker.reloadCertificates()
            try await before.ping()
            var way = TLSClient(certificates)
            way.authority = "other"
            try await way.connect(broker, id: "after").ping()
            #expect(try #require(broker.door.tls?.expiry) > expiry + 200 * 86_400)
        }
    }

    @Test("New files that cannot be used change nothing", arguments: ["", "no certificate", "other's key"])
    func broken(_ text: String) async throws {
        try await HandshakeTests.withBroker { broker, certificates in
            if text == "other's key" {
                try certificates.replace("server.key", by: "other.key")
            } else {
                try Data(text.utf8).write(to: URL(fileURLWithPath: certificates.path("server.pem")))
            }
            broker.reloadCertificates()
            #expect(broker.door.tls?.reloads.failed == 1)
            #expect(broker.door.tls?.reloads.done == 0)
            try await TLSClient(certificates).connect(broker).ping()
        }
    }

    @Test("A session is resumed without a certificate being shown again", arguments: ["-tls1_2", "-tls1_3"])
    func resumption(_ version: String) async throws {
        try await HandshakeTests.withBroker { broker, certificates in
            let session = certificates.path("session")
            let common = [
                "s_client", "-connect", "127.0.0.1:\(broker.port)", "-CAfile", certificates.path("ca.pem"), version,
            ]
            let connect = ConnectFields(version: .v311).bytes
            let first = try certificates.run(
                common + ["-sess_out", session, "-ign_eof"], input: connect + [0xE0, 0x00])
            #expect(first.contains("New, TLS"))
            let second = try certificates.run(
                common + ["-sess_in", session, "-ign_eof"], input: connect + [0xE0, 0x00])
            #expect(second.contains("Reused, TLS"))
            try await HandshakeTests.expect(.completed, broker, count: 2)
        }
    }

    @Test("A session of a client with a certificate is resumed, and the certificate is known")
    func resumptionWithCertificate() async throws {
        let authority = ScriptedAuthority { _ in .accept() }
        try await HandshakeTests.withBroker(
            ports: { .init(authority: authority.port($0)) },
            prepare: { try $0.issue("good", subject: "/CN=sensor-1") },
            { tls, certificates in
                tls.clientAuthentication = .required
                tls.truststore = TrustStore(path: certificates.path("ca.pem"))
            },
            { broker, certificates in
                let session = certificates.path("session")
                let common = [
                    "s_client", "-connect", "127.0.0.1:\(broker.port)", "-CAfile", certificates.path("ca.pem"),
                    "-tls1_2", "-cert", certificates.path("good.pem"), "-key", certificates.path("good.key"),
                    "-ign_eof",
                ]
                let bytes = ConnectFields(version: .v311).bytes + [0xE0, 0x00]
                _ = try certificates.run(common + ["-sess_out", session], input: bytes)
                let second = try certificates.run(common + ["-sess_in", session], input: bytes)
                #expect(second.contains("Reused, TLS"))
                let names = authority.asked.map { $0.origin?.security?.certificate?.commonName }
                #expect(names == ["sensor-1", "sensor-1"])
            })
    }
}

extension ConnectFields {
    /// The whole packet.
    fileprivate var bytes: [UInt8] { ClientPacket.connect(self).bytes(version) }
}
