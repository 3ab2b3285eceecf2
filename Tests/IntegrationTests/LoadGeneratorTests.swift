import Foundation
import Testing

extension IntegrationTests {
    @Suite("skepbench against the broker")
    struct LoadGeneratorTests {
        private static let long = ["--duration", "20"]
        private static let brief = ["--duration", "0.3", "--warmup", "0.1"]

        /// One run; the report as an object of JSON.
        private func report(_ broker: BrokerProcess, _ arguments: [String]) async throws -> [String: Any] {
            let text = try await ChildProcess(
                try Project.skepbench(),
                arguments + ["--port", "\(broker.port)", "--pid", "\(broker.child.identifier)", "--json"]
            ).success()
            return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        private func number(_ key: String, _ report: [String: Any]) throws -> Double {
            try #require((report[key] as? NSNumber)?.doubleValue, "\(key) in \(report)")
        }

        @Test(
            "Every message of every scenario of traffic comes once, and is measured",
            arguments: [
                ["fan-in"], ["fan-in", "--qos", "1", "--protocol-version", "5", "--window", "20"],
                ["fan-out", "--qos", "2"],
                ["fan-out", "--publishers", "3", "--threads", "2"], ["pairs", "--qos", "2", "--protocol-version", "5"],
                ["pairs", "--qos", "1", "--protocol-version", "3.1", "--rate", "500"],
                ["pairs", "--pairs", "5", "--payload", "20000", "--churn", "200"],
                ["pairs", "--idle", "20", "--filters", "5000", "--rate", "1000", "--threads", "2"],
                ["shared", "--qos", "1"], ["pairs", "--pairs", "1", "--payload", "60000", "--rate", "1000"],
                ["fan-out", "--rate", "200", "--threads", "3"], ["fleet", "--rate", "500", "--devices", "120"],
            ])
        func traffic(arguments: [String]) async throws {
            try await withBroker { broker in
                let report = try await report(broker, arguments + Self.brief)
                for key in ["lost", "surplus", "closed", "rejected"] {
                    #expect(try number(key, report) == 0, "\(key)")
                }
                #expect(try number("latency_count", report) > 0)
                #expect(try number("in_per_s", report) > 0)
                #expect(try number("out_per_s", report) > 0)
                #expect(try number("broker_cpu_us_per_message", report) > 0)
                #expect(try number("broker_resident_bytes", report) > 1_000_000)
            }
        }

        @Test(
            "A broker that misbehaves ends the run with a sentence and status 76, whatever it does",
            arguments: [
                "long refusal", "short connack", "broken properties", "small packets", "no qos", "lower qos",
                "refused subscription", "closed while others connect", "garbage", "endless length",
                "topic beyond the packet", "huge packet", "unsent messages", "unsent acknowledgements",
                "unsent receipts", "disconnect",
            ])
        func hostile(mode: String) async throws {
            let broker = try ChildProcess(try Project.python(), [Project.client("hostile_broker.py"), mode])
            let port = try await broker.wait(for: "the port") { Int(broker.output.prefix { $0.isNumber }) }
            let run = try ChildProcess(
                try Project.skepbench(),
                ["pairs", "--pairs", "5", "--qos", "1", "--protocol-version", "5", "--port", "\(port)"] + Self.long)
            #expect(try await run.ending() == .exit(76), "\(run.output) \(run.errors)")
            #expect(run.errors.hasPrefix("skepbench: "))
            broker.send(signal: SIGKILL)
            _ = try await broker.ending()
        }

        @Test("Light clients measure no message that nobody has sent")
        func hostileToLightClients() async throws {
            let broker = try ChildProcess(
                try Project.python(), [Project.client("hostile_broker.py"), "negative stamps"])
            let port = try await broker.wait(for: "the port") { Int(broker.output.prefix { $0.isNumber }) }
            let run = try ChildProcess(
                try Project.skepbench(), ["storm", "--clients", "2", "--settled", "2", "--port", "\(port)"])
            #expect(try await run.ending() == .exit(76), "\(run.output) \(run.errors)")
            broker.send(signal: SIGKILL)
            _ = try await broker.ending()
        }

        @Test("What a broker drops is told as lost")
        func lost() async throws {
            let settings = "<mqtt><queued-messages><max-queue-size>10</max-queue-size></queued-messages></mqtt>"
            try await withBroker(settings: settings) { broker in
                let report = try await report(broker, ["offline", "--clients", "5", "--messages", "30"])
                #expect(try number("lost", report) == 5 * 20)
                #expect(try number("drain_count", report) == 5 * 10)
            }
        }

        @Test("Queues are filled and drained, and nothing is lost", arguments: ["3.1.1", "5"])
        func offline(version: String) async throws {
            try await withBroker { broker in
                let report = try await report(
                    broker,
                    ["offline", "--clients", "7", "--messages", "40", "--qos", "2", "--protocol-version", version])
                #expect(try number("lost", report) == 0)
                #expect(try number("fill_count", report) == 280)
                #expect(try number("drain_count", report) == 280)
            }
        }

        @Test("Retained messages are set, handed out to all, and cleared")
        func retained() async throws {
            try await withBroker { broker in
                let arguments = ["retained", "--messages", "300", "--subscribers", "4", "--subscriber-qos", "1"]
                let first = try await report(broker, arguments)
                #expect(try number("lost", first) == 0)
                #expect(try number("flood_count", first) == 1_200)
                // Nothing was left behind.
                let left = try await ChildProcess(
                    try Project.skepctl(), ["retained", "list", "skepbench/#", "--json", "--socket", broker.socket]
                ).success()
                #expect(!left.contains("skepbench/"), "\(left)")
            }
        }

        @Test("Idle clients are counted, and two reports can be compared")
        func idleAndCompare() async throws {
            try await withBroker { broker in
                let directory = try TemporaryDirectory()
                var files: [String] = []
                for name in ["a.json", "b.json"] {
                    let text = try await ChildProcess(
                        try Project.skepbench(),
                        ["idle", "--clients", "50", "--hold", "1", "--port", "\(broker.port)", "--json"]
                    ).success()
                    files.append(try directory.write(text, to: name))
                }
                let table = try await ChildProcess(try Project.skepbench(), ["compare"] + files).success()
                #expect(table.contains("connected_per_s"))
                #expect(table.contains("x"))
            }
        }
    }
}
