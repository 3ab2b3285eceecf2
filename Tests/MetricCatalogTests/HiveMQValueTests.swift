import Testing

@testable import MetricCatalog

struct HiveMQValueTests {
    private func source(_ metrics: [String: [MetricSeries]]) -> (String) -> [MetricSeries] { { metrics[$0] ?? [] } }

    private let drops: [MetricSeries] = [
        (["client_queue_full", "0"], 1), (["client_queue_full", "1"], 2), (["client_queue_bytes_full", "1"], 4),
        (["broker_queue_bytes_full", "2"], 8), (["expired", "1"], 16),
    ]

    private func value(_ name: String, _ series: (String) -> [MetricSeries]) throws -> Double? {
        try #require(HiveMQCatalog.named("com.hivemq." + name)).value.value(using: series)
    }

    @Test("A sum takes the series that have the label values, and all of them without any")
    func sums() throws {
        let series = source(["skep_messages_dropped_total": drops])
        #expect(try value("messages.dropped.queue-full.count", series) == 15)
        #expect(try value("messages.dropped.count", series) == 31)
        #expect(try value("messages.dropped.rate", series) == 31)
    }

    @Test("A sum has no value when any of what it asks for is missing, and none of a metric that is missing")
    func missing() throws {
        let partial = source(["skep_messages_dropped_total": Array(drops.prefix(3))])
        #expect(try value("messages.dropped.queue-full.count", partial) == nil)
        #expect(try value("messages.dropped.not-writable.count", partial) == nil)
        #expect(try value("messages.dropped.count", partial) == 7)
        #expect(try value("messages.dropped.count", source([:])) == nil)
    }

    @Test("Series whose number of labels is not the catalogue's are left out")
    func malformed() {
        let value = HiveMQValue.sum(metric: "skep_sessions", where: ["state": ["online"]])
        #expect(value.value(using: source(["skep_sessions": [([], 1), (["online", "x"], 2), (["online"], 4)]])) == 4)
        #expect(value.value(using: source(["skep_sessions": [([], 1)]])) == nil)
    }

    @Test("An unknown metric or label has no value")
    func unknown() {
        let series: (String) -> [MetricSeries] = { _ in [(["online"], 1)] }
        #expect(HiveMQValue.sum(metric: "skep_nothing", where: [:]).value(using: series) == nil)
        #expect(HiveMQValue.sum(metric: "skep_sessions", where: ["qos": ["1"]]).value(using: series) == nil)
    }

    @Test("Totals, differences, scales and ratios need all their parts")
    func arithmetic() {
        let two = HiveMQValue.all("skep_host_swap_bytes")
        let three = HiveMQValue.all("skep_host_swap_free_bytes")
        let none = HiveMQValue.all("skep_uptime_seconds")
        let zero = HiveMQValue.all("skep_host_cpus")
        let series = source([
            "skep_host_swap_bytes": [([], 2)], "skep_host_swap_free_bytes": [([], 3)], "skep_host_cpus": [([], 0)],
        ])
        let expected: [(HiveMQValue, Double?)] = [
            (.total([two, three]), 5), (.total([two, none]), nil), (.total([]), nil), (.difference(three, two), 1),
            (.difference(three, none), nil), (.difference(none, two), nil), (.scaled(two, by: 1_000), 2_000),
            (.scaled(none, by: 1_000), nil), (.ratio(three, two), 1.5), (.ratio(three, none), nil),
            (.ratio(three, zero), nil), (.never, 0),
        ]
        for (expression, result) in expected { #expect(expression.value(using: series) == result, "\(expression)") }
    }

    @Test("A window has the growth that it is given, also inside other expressions, and no value without it")
    func windows() throws {
        let current = try #require(HiveMQCatalog.named("com.hivemq.networking.bytes.read.current")).value
        #expect(current.value(using: source([:])) == nil)
        #expect(current.value(using: source([:])) { $0.seconds == 5 ? 500 : nil } == 500)
        let load = try #require(HiveMQCatalog.named("com.hivemq.system.process-cpu.load")).value
        let series = source(["skep_host_cpus": [([], 2)]])
        #expect(load.value(using: series) == nil)
        #expect(load.value(using: series) { _ in 2.5 } == 0.25)
        let percent = try #require(HiveMQCatalog.named("com.hivemq.system.os.global.cpu.total.total")).value
        let growth: (HiveMQWindow) -> Double? = { $0.value.references.first?.labels == [:] ? 10 : 4 }
        #expect(percent.value(using: source([:]), growth: growth) == 40)
    }

    @Test("A family has one number for each value of its label, under that name")
    func families() throws {
        let metric = try #require(
            HiveMQCatalog.named("com.hivemq.system.os.network.interface.<interface>.bytes-sent"))
        let series = source([
            "skep_host_network_bytes_total": [
                (["lo", "received"], 1), (["lo", "sent"], 2), (["eth0.1", "sent"], 3), (["eth0-1", "sent"], 4),
                (["eth1", "received"], 5), (["broken"], 6),
            ]
        ])
        let values = metric.values(using: series)
        // eth0.1 and eth0-1 would be one name for Prometheus, and eth1 has sent nothing that is known.
        #expect(
            values.map(\.name) == [
                "com.hivemq.system.os.network.interface.lo.bytes-sent",
                "com.hivemq.system.os.network.interface.eth0.1.bytes-sent",
            ])
        #expect(values.map(\.value) == [2, 3])
        #expect(metric.values(using: source([:])).isEmpty)
        #expect(metric.value.value(using: series) == nil)
    }

    @Test("A plain metric has its one number under its own name, or none")
    func plain() throws {
        let metric = try #require(HiveMQCatalog.named("com.hivemq.supervision.overload.protection.level"))
        let values = metric.values(using: source(["skep_stress_level": [([], 3)]]))
        #expect(values.map(\.name) == [metric.name])
        #expect(values.map(\.value) == [3])
        #expect(metric.values(using: source([:])).isEmpty)
    }

    @Test("Distributions and absent names have no single number")
    func distributions() {
        let series: (String) -> [MetricSeries] = { _ in [([], 1)] }
        for metric in HiveMQCatalog.all where metric.absence != nil || metric.kind.prometheusType == "summary" {
            #expect(metric.values(using: series) { _ in 1 }.isEmpty, "\(metric.name)")
        }
    }

    @Test("With all native series present, every counter, gauge and meter that is not absent has a value")
    func complete() throws {
        let series: (String) -> [MetricSeries] = { name in
            guard let metric = MetricCatalog.named(name) else { return [] }
            var rows: [[String]] = [[]]
            for label in metric.labels {
                let values =
                    switch label.values {
                    case .closed(let values): values
                    case .configured: ["something"]
                    }
                rows = rows.flatMap { row in values.map { row + [$0] } }
            }
            return rows.map { ($0, 1) }
        }
        for metric in HiveMQCatalog.all where metric.absence == nil && metric.kind.prometheusType != "summary" {
            #expect(metric.values(using: series) { _ in 1 }.count == 1, "\(metric.name)")
        }
        for topic in SystemTopicCatalog.all {
            guard case .number(let value) = topic.value else { continue }
            #expect(value.value(using: series) != nil, "\(topic.topic)")
        }
    }

    @Test("An expression reads like a query of Prometheus")
    func descriptions() {
        #expect(
            HiveMQValue.sum(metric: "a_total", where: ["b": ["c", "d"], "a": ["e"]]).description
                == "a_total{a=\"e\",b=~\"c|d\"}")
        let sum = HiveMQValue.total([.all("a"), .all("b")])
        #expect(sum.description == "a + b")
        #expect(HiveMQValue.difference(.all("c"), sum).description == "c - (a + b)")
        #expect(HiveMQValue.ratio(sum, .all("c")).description == "(a + b) / c")
        #expect(HiveMQValue.scaled(.all("a"), by: 1_000).description == "a * 1000")
        #expect(HiveMQValue.scaled(sum, by: 0.5).description == "(a + b) * 0.5")
    }
}
