import Foundation
import Testing

extension IntegrationTests {
    @Suite("mosquitto_pub and mosquitto_sub: MQTT 5")
    struct MosquittoVersion5Tests {
        @Test("All properties of a message reach the subscriber")
        func properties() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                let subscriber = try await client.subscriber(
                    ["-t", "p", "-q", "1"], format: "%C|%R|%D|%F|%P|%p")
                try await client.publish(
                    "-t", "p", "-m", "text", "-q", "1", "-D", "publish", "content-type", "text/plain",
                    "-D", "publish", "response-topic", "answers/1", "-D", "publish", "correlation-data", "id-7",
                    "-D", "publish", "payload-format-indicator", "1", "-D", "publish", "user-property", "colour", "red",
                    "-D", "publish", "user-property", "colour", "blue")
                let messages = try await subscriber.messages(1)
                #expect(messages == ["text/plain|answers/1|id-7|1|colour:red colour:blue|text"])
            }
        }

        @Test("A subscription identifier comes with each message, also with a retained one")
        func subscriptionIdentifier() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                try await client.publish("-t", "s/retained", "-m", "a", "-r")
                let subscriber = try await client.subscriber(
                    ["-t", "s/#", "-D", "subscribe", "subscription-identifier", "4711"], format: "%S %p")
                try await client.publish("-t", "s/live", "-m", "b")
                let messages = try await subscriber.messages(2)
                #expect(messages == ["4711 a", "4711 b"])
            }
        }

        @Test("A message that has expired while its client was away is not delivered")
        func messageExpiry() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                let session = ["-i", "sleeper", "-c", "-x", "3600", "-t", "e/#", "-q", "1"]
                try await client.start(session + ["-E"]).success()
                try await client.publish(
                    "-t", "e/short", "-m", "short", "-q", "1", "-D", "publish", "message-expiry-interval", "1")
                try await client.publish(
                    "-t", "e/long", "-m", "long", "-q", "1", "-D", "publish", "message-expiry-interval", "1000")
                try await Task.sleep(for: .milliseconds(1500))
                let back = try await client.subscriber(session, format: "%t %E")
                try await client.publish("-t", "e/end", "-m", "end", "-q", "1")
                let messages = try await back.messages(2)
                let long = try #require(messages.first?.split(separator: " "))
                let left = try #require(Int(long[1]))
                #expect(long[0] == "e/long")
                #expect((1..<1000).contains(left), "what remains is forwarded")
                #expect(messages[1].hasPrefix("e/end"))
            }
        }

        @Test("A delayed will is not published if its client returns in time")
        func willDelay() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                let watcher = try await client.subscriber(["-t", "wills/#", "-q", "1"], format: "%t %p")
                func device(_ name: String, delay: String) async throws -> ChildProcess {
                    try await client.subscriber([
                        "-t", "x", "-i", name, "-c", "-x", "3600", "--will-topic", "wills/\(name)",
                        "--will-payload", "gone", "-D", "will", "will-delay-interval", delay,
                    ])
                }
                let returning = try await device("returning", delay: "3600")
                let lost = try await device("lost", delay: "1")
                returning.send(signal: SIGKILL)
                lost.send(signal: SIGKILL)
                let returned = try await device("returning", delay: "3600")
                _ = try await watcher.line(containing: "wills/lost gone")
                #expect(watcher.messages == ["wills/lost gone"])
                #expect(returned.isRunning)
            }
        }

        @Test("A session whose expiry has come is gone")
        func sessionExpiry() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                let session = ["-i", "brief", "-c", "-x", "1", "-t", "q/#", "-q", "1"]
                try await client.start(session + ["-E"]).success()
                try await Task.sleep(for: .milliseconds(1500))
                try await client.publish("-t", "q/1", "-m", "missed", "-q", "1")
                let back = try await client.subscriber(session)
                try await client.publish("-t", "q/end", "-m", "end", "-q", "1")
                let messages = try await back.messages(1)
                #expect(messages == ["q/end 1 0 end"])
            }
        }

        @Test("A question is answered by request and response")
        func requestResponse() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                let service = try await client.subscriber(["-t", "questions"], format: "%R %p")
                async let answer = client.request("questions", "how are you", answerTo: "answers/me")
                let question = try await service.messages(1)
                #expect(question == ["answers/me how are you"])
                try await client.publish("-t", "answers/me", "-m", "well")
                let text = try await answer
                #expect(text == "well\n")
            }
        }

        @Test("A publish within a small packet size of the subscriber arrives, a larger one does not")
        func maximumPacketSize() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: .v5)
                let subscriber = try await client.subscriber(
                    ["-t", "m", "-q", "1", "-D", "connect", "maximum-packet-size", "100"], format: "%p")
                try await client.publish("-t", "m", "-m", String(repeating: "x", count: 200), "-q", "1")
                try await client.publish("-t", "m", "-m", "small", "-q", "1")
                let messages = try await subscriber.messages(1)
                #expect(messages == ["small"])
            }
        }
    }
}
