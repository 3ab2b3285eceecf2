import Testing

@testable import Monitoring

@Suite("Who may ask over TCP")
struct TCPGateTests {
    private func gate(user: String = "", password: String = "", host: String = "", address: String = "127.0.0.1")
        -> TCPGate
    {
        var tcp = IntrospectionConfiguration.TCPPart()
        tcp.user = user
        tcp.password = password
        tcp.host = host
        tcp.bindAddress = address
        return TCPGate(tcp)
    }

    @Test(
        "Loopback names are this machine, whatever the port",
        arguments: ["localhost", "LOCALHOST:8778", "127.0.0.1:1", "127.9.9.9", "[::1]:8778", "[::1]"])
    func loopback(host: String) {
        #expect(gate().verdict(host: host, origin: nil, authorization: nil) == .anonymous)
    }

    @Test(
        "Other names are refused, also those that look like loopback",
        arguments: [
            "example.org", "127.0.0.1.example.org", "localhost.example.org", "127.1", "0.0.0.0", "127.0.0.256", "",
            "[::2]", "[", ":8778", "10.0.0.1", "[::1]evil.com", "localhost:evil", "localhost:80@evil.com", "127.0.0.+1",
            "localhost:1:2", "[::1]:x",
        ])
    func foreign(host: String) {
        guard case .refused(403, _) = gate(address: "0.0.0.0").verdict(host: host, origin: nil, authorization: nil)
        else {
            Issue.record("\(host) was let in")
            return
        }
    }

    @Test("A request without a host is refused")
    func noHost() {
        guard case .refused(403, _) = gate().verdict(host: nil, origin: nil, authorization: nil) else {
            Issue.record("it was let in")
            return
        }
    }

    @Test("The bind address and the configured name are this machine")
    func configured() {
        let gate = gate(host: "Broker.example", address: "192.0.2.7")
        for host in ["broker.example:8778", "192.0.2.7:8778", "localhost"] {
            #expect(gate.verdict(host: host, origin: nil, authorization: nil) == .anonymous)
        }
    }

    @Test("Only a page of the same origin may ask")
    func origins() {
        let gate = gate()
        for origin in ["http://localhost:8778", "https://localhost:8778", "HTTP://LOCALHOST:8778"] {
            #expect(gate.verdict(host: "localhost:8778", origin: origin, authorization: nil) == .anonymous)
        }
        for origin in ["http://localhost", "http://localhost:1", "http://example.org", "null", "", "localhost:8778"] {
            let verdict = gate.verdict(host: "localhost:8778", origin: origin, authorization: nil)
            #expect(verdict == .refused(status: 403, reason: "requests of other origins are refused"))
        }
    }

    @Test("With a user only the right name and password are let in")
    func credentials() {
        let gate = gate(user: "ops", password: "se:cret")
        // Base64 of `ops:se:cret`.
        for right in ["Basic b3BzOnNlOmNyZXQ=", "basic b3BzOnNlOmNyZXQ="] {
            #expect(gate.verdict(host: "localhost", origin: nil, authorization: right) == .authenticated)
        }
        let wrong: [String?] = [
            nil, "", "Basic", "Basic ", "Basic !!!", "Bearer b3BzOnNlOmNyZXQ=",
            "Basic b3BzOnNlOmNyZQ==",  // ops:se:cre
            "Basic b3BzOnNlOmNyZXRz",  // ops:se:crets
            "Basic OnNlOmNyZXQ=", "Basic Og==",
        ]
        for authorization in wrong {
            #expect(
                gate.verdict(host: "localhost", origin: nil, authorization: authorization)
                    == .refused(status: 401, reason: "user and password are needed"))
        }
    }
}
