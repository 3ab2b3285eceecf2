import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep: settings at SIGHUP")
    struct ReloadTests {
        /// A broker with a settings file that the test writes again.
        private struct Setting {
            let directory: TemporaryDirectory
            let child: ChildProcess
            let port: Int
            let metrics: Int

            init(_ settings: String) async throws {
                directory = try TemporaryDirectory()
                let file = try Self.write(settings, in: directory)
                child = try ChildProcess(try Project.skep(), ["--config", file], directory: directory.path)
                port = try await Self.number(behind: "Listening on 127.0.0.1:", child)
                metrics = try await Self.number(behind: "Metrics on http://127.0.0.1:", child)
                try await child.line(containing: " Ready")
            }

            private static func number(behind text: String, _ child: ChildProcess) async throws -> Int {
                let line = try await child.line(containing: text)
                return try #require(Int(line.split(separator: text)[1].prefix { $0.isNumber }))
            }

            private static func write(_ settings: String, in directory: TemporaryDirectory) throws -> String {
                try directory.write(
                    """
                    <skep><listeners><tcp-listener><port>0</port><bind-address>127.0.0.1</bind-address></tcp-listener></listeners>
                    <metrics><http><port>0</port></http></metrics>
                    \(settings)
                    </skep>
                    """, to: "config.xml")
            }

            /// Writes the file, and returns what is logged until the broker is done with it.
            func reload(_ settings: String, until text: String) async throws -> [String] {
                let before = child.errorLines.count
                _ = try Self.write(settings, in: directory)
                child.send(signal: SIGHUP)
                return try await child.wait(for: text) {
                    let lines = child.errorLines.dropFirst(before)
                    guard let last = lines.firstIndex(where: { $0.contains(text) }) else { return nil }
                    // Without the time.
                    return lines[...last].map { String($0.split(separator: " ", maxSplits: 1)[1]) }
                }
            }

            func hash() async throws -> String {
                let text = try await ChildProcess(
                    "/usr/bin/curl", ["-s", "http://127.0.0.1:\(metrics)/metrics"]
                ).success()
                return try #require(
                    text.split(separator: "\n").first { $0.hasPrefix("skep_configuration_info{") }.map(String.init))
            }

            /// Waits for another hash: a page is made once in a while, not for each who asks.
            func hash(otherThan old: String) async throws {
                let deadline = ContinuousClock.now + .seconds(60)
                while try await hash() == old {
                    try #require(ContinuousClock.now < deadline, "the hash stays \(old)")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }

            func stop() async throws {
                child.send(signal: SIGTERM)
                try await child.success()
            }
        }

        private static func topicLength(_ length: Int) -> String {
            "<restrictions><max-topic-length>\(length)</max-topic-length></restrictions>"
        }

        @Test(
            "A changed limit takes effect without a restart, for who is connected too, and the log says from what to what"
        )
        func change() async throws {
            let setting = try await Setting(Self.topicLength(20))
            let client = Mosquitto(port: setting.port)
            let subscriber = try await client.subscriber(["-t", "#", "-q", "1"])
            let long = String(repeating: "x", count: 30)
            let hash = try await setting.hash()
            await #expect(throws: ChildFailure.self) {
                try await client.publish("-t", long, "-m", "refused", "-q", "1")
            }
            #expect(
                try await setting.reload(
                    Self.topicLength(40) + "<threads><event-loops>3</event-loops></threads>",
                    until: "The settings were read again"
                ).filter { !$0.contains("threads/") } == [
                    "notice Changed: restrictions/max-topic-length: 20 -> 40 bytes",
                    "notice The settings were read again changed=1 need-restart=1 settings=\(setting.directory.file("config.xml"))",
                ])
            #expect(setting.child.errors.contains("notice Needs a restart: threads/event-loops: "))
            try await setting.hash(otherThan: hash)
            try await client.publish("-t", long, "-m", "arrives", "-q", "1")
            #expect(try await subscriber.messages(1) == ["\(long) 1 0 arrives"])
            try await setting.stop()
        }

        @Test("A file with faults changes nothing and every fault is reported; without a change the log says so")
        func faults() async throws {
            let setting = try await Setting(Self.topicLength(20))
            let lines = try await setting.reload(
                Self.topicLength(40) + "\n<mqtt><max-inflight>0</max-inflight></mqtt>\n<mqqt/>",
                until: "nothing has changed")
            #expect(lines.count == 3)
            #expect(lines[0].contains("config.xml:4: mqtt/max-inflight: found \"0\", allowed is a whole number"))
            #expect(lines[1].contains("config.xml:5: mqqt: there is no such element; did you mean \"mqtt\"?"))
            #expect(lines[2] == "error The settings were read again and have faults: nothing has changed faults=2")
            let long = String(repeating: "x", count: 30)
            await #expect(throws: ChildFailure.self) {
                try await Mosquitto(port: setting.port).publish("-t", long, "-m", "refused", "-q", "1")
            }
            #expect(
                try await setting.reload(Self.topicLength(20), until: "read again: nothing has changed").count == 1)
            try await setting.stop()
        }

        @Test("A broker that was started without a file looks again by the same rules")
        func withoutFile() async throws {
            let child = try ChildProcess(try Project.skep(), [], environment: ["SKEP_CONFIG": ""])
            try await child.line(containing: " Ready")
            child.send(signal: SIGHUP)
            try await child.line(containing: "The settings were read again: nothing has changed")
            #expect(child.errors.contains("settings=\"built-in defaults, no file\""))
            child.send(signal: SIGTERM)
            try await child.success()
        }
    }
}
