import Foundation
import Testing

extension IntegrationTests {
    @Suite("skep: shutdown")
    struct ShutdownTests {
        @Test("SIGTERM and SIGINT end the broker with status 0 within 5 s", arguments: [SIGTERM, SIGINT])
        func signal(_ signal: Int32) async throws {
            let broker = try await BrokerProcess()
            var subscribers: [ChildProcess] = []
            for version in Mosquitto.Version.allCases {
                let client = Mosquitto(port: broker.port, version: version)
                subscribers.append(try await client.subscriber(["-t", "#", "-q", "1"]))
            }
            broker.child.send(signal: signal)
            let ending = try await broker.child.ending(within: .seconds(5))
            #expect(ending == .exit(0))
            #expect(broker.log.last?.hasSuffix("info Stopped") == true)
        }

        @Test("SIGHUP ends nothing")
        func hangup() async throws {
            try await withBroker { broker in
                broker.child.send(signal: SIGHUP)
                try await broker.child.line(containing: "The settings were read again: nothing has changed")
                try await Mosquitto(port: broker.port).publish("-t", "still", "-m", "there")
            }
        }

        @Test("Clients that answer nothing do not keep the broker from ending within its time")
        func deafClients() async throws {
            let settings = """
                <restrictions><shutdown-timeout-millis>1000</shutdown-timeout-millis></restrictions>
                """
            let broker = try await BrokerProcess(settings: settings)
            let client = try ChildProcess(
                "/usr/bin/python3", [Project.client("raw_clients.py"), "deaf", "\(broker.port)"],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"])
            try await client.line(containing: "ready")
            try await broker.stop()
            client.send(signal: SIGKILL)
        }

        @Test("A client of version 5 is told 0x8B, and wills reach those who are still there")
        func goodbye() async throws {
            let broker = try await BrokerProcess()
            let client = try ChildProcess(
                "/usr/bin/python3", [Project.client("raw_clients.py"), "goodbye", "\(broker.port)"],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"])
            try await client.line(containing: "ready")
            try await broker.stop()
            try await client.success()
            #expect(client.outputLines.dropFirst() == ["wills 20", "disconnect 0x8b", "closed"])
        }

        @Test("While it stops, the broker accepts nobody")
        func noNewClients() async throws {
            let broker = try await BrokerProcess()
            broker.child.send(signal: SIGTERM)
            try await broker.child.line(containing: "Stopping: no new connections are accepted")
            try await broker.child.success()
            let late = try ChildProcess("mosquitto_pub", ["-p", "\(broker.port)", "-t", "x", "-m", "x"])
            let ending = try await late.ending()
            #expect(ending != .exit(0))
        }
    }
}
