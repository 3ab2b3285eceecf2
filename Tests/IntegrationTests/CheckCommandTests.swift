import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep: the command line and the settings file")
    struct CheckCommandTests {
        private static let directory = try? TemporaryDirectory()

        private func skep(
            _ arguments: String..., environment: [String: String] = [:]
        ) throws -> ChildProcess {
            let environment = ["SKEP_CONFIG": ""].merging(environment) { $1 }
            return try ChildProcess(try Project.skep(), arguments, environment: environment)
        }

        private func file(_ text: String) throws -> String {
            let directory = try #require(Self.directory)
            return try directory.write(text, to: "\(UUID().uuidString).xml")
        }

        @Test("--version prints a version number")
        func version() async throws {
            let text = try await skep("--version").success()
            let numbers = text.trimmingCharacters(in: .newlines).split(separator: ".").compactMap { Int($0) }
            #expect(numbers.count == 3)
        }

        @Test("--help names the commands and where settings come from")
        func help() async throws {
            let text = try await skep("--help").success()
            for word in [
                "run", "check", "options", "SKEP_CONFIG", "/etc/skep/config.xml", "127.0.0.1", "--config", "--data",
                "--log-level", "SIGHUP", "1 cannot listen", "64 wrong usage", "78 faulty settings",
            ] {
                #expect(text.contains(word))
            }
        }

        @Test("An unknown option of the command line is refused with the usage")
        func unknownArgument() async throws {
            let child = try skep("check", "--confg", "x")
            let ending = try await child.ending()
            #expect(ending == .exit(64))
            #expect(child.errors.contains("--confg"))
        }

        @Test("A mistyped command is refused with the names of all commands")
        func mistypedCommand() async throws {
            let child = try skep("chek")
            let ending = try await child.ending()
            #expect(ending == .exit(64))
            #expect(
                child.errors.contains(
                    "There is no command 'chek'. The commands are: run, check, options, metrics, storage, passwd."))
        }

        @Test("--data without a name of a directory is refused")
        func emptyData() async throws {
            let child = try skep("run", "--data", "")
            let ending = try await child.ending()
            #expect(ending == .exit(64))
            #expect(child.errors.contains("--data needs the name of a directory."))
        }

        @Test("check prints what is in force and where it comes from")
        func goodFile() async throws {
            let path = try file("<hivemq>\n<mqtt>\n<max-client-id-length>99</max-client-id-length></mqtt></hivemq>")
            let text = try await skep("check", "--config", path).success()
            #expect(text.contains("settings: \(path)"))
            #expect(text.contains("restrictions/max-client-id-length = 99 bytes   (\(path):3)"))
            #expect(text.contains("mqtt/session-expiry/max-interval = 4294967295 seconds   (default)"))
            #expect(text.hasSuffix("\n\(path) is good: 1 option set, 0 warnings\n"))
        }

        @Test("check shows all faults at once, with file, line, element, what was found and what is allowed")
        func faultyFile() async throws {
            let path = try file(
                """
                <skep>
                  <listeners>
                    <tcp-listener><port>70000</port></tcp-listener>
                    <tcp-listener><port>1884</port><bind-address>0.0.0.0</bind-address></tcp-listener>
                  </listeners>
                  <mqtt><max-infligth>10</max-infligth></mqtt>
                  <threads><event-loops>many</event-loops></threads>
                </skep>
                """)
            let child = try skep("check", "--config", path)
            let ending = try await child.ending()
            #expect(ending == .exit(78))
            let lines = child.errorLines
            let port = "\(path):3: listeners/tcp-listener/port: found \"70000\", allowed is"
            #expect(lines.contains { $0.hasPrefix(port) })
            #expect(lines.contains { $0.hasPrefix("\(path):4:") && $0.contains("<anonymous>true</anonymous>") })
            #expect(lines.contains { $0.hasPrefix("\(path):6:") && $0.contains("did you mean \"max-inflight\"") })
            #expect(lines.contains { $0.hasPrefix("\(path):7: threads/event-loops: found \"many\", allowed is") })
            #expect(lines.last == "\(path) has 5 faults: the broker does not start with it")
            #expect(child.output.isEmpty)
        }

        @Test("The broker does not start with a faulty file")
        func faultyFileAtStart() async throws {
            let path = try file("<skep><mqtt><nonsense>1</nonsense></mqtt></skep>")
            let child = try skep("run", "--config", path)
            let ending = try await child.ending()
            #expect(ending == .exit(78))
            #expect(child.errors.contains("\(path):1: mqtt/nonsense: there is no such element"))
            #expect(!child.errors.contains("Listening"))
        }

        @Test("A file that was named and is not there stops the start")
        func missingFile() async throws {
            let child = try skep("run", "--config", "/nonexistent/config.xml")
            let ending = try await child.ending()
            #expect(ending == .exit(78))
            #expect(child.errors.contains("/nonexistent/config.xml: cannot be read: No such file or directory"))
        }

        @Test("SKEP_CONFIG names the file, and --config goes before it")
        func environmentVariable() async throws {
            let fromEnvironment = try file("<skep><threads><event-loops>3</event-loops></threads></skep>")
            let fromArgument = try file("<skep><threads><event-loops>5</event-loops></threads></skep>")
            let environment = ["SKEP_CONFIG": fromEnvironment]
            let first = try await skep("check", environment: environment).success()
            #expect(first.contains("threads/event-loops = 3   (\(fromEnvironment):1)"))
            let second = try await skep("check", "--config", fromArgument, environment: environment).success()
            #expect(second.contains("threads/event-loops = 5   (\(fromArgument):1)"))
        }

        @Test("An element that this version has no use for is accepted with one warning")
        func withoutEffect() async throws {
            let path = try file("<hivemq><cluster><enabled>true</enabled></cluster></hivemq>")
            let child = try skep("check", "--config", path)
            try await child.success()
            let warnings = child.errorLines.filter { $0.hasPrefix("warning: \(path):1: cluster") }
            #expect(warnings.count == 1)
            #expect(warnings.allSatisfy { $0.contains("has no effect in this version") })
        }

        @Test("A listener that other machines can reach must say that it admits anonymous clients")
        func openListener() async throws {
            func settings(_ anonymous: String) -> String {
                """
                <skep><listeners><tcp-listener>
                <port>0</port><bind-address>0.0.0.0</bind-address>\(anonymous)
                </tcp-listener></listeners></skep>
                """
            }
            let refused = try skep("run", "--config", try file(settings("")))
            let ending = try await refused.ending()
            #expect(ending == .exit(78))
            let sentence = """
                other machines can reach 0.0.0.0 and nobody can log in: add <authentication> with a password file, or <anonymous>true</anonymous> to let \
                everybody in, or bind to 127.0.0.1
                """
            #expect(refused.errors.contains(sentence))
            let path = try file(settings("<anonymous>true</anonymous>"))
            let accepted = try await skep("check", "--config", path).success()
            #expect(accepted.contains("listeners/tcp-listener[1]/anonymous = true   (\(path):2)"))
        }
    }
}
