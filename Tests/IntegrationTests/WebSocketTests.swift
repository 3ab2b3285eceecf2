import Foundation
import Testing

extension IntegrationTests {
    /// Real clients over WebSocket, and who only says so.
    @Suite("WebSocket")
    struct WebSocketTests {
        private static let listener =
            "<websocket-listener><port>0</port><bind-address>127.0.0.1</bind-address></websocket-listener>"

        private func withListener(_ body: (BrokerProcess) async throws -> Void) async throws {
            try await withBroker(listener: Self.listener, body)
        }

        private func expected(_ scenarios: [String], only5: [String]) -> [String] {
            ["3.1", "3.1.1", "5"].flatMap { version in scenarios.map { "ok \($0) \(version)" } }
                + only5.map { "ok \($0) 5" }
        }

        @Test("Paho Python does over WebSocket all that it does over TCP")
        func paho() async throws {
            try await withListener { broker in
                let client = try ChildProcess(
                    try Project.python(), [Project.client("paho_client.py"), "127.0.0.1", "\(broker.port)", "/mqtt"])
                try await client.success()
                #expect(
                    client.outputLines
                        == expected(
                            ["qos_round_trip", "retained", "will", "durable_session", "window", "takeover"],
                            only5: ["publish_properties", "topic_alias", "subscribe_options", "reason_codes"]))
            }
        }

        @Test("MQTT.js in Node does over WebSocket all that it does over TCP")
        func mqttJS() async throws {
            try await withListener { broker in
                let client = try ChildProcess(
                    "node", [Project.client("mqttjs_client.js"), "127.0.0.1", "\(broker.port)", "/mqtt"],
                    environment: ["NODE_PATH": "/usr/share/nodejs"])
                try await client.success()
                #expect(client.outputLines == expected(["qos", "retained", "will", "session"], only5: ["properties"]))
            }
        }

        @Test("MQTT.js in headless Chromium publishes and receives, and a page's own WebSocket is closed in good order")
        func browser() async throws {
            let directory = try TemporaryDirectory()
            let bundle = directory.file("mqtt.js")
            // As MQTT.js makes its own for browsers.
            try await ChildProcess(
                "browserify", ["/usr/share/nodejs/mqtt/mqtt.js", "--standalone", "mqtt", "-o", bundle],
                environment: ["NODE_PATH": "/usr/share/nodejs"]
            ).success()
            try await withListener { broker in
                let client = try ChildProcess(
                    try Project.python(),
                    [Project.client("browser_client.py"), bundle, "ws://127.0.0.1:\(broker.port)/mqtt"])
                try await client.success()
                #expect(
                    client.outputLines == [
                        "ok mqttjs 3.1.1", "ok mqttjs 5", "ok websocket mqtt", "ok websocket mqttv3.1", "ok refused",
                    ])
            }
        }

        @Test("curl gets the upgrade, and for anything else a response that says what is missing")
        func curl() async throws {
            try await withListener { broker in
                let upgrade = [
                    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: mqtt",
                ]
                let opened = try await head(broker, "/mqtt", upgrade)
                #expect(opened.first == "HTTP/1.1 101 Switching Protocols")
                #expect(opened.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
                #expect(opened.contains("Sec-WebSocket-Protocol: mqtt"))
                #expect(try await head(broker, "/mqtt", []).first == "HTTP/1.1 426 Upgrade Required")
                #expect(try await head(broker, "/", upgrade).first == "HTTP/1.1 404 Not Found")
                #expect(
                    try await head(broker, "/mqtt", upgrade, "-X", "PUT").first == "HTTP/1.1 405 Method Not Allowed")
                #expect(try await head(broker, "/mqtt", upgrade.dropLast()).first == "HTTP/1.1 400 Bad Request")
            }
        }

        /// The head of a response as curl prints it.
        private func head(
            _ broker: BrokerProcess, _ path: String, _ headers: [String], _ arguments: String...
        ) async throws -> [String] {
            let child = try ChildProcess(
                "curl",
                ["-sS", "-i", "-N", "--http1.1", "--max-time", "30"] + headers.flatMap { ["-H", $0] } + arguments
                    + ["http://127.0.0.1:\(broker.port)\(path)"])
            // An upgraded connection stays: curl is not waited for.
            let text = try await child.wait(for: "a response") {
                child.output.components(separatedBy: "\r\n\r\n").count > 1 ? child.output : nil
            }
            child.send(signal: SIGTERM)
            try await child.ending()
            return text.components(separatedBy: "\r\n")
        }

        @Test(
            "Frames that no client may send end their connection with a code, and packets may lie in any frames"
        )
        func abuse() async throws {
            try await withListener { broker in
                let client = try ChildProcess(
                    try Project.python(), [Project.client("websocket_abuse.py"), "\(broker.port)", "/mqtt"])
                try await client.success()
                let names = [
                    "text", "unmasked", "reserved", "opcode", "oversized", "long_ping", "continuation", "interleaved",
                    "packets_and_frames", "floods",
                ]
                #expect(client.outputLines == names.map { "ok \($0)" })
                #expect(broker.log.contains { $0.contains("websocket-refused") || $0.contains("WebSocket") })
            }
        }
    }
}
