import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep: what survives its end")
    struct StorageTests {
        private let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        private var data: String { directory.file("data") }

        /// A client that is subscribed for good and has gone.
        private func leaveSubscriber(_ broker: BrokerProcess) async throws {
            try await ChildProcess(
                "mosquitto_sub",
                ["-h", "127.0.0.1", "-p", "\(broker.port)", "-c", "-i", "kept", "-q", "2", "-t", "d/#", "-E"]
            ).success()
        }

        /// What waits for it.
        private func waiting(_ broker: BrokerProcess, _ count: Int) async throws -> [String] {
            let client = Mosquitto(port: broker.port)
            let child = try client.start(
                ["-c", "-i", "kept", "-q", "2", "-t", "d/#", "-C", "\(count)", "-W", "30"], format: "%t %q %p")
            try await child.success()
            return child.messages
        }

        @Test(
            "Sessions, queues and retained messages are there after kill -9 and after SIGTERM",
            arguments: [SIGKILL, SIGTERM])
        func survival(_ signal: Int32) async throws {
            let first = try await BrokerProcess(data: data)
            try await leaveSubscriber(first)
            let before = Mosquitto(port: first.port)
            for qos in 1...2 { try await before.publish("-t", "d/\(qos)", "-q", "\(qos)", "-m", "queued \(qos)") }
            try await before.publish("-t", "r/1", "-q", "1", "-r", "-m", "kept")
            try await before.publish("-t", "r/2", "-q", "1", "-r", "-m", "cleared")
            try await before.publish("-t", "r/2", "-q", "1", "-r", "-n")
            first.child.send(signal: signal)
            let ending = try await first.child.ending()
            #expect(ending == (signal == SIGTERM ? .exit(0) : .signal(SIGKILL)))

            let second = try await BrokerProcess(data: data)
            #expect(second.log.contains { $0.contains("What was stored is here again") && $0.contains("queued=2") })
            #expect(try await waiting(second, 2) == ["d/1 1 queued 1", "d/2 2 queued 2"])
            let reader = try await Mosquitto(port: second.port).subscriber(["-t", "r/#"])
            #expect(try await reader.messages(1) == ["r/1 0 1 kept"])
            reader.send(signal: SIGKILL)
            try await second.stop()
        }

        @Test("With persistence in memory nothing is written")
        func inMemory() async throws {
            let settings = "<persistence><mode>in-memory</mode></persistence>"
            let broker = try await BrokerProcess(settings: settings, data: data)
            try await leaveSubscriber(broker)
            try await Mosquitto(port: broker.port).publish("-t", "d/1", "-q", "1", "-m", "x")
            try await broker.stop()
            #expect(!FileManager.default.fileExists(atPath: data))
        }

        /// What a broker says that cannot use the directory.
        private func refusal() async throws -> String {
            let config = try directory.write(
                """
                <skep>
                  <listeners>
                    <tcp-listener><port>0</port><bind-address>127.0.0.1</bind-address></tcp-listener>
                  </listeners>
                  <introspection><tcp><enabled>false</enabled></tcp></introspection>
                </skep>
                """, to: "config.xml")
            let child = try ChildProcess(
                try Project.skep(), ["run", "--config", config, "--data", data],
                environment: ["XDG_RUNTIME_DIR": directory.path])
            let ending = try await child.ending()
            #expect(ending == .exit(1))
            #expect(!child.errors.contains("Listening"))
            return child.errors
        }

        @Test("A directory that another broker has is refused, and that one goes on")
        func inUse() async throws {
            let first = try await BrokerProcess(data: data)
            #expect(try await refusal().contains("is in use by the process \(first.child.identifier)"))
            try await leaveSubscriber(first)
            try await first.stop()
        }

        @Test("A file of a newer version, and one that is no database, are refused and left as they are")
        func foreignFiles() async throws {
            try await BrokerProcess(data: data).stop()
            let file = "\(data)/skep.db"
            try await ChildProcess(
                "/usr/bin/python3",
                [
                    "-c",
                    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version = 99'); c.close()",
                    file,
                ]
            ).success()
            let newer = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(try await refusal().contains("was written by a newer version of the broker (schema 99"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == newer)

            let text = Data("no database at all, whatever its name\n".utf8)
            try text.write(to: URL(fileURLWithPath: file))
            #expect(try await refusal().contains("is not a database of this broker"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == text)
        }

        @Test("A directory that cannot be made is refused with its name")
        func noDirectory() async throws {
            try Data("a file".utf8).write(to: URL(fileURLWithPath: data))
            #expect(try await refusal().contains(data))
        }

        @Test("Without room a publisher of version 5 is told so, and when there is some it is served again")
        func full() async throws {
            let settings = "<persistence><disk><max-bytes>500000</max-bytes></disk></persistence>"
            let broker = try await BrokerProcess(
                settings: settings
                    + "<mqtt><queued-messages><max-queue-size>100000</max-queue-size></queued-messages></mqtt>",
                data: data)
            try await leaveSubscriber(broker)
            let lines = (0..<4_000).map { "\($0) " + String(repeating: "x", count: 500) }.joined(separator: "\n")
            let arguments = ["-h", "127.0.0.1", "-p", "\(broker.port)", "-V", "mqttv5", "-q", "1", "-t", "d/1", "-l"]
            let filler = try ChildProcess("mosquitto_pub", arguments, input: lines + "\n")
            try await broker.child.line(containing: "The storage has no room")
            _ = try await filler.ending()
            let late = try ChildProcess(
                "mosquitto_pub",
                ["-h", "127.0.0.1", "-p", "\(broker.port)", "-V", "mqttv5", "-q", "1", "-t", "d/2", "-m", "x"])
            _ = try await late.ending()
            #expect((late.errors + late.output).contains("Quota exceeded"))
            // QoS 0 goes on, and what is fetched makes room.
            try await Mosquitto(port: broker.port).publish("-t", "d/3", "-m", "x")
            let reader = try Mosquitto(port: broker.port).start(["-c", "-i", "kept", "-q", "2", "-t", "d/#"])
            try await broker.child.line(containing: "The storage has room again")
            reader.send(signal: SIGTERM)
            try await Mosquitto(port: broker.port, version: .v5).publish("-t", "d/4", "-q", "1", "-m", "x")
            try await broker.stop()
        }
    }
}
