import Foundation
import Testing

extension IntegrationTests {
    /// In each of these a well-behaved client publishes to itself all along; the script fails unless it gets every
    /// message back.
    @Suite("Abuse over real sockets")
    struct AbuseTests {
        private static let megabyte = 1_000_000

        /// Runs a scenario of `abuse.py` and returns the numbers that it reports.
        private func abuse(_ broker: BrokerProcess, _ scenario: String) async throws -> [String: Int] {
            let client = try ChildProcess(
                "/usr/bin/python3",
                [Project.client("abuse.py"), scenario, "\(broker.port)", "\(broker.child.identifier)"],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"])
            let text = try await client.success(within: .seconds(240))
            let pairs = text.split(separator: "\n").map { $0.split(separator: "=") }
            var numbers: [String: Int] = [:]
            for pair in pairs where pair.count == 2 { numbers["\(pair[0])"] = Int(pair[1]) }
            #expect(try #require(numbers["echoes"]) > 0)
            return numbers
        }

        @Test("Clients that never read get no more memory than their limits", arguments: [0, 1])
        func neverReads(_ qos: Int) async throws {
            try await withBroker { broker in
                let numbers = try await abuse(broker, "never_reads_\(qos)")
                // 400 MB were published to four of them; each may hold 5 MB unsent and a queue of 1,000 messages of
                // 10 kB, which they share.
                #expect(try #require(numbers["growth"]) < 80 * Self.megabyte)
                #expect(broker.log.contains { $0.contains("A message was dropped") })
            }
        }

        @Test("A client that sends no CONNECT in time is closed")
        func noConnect() async throws {
            let settings = """
                <restrictions><no-connect-idle-timeout>1000</no-connect-idle-timeout></restrictions>
                """
            try await withBroker(settings: settings) { broker in
                let numbers = try await abuse(broker, "no_connect")
                #expect(numbers["closed"] == 100)
                #expect(broker.log.contains { $0.contains("no CONNECT came in time") })
            }
        }

        @Test("A client that closes its sending side is closed and its will published")
        func halfClose() async throws {
            try await withBroker { broker in
                let numbers = try await abuse(broker, "half_close")
                #expect(numbers["closed"] == 50)
                #expect(numbers["wills"] == 50)
            }
        }

        @Test("5,000 clients that connect at once and vanish leave nothing behind")
        func vanish() async throws {
            try await withBroker { broker in
                let numbers = try await abuse(broker, "vanish")
                #expect(try #require(numbers["growth"]) < 100 * Self.megabyte)
            }
        }

        @Test("Packets that never end are held within one limit for all clients together")
        func partialPackets() async throws {
            let settings = """
                <threads><event-loops>1</event-loops></threads>
                <mqtt><packets>
                <max-packet-size>2000000</max-packet-size><max-reassembly-bytes>16000000</max-reassembly-bytes>
                </packets></mqtt>
                """
            try await withBroker(settings: settings) { broker in
                let numbers = try await abuse(broker, "partial_packets")
                // 200 MB were sent; buffers grow in powers of two.
                #expect(try #require(numbers["growth"]) < 60 * Self.megabyte)
                let alive = try #require(numbers["alive"])
                #expect((1...16).contains(alive), "those within the limit live on")
            }
        }

        @Test("Conversations that come one byte at a time are understood")
        func drip() async throws {
            try await withBroker { broker in
                let numbers = try await abuse(broker, "drip")
                #expect(numbers["answered"] == 300)
            }
        }

        @Test("When descriptors run out, accepting rests, those who are there are served, and it recovers")
        func noDescriptors() async throws {
            try await withBroker(openFiles: 128) { broker in
                let numbers = try await abuse(broker, "no_descriptors")
                #expect(numbers["limit"] == 128)
                let served = try #require(numbers["served"])
                let turnedAway = try #require(numbers["turned_away"])
                #expect(served + turnedAway == 148)
                #expect(served > 64)
                #expect(turnedAway >= 20)
                let rests = broker.log.filter { $0.contains("Accepting rests for 100 ms") }
                #expect(!rests.isEmpty)
                #expect(rests.allSatisfy { $0.contains("listener=tcp-listener-0") })
            }
        }
    }
}
