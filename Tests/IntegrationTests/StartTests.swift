import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep: start and log")
    struct StartTests {
        /// Addresses on which a process listens, as `/proc` shows them: hexadecimal, each four bytes in the order of
        /// this machine.
        private func listening(_ process: Int32) throws -> Set<String> {
            let directory = "/proc/\(process)/fd"
            let sockets = Set(
                try FileManager.default.contentsOfDirectory(atPath: directory).compactMap {
                    try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")
                })
            var addresses: Set<String> = []
            for table in ["tcp", "tcp6"] {
                let text = try String(contentsOfFile: "/proc/\(process)/net/\(table)", encoding: .utf8)
                for line in text.split(separator: "\n").dropFirst() {
                    let fields = line.split(separator: " ")
                    if fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") { addresses.insert("\(fields[1])") }
                }
            }
            return addresses
        }

        @Test(
            """
            Without a file the broker listens on loopback only: MQTT on port 1883, metrics on 9399 and introspection on \
            8778 of 127.0.0.1
            """)
        func defaultListeners() async throws {
            let child = try ChildProcess(try Project.skep(), [], environment: ["SKEP_CONFIG": ""])
            try await child.line(containing: " Ready")
            let addresses = try listening(child.identifier)
            #expect(
                addresses == [
                    "0100007F:075B", "00000000000000000000000001000000:075B", "0100007F:24B7", "0100007F:224A",
                ])
            child.send(signal: SIGTERM)
            try await child.success()
        }

        @Test("A port that is taken stops the start, and the reason names the listener and its address")
        func takenPort() async throws {
            try await withBroker { broker in
                let directory = try TemporaryDirectory()
                let file = try directory.write(
                    """
                    <skep><listeners><tcp-listener>
                    <name>front</name><port>\(broker.port)</port><bind-address>127.0.0.1</bind-address>
                    </tcp-listener></listeners></skep>
                    """, to: "config.xml")
                let child = try ChildProcess(try Project.skep(), ["--config", file])
                let ending = try await child.ending()
                #expect(ending == .exit(1))
                let line = try #require(child.errorLines.first { $0.contains(" error ") })
                #expect(line.contains("The listener front cannot be opened"))
                #expect(line.contains("127.0.0.1:\(broker.port) is in use by another program"))
                #expect(line.contains("`ss -ltnp 'sport = :\(broker.port)'` shows which"))
                #expect(!child.errors.contains(" Ready"))
            }
        }

        @Test(
            "A listener that cannot be opened is explained in words, with IPv6 in brackets",
            arguments: [
                ("192.0.2.1", "192.0.2.1 is no address of this machine"),
                ("2001:db8::1", "[2001:db8::1] is no address of this machine"),
                ("no-such-host.invalid", "no-such-host.invalid is no address, and no host of this name is known"),
            ])
        func cannotListen(address: String, words: String) async throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write(
                """
                <skep><listeners><tcp-listener>
                <port>0</port><bind-address>\(address)</bind-address><anonymous>true</anonymous>
                </tcp-listener></listeners></skep>
                """, to: "config.xml")
            let child = try ChildProcess(try Project.skep(), ["--config", file])
            let ending = try await child.ending()
            #expect(ending == .exit(1))
            let line = try #require(child.errorLines.first { $0.contains(" error ") })
            #expect(line.contains("The listener tcp-listener-0 cannot be opened: \(words)"))
        }

        @Test("The log names the address that was really bound, not the name that was asked for")
        func boundAddress() async throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write(
                """
                <skep><listeners><tcp-listener>
                <port>0</port><bind-address>localhost</bind-address>
                </tcp-listener></listeners></skep>
                """, to: "config.xml")
            let child = try ChildProcess(try Project.skep(), ["--config", file])
            let line = try await child.line(containing: "Listening on ")
            #expect(line.firstMatch(of: #/Listening on (?:127\.0\.0\.1|\[::1\]):[1-9][0-9]* listener=/#) != nil)
            child.send(signal: SIGTERM)
            try await child.success()
        }

        @Test(
            "What does not speak MQTT is told apart in the log",
            arguments: [
                ("tls", "0x16, not the 0x10 of CONNECT: this looks like TLS; this listener has none"),
                ("http", "0x47, not the 0x10 of CONNECT: this looks like HTTP"),
            ])
        func foreignProtocol(kind: String, words: String) async throws {
            try await withBroker { broker in
                try await ChildProcess(
                    "/usr/bin/python3", [Project.client("raw_clients.py"), "foreign", "\(broker.port)", kind],
                    environment: ["PYTHONDONTWRITEBYTECODE": "1"]
                ).success()
                let line = try await broker.child.line(containing: "A client was refused")
                #expect(line.contains(#"detail="the first byte is \#(words)""#))
                #expect(line.contains(#"reason="0x82 protocol_error""#))
            }
        }

        @Test("Who comes and goes is logged with the protocol's version and the cause as a word")
        func comingAndGoing() async throws {
            let broker = try await BrokerProcess(arguments: ["--log-level", "debug"])
            try await Mosquitto(port: broker.port).publish("-t", "a", "-m", "b", "-i", "pump")
            try await broker.child.line(containing: "A client has gone")
            try await broker.stop()
            #expect(broker.log.contains { $0.contains("A client has connected") && $0.contains("protocol=3.1.1") })
            let gone = try #require(broker.log.first { $0.contains("A client has gone") })
            #expect(gone.contains("cause=client_disconnected client=pump"))
        }

        @Test("The first message that is dropped is told at once, and all of them are counted at the end")
        func drops() async throws {
            let settings = """
                <mqtt><queued-messages><max-queue-size>10</max-queue-size></queued-messages></mqtt>
                """
            let broker = try await BrokerProcess(settings: settings)
            let mosquitto = Mosquitto(port: broker.port)
            let away = ["-t", "flood", "-q", "1", "-c", "-i", "away", "-E"]
            try await mosquitto.start(away).success()
            let messages = (1...50).map { "\($0)\n" }.joined()
            let publisher = try ChildProcess(
                "mosquitto_pub", ["-h", "127.0.0.1", "-p", "\(broker.port)", "-t", "flood", "-q", "1", "-l"],
                input: messages)
            try await publisher.success()
            let first = try await broker.child.line(containing: "A message was dropped")
            #expect(first.contains("warning"))
            #expect(first.hasSuffix("client=away qos=1 reason=client_queue_full"))
            try await broker.stop()
            #expect(broker.log.count { $0.contains("A message was dropped") } == 1)
            let totals = broker.log.filter { $0.contains("Messages dropped since the start") }
            #expect(totals.count == 1)
            #expect(totals.allSatisfy { $0.contains("client_queue_full=40") })
        }

        @Test("The soft limit of open files is raised to the hard one, and the log says so")
        func openFiles() async throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write(
                """
                <skep><listeners><tcp-listener>
                <port>0</port><bind-address>127.0.0.1</bind-address>
                </tcp-listener></listeners></skep>
                """, to: "config.xml")
            let child = try ChildProcess(
                "bash",
                ["-c", "ulimit -Sn 100 && ulimit -Hn 600 && exec \"$@\"", "bash", Project.skep(), "--config", file])
            try await child.line(containing: " Ready")
            #expect(child.errorLines.contains { $0.hasSuffix("Up to 600 open files before=100") })
            let limits = try String(contentsOfFile: "/proc/\(child.identifier)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            #expect(line.split(separator: " ").dropFirst(3).prefix(2) == ["600", "600"])
            child.send(signal: SIGTERM)
            try await child.success()
        }

        /// The log after a client with this identifier, and this reason string in its DISCONNECT, was there.
        private func log(ofClient name: String) async throws -> [String] {
            let broker = try await BrokerProcess(arguments: ["--log-level", "debug"])
            try await ChildProcess(
                "/usr/bin/python3", [Project.client("raw_clients.py"), "forge", "\(broker.port)", name],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"]
            ).success()
            try await broker.stop()
            return broker.log
        }

        @Test("A client identifier with line breaks and escapes cannot forge a line of the log")
        func forgedLine() async throws {
            let log = try await log(
                ofClient: "x\n2030-01-01T00:00:00.000Z info Forged\r\u{1B}[31m\u{85}\u{2028}\u{202E}y")
            #expect(log.contains { $0.contains("Forged") })
            #expect(log.allSatisfy { !$0.hasPrefix("2030") })
            let forbidden: Set<Unicode.Scalar> = ["\r", "\u{1B}", "\u{85}", "\u{2028}", "\u{202E}"]
            #expect(log.joined().unicodeScalars.allSatisfy { !forbidden.contains($0) })
        }

        @Test("A client identifier or reason string with quotes cannot forge a field of a log line")
        func forgedField() async throws {
            let log = try await log(ofClient: #"a\" client="admin"#)
            let lines = log.filter { $0.contains("admin") }
            #expect(!lines.isEmpty)
            for line in lines {
                // What stands in good quotes is no field of its own.
                let fields = line.replacing(#""a\\\" client=\"admin""#, with: "QUOTED")
                #expect(fields.contains("client=QUOTED"))
                #expect(!fields.contains("admin"))
            }
        }
    }
}
