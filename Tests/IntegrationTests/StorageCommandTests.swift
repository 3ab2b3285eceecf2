import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep storage and skepctl backup")
    struct StorageCommandTests {
        private let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        /// Where the broker of a test stores.
        private var data: String { directory.file("data") }

        private func skep(_ arguments: String...) async throws -> (ending: ChildProcess.Ending, text: String) {
            let child = try ChildProcess(try Project.skep(), arguments, directory: directory.path)
            return (try await child.ending(), child.output + child.errors)
        }

        private func skepctl(
            _ broker: BrokerProcess, _ arguments: String...
        ) async throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
            let child = try ChildProcess(
                try Project.skepctl(), arguments + ["--socket", broker.socket], directory: directory.path)
            return (try await child.ending(), child.output, child.errors)
        }

        private func publish(_ broker: BrokerProcess, _ topic: String) async throws {
            try await ChildProcess(
                "mosquitto_pub", ["-p", "\(broker.port)", "-t", topic, "-m", "hello", "-r", "-q", "1"]
            ).success()
        }

        @Test("A backup of a running broker is sound, and restored it holds what there was when it was made")
        func backupAndRestore() async throws {
            let backup = directory.file("backup.db")
            try await withBroker(arguments: ["--data", data]) { broker in
                try await publish(broker, "kept/before")
                let events = try ChildProcess(
                    try Project.skepctl(), ["events", "--json", "--kind", "backup-ended", "--socket", broker.socket])
                // A second file shows the first event in any case: the watcher may have come too late for one.
                var number = 0
                while !events.output.contains("backup-ended") {
                    number += 1
                    _ = try await skepctl(broker, "backup", "try-\(number).db")
                }
                events.send(signal: SIGINT)
                // Named from where the tool stands.
                let made = try await skepctl(broker, "backup", "backup.db")
                #expect(made.ending == .exit(0), "\(made.errors)")
                #expect(made.output.hasPrefix("\(backup): "))
                let again = try await skepctl(broker, "backup", backup)
                #expect(again.ending == .exit(1))
                #expect(again.errors.contains("exists already and is not overwritten"))
                let nowhere = try await skepctl(broker, "backup", "/nowhere/backup.db")
                #expect(nowhere.ending == .exit(1))
                #expect(nowhere.errors.contains("/nowhere/backup.db"))
                try await publish(broker, "kept/after")
                let inUse = try await skep("storage", "check", data)
                #expect(inUse.ending == .exit(75))
                #expect(inUse.text.contains("is in use by the process \(broker.child.identifier)"))
                let refused = try await skep("storage", "restore", backup, "--data", data)
                #expect(refused.ending == .exit(75))
            }
            for path in [backup, data] {
                let check = try await skep("storage", "check", path)
                #expect(check.ending == .exit(0), "\(check.text)")
                #expect(check.text.hasSuffix("It is sound.\n"))
            }
            #expect(try await skep("storage", "check", backup).text.contains(" 1 retained, "))
            #expect(try await skep("storage", "check", data).text.contains(" 2 retained, "))
            let restored = try await skep("storage", "restore", backup, "--data", data)
            #expect(restored.ending == .exit(0), "\(restored.text)")
            #expect(restored.text.contains("What was stored before is \(data)/skep.db.before-restore-1."))
            try await withBroker(arguments: ["--data", data]) { broker in
                let list = try await skepctl(broker, "retained", "list", "kept/#").output
                #expect(list.contains("kept/before") && !list.contains("kept/after"))
            }
        }

        @Test("A damaged file is found out, and nothing is restored from it")
        func damaged() async throws {
            let backup = directory.file("backup.db")
            try await withBroker(arguments: ["--data", data]) { broker in
                for number in 0..<50 { try await publish(broker, "kept/\(number)") }
                #expect(try await skepctl(broker, "backup", backup).ending == .exit(0))
            }
            var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
            for place in stride(from: 4096 + 200, to: bytes.count, by: 97) { bytes[place] ^= 0x5A }
            try bytes.write(to: URL(fileURLWithPath: backup))
            let check = try await skep("storage", "check", backup)
            #expect(check.ending == .exit(1))
            #expect(check.text.contains("fault: "))
            #expect(check.text.contains("It is not sound: "))
            let restore = try await skep("storage", "restore", backup, "--data", data)
            #expect(restore.ending == .exit(1))
            #expect(restore.text.contains("nothing was restored from it"))
            #expect(try await skep("storage", "check", data).text.contains(" 50 retained, "))
        }

        @Test("What is missing, foreign or senseless has a status of its own")
        func statuses() async throws {
            let foreign = try directory.write(
                "no database at all, but long enough to look like one\n", to: "foreign.db")
            #expect(try await skep("storage", "check", "/nowhere").ending == .exit(66))
            #expect(try await skep("storage", "check", directory.path).ending == .exit(66))
            #expect(try await skep("storage", "check", foreign).ending == .exit(65))
            #expect(try await skep("storage", "restore", foreign, "--data", data).ending == .exit(65))
            #expect(try await skep("storage", "restore", "/nowhere").ending == .exit(66))
            #expect(try await skep("storage", "restore").ending == .exit(64))
            #expect(try await skep("storage", "check", "").ending == .exit(64))
            #expect(try await skep("storage", "chek").ending == .exit(64))
            #expect(!FileManager.default.fileExists(atPath: data), "what is refused makes no directory")
        }

        @Test("A broker that keeps nothing says that there is nothing to back up")
        func inMemory() async throws {
            try await withBroker(settings: "<persistence><mode>in-memory</mode></persistence>") { broker in
                let backup = try await skepctl(broker, "backup", "backup.db")
                #expect(backup.ending == .exit(1))
                #expect(backup.errors.contains("nothing is kept through restarts here"))
            }
        }
    }
}
