import Foundation
import Testing

extension IntegrationTests {
    @Suite("Looking into a running broker")
    struct IntrospectionTests {
        private static let password = "<tcp><port>0</port><user>ops</user><password>let me in</password></tcp>"

        /// Subscribes to `a/#` as the client `watched` for as long as the process lasts.
        private func watched(_ broker: BrokerProcess) async throws -> ChildProcess {
            let client = try ChildProcess(
                "mosquitto_sub",
                ["-p", "\(broker.port)", "-i", "watched", "-t", "a/#", "-V", "mqttv5", "-c", "-x", "600"])
            try await broker.eventually("the client is there") {
                try curl(broker.socket, "/jolokia/exec/skep:type=Sessions/find/%7B%7D").contains("\"watched\"")
            }
            return client
        }

        /// What curl prints.
        private func curl(_ socket: String, _ path: String, _ arguments: String...) throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                ["curl", "-sS", "--max-time", "30", "--unix-socket", socket, "http://skep\(path)"] + arguments
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }

        @Test("PyPI's jolokia and pyjolokia read, search, list, write and operate a live broker")
        func libraries() async throws {
            try await withBroker(introspection: Self.password) { broker in
                let client = try await watched(broker)
                let line = try await broker.child.line(containing: "Introspection at http://")
                let url = try #require(line.split(separator: " ").last { $0.hasPrefix("http://") })
                let bridge = try ChildProcess(
                    "socat", ["-d", "-d", "TCP-LISTEN:0,fork,bind=127.0.0.1", "UNIX-CONNECT:\(broker.socket)"])
                let listening = try await bridge.line(containing: "listening on")
                let port = try #require(listening.split(separator: ":").last)
                let script = Project.client("jolokia_clients.py")
                let clients = try ChildProcess(
                    try Project.python(), [script, String(url), "ops", "let me in", String(port)])
                try await clients.success()
                #expect(
                    clients.outputLines
                        == [
                            "jolokia version", "jolokia read", "jolokia bulk read", "jolokia path", "jolokia search",
                            "jolokia list", "jolokia execute", "jolokia write", "jolokia unknown", "pyjolokia read",
                            "pyjolokia bulk", "pyjolokia kick",
                        ].map { "ok \($0)" })
                try await broker.child.line(containing: "cause=kicked")
                bridge.send(signal: SIGTERM)
                client.send(signal: SIGTERM)
            }
        }

        @Test("curl reads, searches and operates on the operators' socket, and only reads on the readers'")
        func plainCurl() async throws {
            try await withBroker { broker in
                let client = try await watched(broker)
                for socket in [broker.socket, broker.readerSocket] {
                    #expect(
                        try curl(socket, "/jolokia/read/skep:type=Broker/Status").contains("\"value\":\"running\""))
                    #expect(
                        try curl(socket, "/jolokia/search/skep:type=EventLoop,*").contains(
                            "skep:type=EventLoop,index=0"))
                    #expect(
                        try curl(socket, "/jolokia/exec/skep:type=Subscriptions/receivers/a!/b/10")
                            .contains("\"id\":\"watched\""))
                }
                let kick = "/jolokia/exec/skep:type=Sessions/disconnect/watched/true"
                #expect(try curl(broker.readerSocket, kick).contains("\"status\":403"))
                #expect(try curl(broker.socket, kick).contains("\"value\":true"))
                client.send(signal: SIGTERM)
            }
        }

        @Test(
            "Abuse of the socket is refused within limits and harms nobody",
            arguments: ["json", "bodies", "connections", "readers"])
        func abuse(scenario: String) async throws {
            try await withBroker { broker in
                let script = Project.client("introspection_abuse.py")
                let python = try ChildProcess(
                    try Project.python(),
                    [script, scenario, broker.socket, "\(broker.port)", "\(broker.child.identifier)"])
                try await python.success()
                var numbers: [String: Int] = [:]
                for line in python.outputLines {
                    let parts = line.split(separator: "=")
                    numbers[String(parts[0])] = Int(parts[1])
                }
                #expect(numbers["alive"] == 1)
                #expect((numbers["echoes"] ?? 0) > 0)
                switch scenario {
                case "json": #expect((numbers["answered"] ?? 0) >= (numbers["texts"] ?? .max) - 1)
                case "bodies": #expect(numbers["refused"] == 40)
                case "connections": #expect((numbers["held"] ?? .max) <= 101)
                default: break
                }
                // 100 connections with their buffers and an answer under way each.
                #expect((numbers["growth"] ?? 0) < 100_000_000)
            }
        }

        // MARK: - skepctl

        private func skepctl(
            _ broker: BrokerProcess, _ arguments: String..., socket: String? = nil
        ) async throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
            let child = try ChildProcess(
                try Project.skepctl(), arguments + ["--socket", socket ?? broker.socket])
            return (try await child.ending(), child.output, child.errors)
        }

        @Test("skepctl shows the broker, its clients and who would get what")
        func shows() async throws {
            try await withBroker { broker in
                let client = try await watched(broker)
                #expect(try await skepctl(broker, "status").output.contains("running"))
                #expect(try await skepctl(broker, "clients").output.contains("watched"))
                #expect(try await skepctl(broker, "client", "watched").output.contains("watched"))
                #expect(try await skepctl(broker, "subscriptions", "watched").output.contains("a/#"))
                #expect(try await skepctl(broker, "who", "a/b").output.contains("watched"))
                #expect(try await skepctl(broker, "metrics", "skep_sessions").output.contains("skep_sessions"))
                #expect(try await skepctl(broker, "limits").output.contains("max-connections"))
                #expect(try await skepctl(broker, "heap").output.contains("sessions"))
                #expect(try await skepctl(broker, "top", "--once").output.contains("watched"))
                #expect(
                    try await skepctl(broker, "beans", "search", "skep:type=Stress").output.contains("skep:type=Stress")
                )
                let json = try await skepctl(broker, "status", "--json").output
                #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
                client.send(signal: SIGTERM)
            }
        }

        @Test("skepctl operates the broker, and its exit status says what became of it")
        func operates() async throws {
            try await withBroker { broker in
                let client = try await watched(broker)
                let publish = try ChildProcess(
                    "mosquitto_pub", ["-p", "\(broker.port)", "-t", "kept/one", "-m", "hello", "-r", "-q", "1"])
                try await publish.success()
                #expect(try await skepctl(broker, "retained", "list", "kept/#").output.contains("kept/one"))
                #expect(try await skepctl(broker, "retained", "delete", "kept/#", "--yes").ending == .exit(0))
                #expect(!(try await skepctl(broker, "retained", "list", "kept/#").output.contains("kept/one")))
                #expect(
                    try await skepctl(broker, "restrict", "watched", "--max-queued-messages", "7").ending == .exit(0))
                #expect(
                    try await skepctl(broker, "client", "watched", "--json").output.contains("\"maxQueuedMessages\": 7")
                )
                #expect(try await skepctl(broker, "log-level", "debug").output.contains("debug"))
                #expect(
                    try await skepctl(broker, "log-level", "trace", "--client", "watched").output.contains("trace"))
                #expect(try await skepctl(broker, "log-level").output.contains("watched"))
                #expect(try await skepctl(broker, "reload").ending == .exit(0))
                #expect(try await skepctl(broker, "kick", "watched").ending == .exit(0))
                #expect(try await skepctl(broker, "kick", "nobody").ending == .exit(3))
                #expect(try await skepctl(broker, "session", "invalidate", "nobody").ending == .exit(3))
                #expect(try await skepctl(broker, "kick", "watched", socket: broker.readerSocket).ending == .exit(5))
                let nowhere = try await skepctl(broker, "status", socket: broker.socket + ".no")
                #expect(nowhere.ending == .exit(4))
                #expect(nowhere.errors.contains(broker.socket + ".no"))
                #expect(try await skepctl(broker, "kick").ending == .exit(64))
                client.send(signal: SIGTERM)
            }
        }

        @Test("skepctl drains a broker, which ends in good order")
        func drains() async throws {
            let broker = try await BrokerProcess()
            #expect(try await skepctl(broker, "drain", "--yes").ending == .exit(0))
            try await broker.child.success()
            #expect(!FileManager.default.fileExists(atPath: broker.socket))
        }

        @Test("skepctl shows events as they come, and ends when the broker does")
        func events() async throws {
            let broker = try await BrokerProcess()
            let events = try ChildProcess(try Project.skepctl(), ["events", "--json", "--socket", broker.socket])
            try await events.line(containing: "heartbeat")
            let client = try await watched(broker)
            try await events.line(containing: "\"client-connected\"")
            client.send(signal: SIGKILL)
            try await events.line(containing: "\"client-disconnected\"")
            try await broker.stop()
            #expect(try await events.ending() == .exit(4))
        }
    }
}
