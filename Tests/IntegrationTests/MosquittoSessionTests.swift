import Foundation
import Testing

extension IntegrationTests {
    @Suite("mosquitto_pub and mosquitto_sub: retained messages, wills, sessions")
    struct MosquittoSessionTests {
        @Test(
            "A retained message reaches who subscribes later, until it is cleared",
            arguments: Mosquitto.Version.allCases)
        func retained(_ version: Mosquitto.Version) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: version)
                try await client.publish("-t", "state/door", "-m", "closed", "-q", "1", "-r")
                try await client.publish("-t", "state/door", "-m", "open", "-q", "1", "-r")
                let first = try await client.subscriber(["-t", "state/#", "-q", "1"])
                let latest = try await first.messages(1)
                #expect(latest == ["state/door 1 1 open"])
                try await client.publish("-t", "state/door", "-n", "-q", "1", "-r")
                let second = try await client.subscriber(["-t", "state/#", "-q", "1"])
                try await client.publish("-t", "state/end", "-m", "end", "-q", "1")
                let messages = try await second.messages(1)
                #expect(messages == ["state/end 1 0 end"], "a cleared message is not delivered")
            }
        }

        @Test("The will of a client that is killed is published", arguments: Mosquitto.Version.allCases)
        func willAfterKill(_ version: Mosquitto.Version) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: version)
                let watcher = try await client.subscriber(["-t", "wills/#", "-q", "2"])
                let device = try await client.subscriber([
                    "-t", "x", "-i", "device", "--will-topic", "wills/device", "--will-payload", "gone",
                    "--will-qos", "2", "--will-retain",
                ])
                device.send(signal: SIGKILL)
                let messages = try await watcher.messages(1)
                #expect(messages == ["wills/device 2 0 gone"])
                let later = try await client.subscriber(["-t", "wills/#", "-q", "2"])
                let retained = try await later.messages(1)
                #expect(retained == ["wills/device 2 1 gone"])
            }
        }

        @Test("A client that says goodbye has no will", arguments: Mosquitto.Version.allCases)
        func noWillAfterDisconnect(_ version: Mosquitto.Version) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: version)
                let watcher = try await client.subscriber(["-t", "wills/#", "-q", "1"])
                try await client.publish(
                    "-t", "x", "-m", "x", "--will-topic", "wills/device", "--will-payload", "gone")
                try await client.publish("-t", "wills/end", "-m", "end", "-q", "1")
                let messages = try await watcher.messages(1)
                #expect(messages == ["wills/end 1 0 end"])
            }
        }

        @Test("A durable session gets what was published while its client was away", arguments: Delivery.all)
        func durableSession(_ delivery: Delivery) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: delivery.version)
                let expiry = delivery.version == .v5 ? ["-x", "3600"] : []
                let session = ["-i", "sleeper", "-c", "-t", "queue/#", "-q", "\(delivery.qos)"] + expiry
                try await client.start(session + ["-E"]).success()
                for number in 1...5 {
                    try await client.publish("-t", "queue/\(number)", "-m", "m\(number)", "-q", "\(delivery.qos)")
                }
                let back = try await client.subscriber(session)
                let end = delivery.qos == 0 ? "1" : "\(delivery.qos)"
                try await client.publish("-t", "queue/end", "-m", "end", "-q", end)
                let waiting = (1...5).map { "queue/\($0) \(delivery.qos) 0 m\($0)" }
                // QoS 0 is not kept for a client that is away.
                let expected = (delivery.qos == 0 ? [] : waiting) + ["queue/end \(delivery.qos) 0 end"]
                _ = try await back.line(containing: "message queue/end")
                #expect(back.messages == expected)
            }
        }

        @Test("A clean session ends with its connection", arguments: Mosquitto.Version.allCases)
        func cleanSession(_ version: Mosquitto.Version) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: version)
                try await client.start(["-i", "guest", "-t", "queue/#", "-q", "1", "-E"]).success()
                try await client.publish("-t", "queue/1", "-m", "missed", "-q", "1")
                let back = try await client.subscriber(["-i", "guest", "-t", "queue/#", "-q", "1"])
                try await client.publish("-t", "queue/end", "-m", "end", "-q", "1")
                let messages = try await back.messages(1)
                #expect(messages == ["queue/end 1 0 end"])
            }
        }
    }
}
