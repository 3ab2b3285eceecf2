import Foundation
import Testing

extension IntegrationTests {
    /// Real clients over TLS, and what a scanner finds.
    @Suite("TLS")
    struct TLSTests {
        @Test("mosquitto_pub and mosquitto_sub come with a certificate, whose name is theirs, and not without one")
        func clientCertificates() async throws {
            let authority = try await Authority()
            try await authority.issue("server")
            try await authority.issue("device 7")
            let listener = authority.listener(
                "tls-tcp-listener", "server",
                more: """
                    <truststore><path>\(authority.certificate)</path></truststore>
                    <client-authentication-mode>REQUIRED</client-authentication-mode>
                    <use-certificate-as-username>true</use-certificate-as-username>
                    """)
            try await withBroker(listener: listener) { broker in
                let client = Mosquitto(port: broker.port)
                let trusting = ["--cafile", authority.certificate]
                let known =
                    trusting + ["--cert", authority.path("device 7.pem"), "--key", authority.path("device 7.key")]
                let reader = try await client.subscriber(known + ["-t", "t/#", "-q", "1"])
                try await ChildProcess(
                    "mosquitto_pub",
                    ["-h", "127.0.0.1", "-p", "\(broker.port)"] + known + ["-t", "t/1", "-m", "sealed", "-q", "2"]
                ).success()
                #expect(try await reader.messages(1) == ["t/1 1 0 sealed"])
                let shown = try await ChildProcess(
                    try Project.skepctl(), ["clients", "--json", "--socket", broker.socket]
                ).success()
                #expect(shown.contains("\"device 7\""), "\(shown)")
                let unknown = try ChildProcess(
                    "mosquitto_pub",
                    ["-h", "127.0.0.1", "-p", "\(broker.port)"] + trusting + ["-t", "t/1", "-m", "x"])
                #expect(try await unknown.ending() != .exit(0))
            }
        }

        @Test("Paho Python does over WebSocket and TLS all that it does over TCP")
        func secureWebSocket() async throws {
            let authority = try await Authority()
            try await authority.issue("server")
            try await withBroker(listener: authority.listener("tls-websocket-listener", "server")) { broker in
                let client = try ChildProcess(
                    try Project.python(),
                    [
                        Project.client("paho_client.py"), "127.0.0.1", "\(broker.port)", "/mqtt", authority.certificate,
                    ])
                try await client.success()
                #expect(client.outputLines.count { $0.hasPrefix("ok ") } == 22, "\(client.output)")
            }
        }

        /// Whether `openssl s_client` and the broker agree on what the arguments leave open, and on what.
        private func handshake(_ broker: BrokerProcess, _ arguments: [String]) async throws -> String? {
            let client = try ChildProcess(
                "openssl", ["s_client", "-connect", "127.0.0.1:\(broker.port)", "-brief"] + arguments)
            try await client.ending()
            let lines = client.outputLines + client.errorLines
            guard lines.contains("CONNECTION ESTABLISHED") else { return nil }
            let version = lines.first { $0.hasPrefix("Protocol version: ") }?.split(separator: " ").last ?? "?"
            let suite = lines.first { $0.hasPrefix("Ciphersuite: ") }?.split(separator: " ").last ?? "?"
            return "\(version) \(suite)"
        }

        @Test(
            "A scanner that offers every suite of OpenSSL alone, for both kinds of keys, is answered with strong ones only",
            arguments: [false, true])
        func suites(isRSA: Bool) async throws {
            let authority = try await Authority()
            try await authority.issue("server", isRSA: isRSA)
            try await withBroker(listener: authority.listener("tls-tcp-listener", "server")) { broker in
                // One shell for all of them: a hundred children are more than a test should have to reap.
                let scan = """
                    for suite in $(openssl ciphers -s -tls1_2 ALL:COMPLEMENTOFALL:@SECLEVEL=0 | tr : ' '); do
                        case $suite in TLS_*) continue ;; esac
                        echo "offered $suite"
                        openssl s_client -connect 127.0.0.1:\(broker.port) -tls1_2 -cipher "$suite:@SECLEVEL=0" \
                            </dev/null >/dev/null 2>&1 && echo "accepted $suite"
                    done; true
                    """
                let scanner = try ChildProcess("bash", ["-c", scan])
                try await scanner.success()
                func suites(_ word: String) -> [String] {
                    scanner.outputLines.filter { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1)) }
                }
                #expect(suites("offered").count > 50)
                let accepted = Set(suites("accepted"))
                let key = isRSA ? "RSA" : "ECDSA"
                #expect(
                    accepted == [
                        "ECDHE-\(key)-AES128-GCM-SHA256", "ECDHE-\(key)-AES256-GCM-SHA384",
                        "ECDHE-\(key)-CHACHA20-POLY1305",
                    ])
            }
        }

        @Test("The floor is TLS 1.2, and a client that knows 1.3 gets it")
        func versions() async throws {
            let authority = try await Authority()
            try await authority.issue("server")
            try await withBroker(listener: authority.listener("tls-tcp-listener", "server")) { broker in
                let trusting = ["-CAfile", authority.certificate, "-verify_return_error"]
                let offers: [(arguments: [String], version: String?)] = [
                    (["-tls1", "-cipher", "ALL:@SECLEVEL=0"], nil), (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], nil),
                    (["-tls1_2"], "TLSv1.2"), ([], "TLSv1.3"),
                    (trusting + ["-verify_hostname", "localhost"], "TLSv1.3"),
                    (trusting + ["-verify_hostname", "elsewhere"], nil),
                ]
                for offer in offers {
                    let agreed = try await handshake(broker, offer.arguments)
                    #expect(agreed?.split(separator: " ").first.map(String.init) == offer.version, "\(offer.arguments)")
                }
            }
        }
    }
}
