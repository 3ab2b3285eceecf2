import Foundation
import Testing

/// A protocol version with a QoS.
struct Delivery: Sendable, CustomTestStringConvertible {
    let version: Mosquitto.Version
    let qos: Int

    static let all = Mosquitto.Version.allCases.flatMap { version in
        (0...2).map { Delivery(version: version, qos: $0) }
    }

    var testDescription: String { "\(version.rawValue) QoS \(qos)" }
}

extension IntegrationTests {
    @Suite("mosquitto_pub and mosquitto_sub: delivery")
    struct MosquittoDeliveryTests {
        @Test("A subscriber receives what is published, at its QoS", arguments: Delivery.all)
        func publishAndSubscribe(_ delivery: Delivery) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: delivery.version)
                let subscriber = try await client.subscriber(["-t", "house/+/door", "-q", "\(delivery.qos)"])
                try await client.publish("-t", "house/1/door", "-m", "open", "-q", "\(delivery.qos)")
                let messages = try await subscriber.messages(1)
                #expect(messages == ["house/1/door \(delivery.qos) 0 open"])
            }
        }

        @Test("A message goes out at the lower QoS of publisher and subscriber")
        func lowerQoS() async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port)
                let low = try await client.subscriber(["-t", "a", "-q", "0"])
                let high = try await client.subscriber(["-t", "a", "-q", "2"])
                try await client.publish("-t", "a", "-m", "twice", "-q", "2")
                try await client.publish("-t", "a", "-m", "once", "-q", "1")
                let atLow = try await low.messages(2)
                let atHigh = try await high.messages(2)
                #expect(atLow == ["a 0 0 twice", "a 0 0 once"])
                #expect(atHigh == ["a 2 0 twice", "a 1 0 once"])
            }
        }

        @Test("Clients of all three versions hear each other")
        func acrossVersions() async throws {
            try await withBroker { broker in
                var subscribers: [ChildProcess] = []
                for version in Mosquitto.Version.allCases {
                    let client = Mosquitto(port: broker.port, version: version)
                    subscribers.append(try await client.subscriber(["-t", "#", "-q", "2"]))
                }
                for version in Mosquitto.Version.allCases {
                    let client = Mosquitto(port: broker.port, version: version)
                    try await client.publish("-t", "from/\(version.rawValue)", "-m", "hello", "-q", "2")
                }
                for subscriber in subscribers {
                    let messages = try await subscriber.messages(3)
                    #expect(messages == Mosquitto.Version.allCases.map { "from/\($0.rawValue) 2 0 hello" })
                }
            }
        }

        @Test("A payload of a megabyte arrives unchanged", arguments: Delivery.all)
        func largePayload(_ delivery: Delivery) async throws {
            try await withBroker { broker in
                let payload = String((0..<200_000).map { "\($0)-" }.joined().prefix(1_000_000))
                let directory = try TemporaryDirectory()
                let file = try directory.write(payload, to: "payload")
                let client = Mosquitto(port: broker.port, version: delivery.version)
                let qos = "\(delivery.qos)"
                let subscriber = try await client.subscriber(["-t", "big", "-q", qos, "-C", "1"], format: "%l %p")
                try await client.publish("-t", "big", "-f", file, "-q", qos)
                try await subscriber.success()
                let isSame = subscriber.messages == ["\(payload.utf8.count) \(payload)"]
                #expect(isSame)
            }
        }

        @Test("A thousand messages of each QoS arrive once each and in order", arguments: Delivery.all)
        func manyInOrder(_ delivery: Delivery) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: delivery.version)
                let qos = "\(delivery.qos)"
                let subscriber = try await client.subscriber(["-t", "line", "-q", qos], format: "%p")
                let lines = (1...1000).map { "line \($0)" }
                let publisher = try ChildProcess(
                    "mosquitto_pub",
                    ["-p", "\(broker.port)", "-V", delivery.version.rawValue, "-t", "line", "-q", qos, "-l"],
                    input: lines.joined(separator: "\n") + "\n")
                try await publisher.success()
                try await client.publish("-t", "line", "-m", "end", "-q", qos)
                let messages = try await subscriber.messages(1001)
                #expect(messages == lines + ["end"])
            }
        }

        @Test(
            "The members of a shared subscription divide the messages among themselves",
            arguments: ["$share/g/", "$share:g:"])
        func sharedSubscription(_ prefix: String) async throws {
            try await withBroker { broker in
                let client = Mosquitto(port: broker.port, version: prefix.hasPrefix("$share/") ? .v5 : .v311)
                let arguments = ["-t", "\(prefix)work/#", "-t", "end", "-q", "1"]
                let first = try await client.subscriber(arguments, format: "%p")
                let second = try await client.subscriber(arguments, format: "%p")
                for number in 0..<20 { try await client.publish("-t", "work/\(number)", "-m", "\(number)", "-q", "1") }
                try await client.publish("-t", "end", "-m", "end", "-q", "1")
                _ = try await first.line(containing: "message end")
                _ = try await second.line(containing: "message end")
                let shares = [first, second].map { $0.messages.compactMap(Int.init) }
                #expect((shares[0] + shares[1]).sorted() == Array(0..<20))
                #expect(shares.allSatisfy { !$0.isEmpty })
            }
        }
    }
}
