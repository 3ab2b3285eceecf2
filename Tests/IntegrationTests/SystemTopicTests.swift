import Testing

extension IntegrationTests {
    @Suite("$SYS")
    struct SystemTopicTests {
        private static let often = "<metrics><sys-topics><interval>1</interval></sys-topics></metrics>"

        @Test("A subscriber of $SYS gets all values at once, and then new ones again and again")
        func values() async throws {
            try await withBroker(settings: Self.often) { broker in
                let mosquitto = Mosquitto(port: broker.port)
                let everything = try await mosquitto.subscriber(["-t", "$SYS/#"])
                for topic in [
                    "$SYS/broker/uptime", "$SYS/broker/version", "$SYS/broker/clients/connected",
                    "$SYS/broker/messages/received", "$SYS/broker/load/messages/received/1min",
                    "$SYS/broker/messages/publish/dropped", "$SYS/broker/subscriptions/count",
                    "$SYS/broker/retained messages/count",
                ] {
                    try await everything.line(containing: "message \(topic) ")
                }
                try await everything.line(containing: "message $SYS/broker/clients/connected 0 0 1")
                try await everything.line(containing: "message $SYS/broker/subscriptions/count 0 0 1")
                try await mosquitto.publish("-t", "a", "-m", "kept", "-r")
                try await everything.line(containing: "message $SYS/broker/messages/retained/count 0 0 1")
            }
        }

        @Test("A client cannot publish below $SYS, and a subscriber of # does not see it")
        func reserved() async throws {
            try await withBroker(settings: Self.often) { broker in
                let mosquitto = Mosquitto(port: broker.port)
                let everything = try await mosquitto.subscriber(["-t", "#"])
                let version = try await mosquitto.subscriber(["-t", "$SYS/broker/version"])
                try await mosquitto.publish("-t", "$SYS/broker/version", "-m", "forged", "-q", "1")
                try await mosquitto.publish("-t", "last", "-m", "last", "-q", "1")
                try await everything.line(containing: "message last ")
                #expect(!everything.outputLines.contains { $0.contains("$SYS") })
                #expect(!version.outputLines.contains { $0.contains("forged") })
            }
        }
    }
}
