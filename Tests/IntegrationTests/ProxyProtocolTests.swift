import Foundation
import Testing

extension IntegrationTests {
    /// HAProxy in front, and who only claims to be one.
    @Suite("PROXY protocol")
    struct ProxyProtocolTests {
        private func withListener(
            kind: String = "tcp-listener", trusted: String = "127.0.0.0/8", _ body: (BrokerProcess) async throws -> Void
        ) async throws {
            // Who has connected is told from this level on.
            try await withBroker(
                arguments: ["--log-level", "debug"],
                listener: """
                    <\(kind)><port>0</port><bind-address>127.0.0.1</bind-address><proxy-protocol>true</proxy-protocol>
                    <trusted-proxies><trusted-proxy>\(trusted)</trusted-proxy></trusted-proxies></\(kind)>
                    """, body)
        }

        @Test(
            "A client behind HAProxy is known by its own address",
            arguments: ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"])
        func haproxy(send: String) async throws {
            let directory = try TemporaryDirectory()
            try await withListener { broker in
                let client = try ChildProcess(
                    try Project.python(),
                    [Project.client("haproxy_client.py"), "\(broker.port)", directory.path, send])
                let words = try await client.success().split(whereSeparator: \.isWhitespace)
                #expect(words.count == 2 && words[0] == "ok" && words[1].hasPrefix("127.0.0.2:"))
                try await broker.child.line(containing: String(words[1]))
            }
        }

        @Test("What HAProxy knows of TLS and the client's certificate comes along")
        func certificate() async throws {
            let directory = try TemporaryDirectory()
            let files = try await certificates(directory)
            try await withListener { broker in
                let client = try ChildProcess(
                    try Project.python(),
                    [Project.client("haproxy_client.py"), "\(broker.port)", directory.path, "send-proxy-v2-ssl-cn"]
                        + files)
                let words = try await client.success().split(whereSeparator: \.isWhitespace)
                try await broker.child.line(containing: String(words[1]))
            }
        }

        /// An authority that has signed the certificates of HAProxy and of a client.
        private func certificates(_ directory: TemporaryDirectory) async throws -> [String] {
            let authority = ["-keyout", directory.file("ca.key"), "-out", directory.file("ca.pem")]
            let common = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            ]
            try await ChildProcess(
                "openssl",
                common + ["-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE"] + authority
            ).success()
            for name in ["proxy", "sensor-1"] {
                try await ChildProcess(
                    "openssl",
                    common + [
                        "-subj", "/CN=\(name)", "-CA", directory.file("ca.pem"), "-CAkey", directory.file("ca.key"),
                        "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=DNS:\(name)",
                        "-keyout", directory.file("\(name).key"), "-out", directory.file("\(name).crt"),
                    ]
                ).success()
                let both = try ["crt", "key"].map {
                    try String(contentsOfFile: directory.file("\(name).\($0)"), encoding: .utf8)
                }
                _ = try directory.write(both.joined(), to: "\(name).pem")
            }
            return [directory.file("proxy.pem"), directory.file("ca.pem"), directory.file("sensor-1.pem")]
        }

        @Test("Over WebSocket, the header comes before the handshake")
        func webSocket() async throws {
            try await withListener(kind: "websocket-listener") { broker in
                let request = """
                    PROXY TCP4 192.0.2.77 127.0.0.1 5555 80\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n
                    """
                let answer = try await exchange(broker, request)
                #expect(answer.hasPrefix("HTTP/1.1 404 "))
                try await broker.child.line(containing: "192.0.2.77:5555")
            }
        }

        @Test("Who is not trusted is closed with a header, and who is trusted without one")
        func refused() async throws {
            let header = "PROXY TCP4 192.0.2.77 127.0.0.1 5555 80\r\n"
            let connect = "\u{10}\u{10}\u{0}\u{4}MQTT\u{4}\u{2}\u{0}\u{0}\u{0}\u{4}abcd"
            try await withListener(trusted: "192.0.2.0/24") { broker in
                #expect(try await exchange(broker, header + connect).isEmpty)
                try await broker.child.line(containing: "untrusted_source")
            }
            try await withListener { broker in
                #expect(try await exchange(broker, connect).isEmpty)
                try await broker.child.line(containing: "no_header")
                #expect(try await exchange(broker, "PROXY TCP4 nonsense\r\n" + connect).isEmpty)
                try await broker.child.line(containing: "malformed")
                // The listener serves as before.
                #expect(try await exchange(broker, header + connect) == " \u{2}\u{0}\u{0}")
            }
        }

        /// What comes back for bytes, until the broker closes or has answered.
        private func exchange(_ broker: BrokerProcess, _ text: String) async throws -> String {
            let script = """
                import socket, sys
                peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30)
                answer = b""
                try:
                    peer.sendall(sys.argv[2].encode("latin-1").decode("unicode_escape").encode("latin-1"))
                    while len(answer) < 4:
                        part = peer.recv(4)
                        if not part:
                            break
                        answer += part
                    while answer.startswith(b"HTTP") and (part := peer.recv(1000)):
                        answer += part
                except ConnectionError:
                    pass
                sys.stdout.buffer.write(answer)
                """
            let escaped = text.unicodeScalars.map { $0.value < 32 ? String(format: "\\x%02x", $0.value) : String($0) }
            return try await ChildProcess("python3", ["-c", script, "\(broker.port)", escaped.joined()]).success()
        }
    }
}
