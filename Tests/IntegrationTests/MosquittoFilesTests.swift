import Foundation
import Testing

extension IntegrationTests {
    /// Who moves over from Mosquitto brings the files of users and rules.
    @Suite("Mosquitto's password and access files, unchanged")
    struct MosquittoFilesTests {
        /// As `mosquitto_passwd` 2.0.11 has written it; the first with `-H sha512`. Everybody's password is `pass of` and
        /// the name.
        private static let users = """
            dora:$6$kV+XpFwink+EGo8i$zTBAxJf1Kt2c/cae0H4O8Lnvt94PJRzW5fuLbduBWeJodnm9pS0I7ohNVH4pDsIKeW/U9kig+tmeYVfQGNDk4A==
            anna:$7$101$LSZ7HS1HBwdbPolm$tijwchS+svxf7W499Kej9kBiWi9h+0kkEJJwD24PObSKNqeqNjm+88AvAasMRiZhsaxMvAH5KLojna5fhtbhbA==
            bert:$7$101$Dw1DCbEECAqjmo7o$w6O7WRtmJSzOvpf3MhmHc+1HapDXn0b/M9PD8weRvxiBrfe3jZEWv30FOVaVrihz3llUTiNS5lUD5kJ/qLX76Q==

            """

        private static let rules = """
            # Who shows no name.
            topic read public/#

            user anna
            topic readwrite sensors/#
            topic deny sensors/secret/#
            topic read told/#

            user bert
            topic read sensors/#
            topic read told/#

            user dora
            topic read sensors/last

            # Everybody.
            pattern readwrite clients/%c/#
            pattern write told/%u

            """

        private let directory: TemporaryDirectory

        init() throws {
            directory = try TemporaryDirectory()
            _ = try directory.write(Self.users, to: "passwd")
            _ = try directory.write(Self.rules, to: "acl")
        }

        private func withUsers(_ body: (BrokerProcess, Mosquitto) async throws -> Void) async throws {
            let settings = """
                <authentication><password-file><path>\(directory.file("passwd"))</path></password-file></authentication>
                <authorization><access-file><path>\(directory.file("acl"))</path></access-file></authorization>
                """
            try await withBroker(settings: settings) { try await body($0, Mosquitto(port: $0.port)) }
        }

        private func named(_ user: String, _ identifier: String) -> [String] {
            ["-u", user, "-P", "pass of \(user)", "-i", identifier]
        }

        private func publish(_ client: Mosquitto, _ login: [String], _ topic: String, _ text: String) async throws {
            try await ChildProcess(
                "mosquitto_pub",
                ["-h", "127.0.0.1", "-p", "\(client.port)"] + login + ["-t", topic, "-m", text, "-q", "1"]
            ).success()
        }

        @Test("Users of both kinds of hashes come in with their passwords, all others do not, and are not told why")
        func passwords() async throws {
            try await withUsers { broker, client in
                for user in ["anna", "bert", "dora"] {
                    try await publish(client, named(user, "c"), "told/\(user)", "x")
                }
                var answers: Set<String> = []
                for login in [["-u", "anna", "-P", "pass of bert"], ["-u", "nobody", "-P", "x"]] {
                    let refused = try ChildProcess(
                        "mosquitto_pub",
                        ["-h", "127.0.0.1", "-p", "\(broker.port)", "-t", "told/anna", "-m", "x"] + login)
                    #expect(try await refused.ending() != .exit(0))
                    answers.insert(refused.errors)
                }
                #expect(answers.count == 1, "\(answers)")
                let unnamed = try ChildProcess(
                    "mosquitto_pub", ["-h", "127.0.0.1", "-p", "\(broker.port)", "-t", "public/a", "-m", "x"])
                #expect(try await unnamed.ending() != .exit(0))
                #expect(!broker.log.contains { $0.contains("pass of") })
            }
        }

        @Test("The rules hold as in Mosquitto: by user, by pattern, and a denial before any permission")
        func access() async throws {
            try await withUsers { _, client in
                let bert = try await client.subscriber(
                    named("bert", "b") + ["-t", "sensors/#", "-t", "told/#", "-q", "1"])
                let own = try await client.subscriber(
                    named("dora", "d-1") + ["-t", "clients/d-1/#", "-t", "sensors/last", "-q", "1"])
                for (login, topic) in [
                    (named("anna", "a"), "sensors/1"), (named("anna", "a"), "sensors/secret/1"),
                    (named("bert", "x"), "sensors/2"), (named("dora", "x"), "sensors/3"),
                    (named("dora", "x"), "told/anna"), (named("dora", "x"), "told/dora"),
                    (named("anna", "a"), "clients/d-1/up"), (named("dora", "d-1b"), "clients/d-1b/up"),
                    (named("anna", "a"), "sensors/last"),
                ] { try await publish(client, login, topic, "x") }
                #expect(try await bert.messages(3) == ["sensors/1 1 0 x", "told/dora 1 0 x", "sensors/last 1 0 x"])
                #expect(try await own.messages(1) == ["sensors/last 1 0 x"])
            }
        }

        @Test("Files that are read again hold for who is connected: lost users go, lost permissions end")
        func reload() async throws {
            try await withUsers { broker, client in
                let bert = try await client.subscriber(named("bert", "b") + ["-t", "told/#", "-q", "1"])
                let anna = try await client.subscriber(
                    named("anna", "a") + ["-t", "sensors/#", "-t", "told/#", "-q", "1"])
                _ = try directory.write(Self.users.replacing(#/bert:.*\n/#, with: ""), to: "passwd")
                _ = try directory.write(
                    Self.rules.replacing("topic readwrite sensors/#", with: "topic write sensors/#"), to: "acl")
                broker.child.send(signal: SIGHUP)
                // It comes back by itself, and is refused.
                try await bert.line(containing: "bad user name or password")
                try await publish(client, named("dora", "d"), "told/dora", "before")
                #expect(try await anna.messages(1) == ["told/dora 1 0 before"])
                try await publish(client, named("anna", "w"), "sensors/1", "nobody may read it any more")
                try await publish(client, named("dora", "d"), "told/dora", "after")
                #expect(try await anna.messages(2) == ["told/dora 1 0 before", "told/dora 1 0 after"])
                _ = try directory.write("anna:nonsense\n", to: "passwd")
                let told = try ChildProcess(try Project.skepctl(), ["reload", "--socket", broker.socket])
                #expect(try await told.ending() == .exit(1) && told.errors.contains("passwd:1: "), "\(told.errors)")
                try await publish(client, named("dora", "d"), "told/dora", "still in")
            }
        }
    }
}
