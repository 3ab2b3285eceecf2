import Foundation
import Testing

extension IntegrationTests {
    @Suite("A real Prometheus")
    struct PrometheusTests {
        private static let metrics = "<metrics><http><port>0</port></http></metrics>"

        /// Where a broker says that its metrics are.
        private func address(_ broker: BrokerProcess) async throws -> String {
            let line = try await broker.child.line(containing: "Metrics on http://")
            return String(line.split(separator: "Metrics on http://")[1].prefix { $0 != "/" })
        }

        /// Publishes a hundred messages with QoS 1.
        private func publish(_ broker: BrokerProcess) async throws {
            try await Mosquitto(port: broker.port).publish(
                "-t", "load", "-q", "1", "-m", "message", "--repeat", "100")
        }

        /// A port that nobody has at this moment.
        private func freePort() async throws -> Int {
            let program = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
            let text = try await ChildProcess(Project.python(), ["-c", program]).success()
            return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        private func get(_ url: String, _ arguments: String...) async throws -> String {
            try await ChildProcess("curl", ["-s", "--max-time", "20"] + arguments + [url]).success()
        }

        @Test("promtool finds nothing to complain about, with and without load")
        func promtool() async throws {
            try await withBroker(settings: Self.metrics) { broker in
                let address = try await address(broker)
                try await publish(broker)
                let directory = try TemporaryDirectory()
                let text = try await get("http://\(address)/metrics")
                let file = try directory.write(text, to: "metrics.txt")
                let complaints = try await ChildProcess(
                    "bash", ["-c", "promtool check metrics < \"$1\" 2>&1; echo \"status $?\"", "bash", file]
                ).success()
                #expect(complaints == "status 0\n")
            }
        }

        @Test("Prometheus' own strict parser reads the OpenMetrics text")
        func openMetrics() async throws {
            try await withBroker(settings: Self.metrics) { broker in
                let address = try await address(broker)
                let directory = try TemporaryDirectory()
                let text = try await get(
                    "http://\(address)/metrics", "-H", "Accept: application/openmetrics-text;version=1.0.0")
                let file = try directory.write(text, to: "metrics.txt")
                let program = """
                    import sys
                    from prometheus_client.openmetrics.parser import text_string_to_metric_families
                    print(len(list(text_string_to_metric_families(open(sys.argv[1]).read()))))
                    """
                let count = try await ChildProcess(Project.python(), ["-c", program, file]).success()
                #expect((Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) > 100)
            }
        }

        @Test("Prometheus sees series move under load, native ones and those of HiveMQ's dashboard")
        func scrapes() async throws {
            try await withBroker(settings: Self.metrics) { broker in
                let address = try await address(broker)
                let directory = try TemporaryDirectory()
                let file = try directory.write(Self.configuration(address), to: "prometheus.yml")
                let port = try await freePort()
                let prometheus = try ChildProcess(
                    "prometheus",
                    [
                        "--config.file=\(file)", "--storage.tsdb.path=\(directory.path)/data",
                        "--web.listen-address=127.0.0.1:\(port)",
                    ], directory: directory.path)
                defer { prometheus.send(signal: SIGTERM) }
                let server = "http://127.0.0.1:\(port)"
                try await publish(broker)
                for query in Self.queries {
                    try await eventually("an answer to \(query)") {
                        try await value(query, server) != nil
                    }
                }
                let name = "skep_publishes_received_total{qos=\"1\"}"
                let before = try #require(try await value(name, server))
                try await publish(broker)
                try await eventually("growth of \(name)") { (try await value(name, server) ?? 0) >= before + 100 }
                let hiveMQ = "com_hivemq_messages_incoming_publish_count"
                try await eventually("growth of \(hiveMQ)") {
                    (try await value(hiveMQ, server) ?? 0) >= before + 100
                }
            }
        }

        private static func configuration(_ address: String) -> String {
            """
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: skep
                static_configs: [{targets: ["\(address)"]}]
              - job_name: hivemq
                metrics_path: /servlet/metrics
                static_configs: [{targets: ["\(address)"]}]
            """
        }

        /// One of each kind, and what HiveMQ's dashboards ask for.
        private static let queries = [
            "up{job=\"skep\"} == 1", "up{job=\"hivemq\"} == 1", "skep_publishes_received_total{qos=\"1\"} > 0",
            "process_resident_memory_bytes > 1000000", "process_open_fds > 3", "skep_stress_level",
            "histogram_quantile(0.99, rate(skep_tick_duration_seconds_bucket[5m]))", "skep_build_info",
            "skep_sampler_up{sampler=\"process_memory\"} == 1", "skep_connections",
            "com_hivemq_networking_connections_current", "com_hivemq_messages_retained_current",
            "com_hivemq_sessions_overall_current", "com_hivemq_subscriptions_overall_current",
            "com_hivemq_messages_queued_count", "com_hivemq_networking_bytes_read_total",
            "rate(com_hivemq_messages_incoming_publish_count[1m])", "com_hivemq_messages_incoming_publish_rate_total",
            "{__name__=~\"com_hivemq_messages_dropped_(.+)_count\"}", "com_hivemq_messages_incoming_total_bytes",
            "com_hivemq_supervision_overload_protection_level", "com_hivemq_overload_protection_level",
            "com_hivemq_system_os_process_memory_resident_set_size", "com_hivemq_system_os_global_memory_total",
            "{__name__=~\"com_hivemq_system_os_network_interface_.+_bytes_received\"}",
            "com_hivemq_networking_connections_closed_graceful_count",
        ]

        /// The first value that a query gives; nil if it gives none.
        private func value(_ query: String, _ server: String) async throws -> Double? {
            // While Prometheus starts nobody answers.
            let answer = (try? await get("\(server)/api/v1/query", "-G", "--data-urlencode", "query=\(query)")) ?? ""
            guard let json = try? JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any],
                let data = json["data"] as? [String: Any], let result = data["result"] as? [[String: Any]],
                let pair = result.first?["value"] as? [Any], pair.count == 2, let text = pair[1] as? String
            else { return nil }
            return Double(text)
        }

        /// Asks again and again; gives up after a minute.
        private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
            for _ in 0..<300 {
                if try await condition() { return }
                try await Task.sleep(for: .milliseconds(200))
            }
            Issue.record("waited in vain for \(what)")
        }
    }
}
