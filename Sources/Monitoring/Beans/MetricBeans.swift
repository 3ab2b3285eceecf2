import Introspection
import MetricCatalog

/// Every metric as a managed bean: HiveMQ's names with the attributes that the Dropwizard library gives them, and the
/// native ones. A metric that the catalogue declares is here by itself.
enum MetricBeans {
    static let hiveMQDomain = "metrics"

    /// `metrics:name=com.hivemq…`: one key, as HiveMQ has it, so that integrations keep working.
    static func name(ofHiveMQ metric: String) -> ObjectName { ObjectName(hiveMQDomain, ["name": metric]) }

    static func name(ofNative metric: String) -> ObjectName {
        ObjectName("skep", ["type": "Metric", "name": metric])
    }

    /// - Parameter families: the full names of metrics whose names contain a device of the machine.
    static func all(families: [(metric: HiveMQMetric, name: String)]) -> [ManagedBean] {
        let plain = HiveMQCatalog.all.filter { $0.absence == nil && !$0.isFamily }.map { ($0, $0.name) }
        return (plain + families).map { bean($0, name: $1) } + MetricCatalog.all.map(native)
    }

    // MARK: - HiveMQ's

    private static func bean(_ metric: HiveMQMetric, name: String) -> ManagedBean {
        ManagedBean(
            self.name(ofHiveMQ: name), className: className(metric.kind), metric.help,
            attributes: attributes(metric, name),
            operations: [
                BeanOperation("objectName", returns: .string, access: .everybody, "The name of this bean.") {
                    _ throws(BeanError) in .string(self.name(ofHiveMQ: name).text)
                }
            ])
    }

    private static func className(_ kind: HiveMQKind) -> String {
        let type = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
        return "com.codahale.metrics.jmx.JmxReporter$Jmx\(type)"
    }

    private static func attributes(_ metric: HiveMQMetric, _ name: String) -> [BeanAttribute] {
        let number: @Sendable (BeanReadings) -> JSONValue = { readings in
            let values = metric.values(using: { readings.snapshot[$0] }, growth: { readings.history.growth[$0] })
            return values.first { $0.name == name }.map { JSONValue($0.value) } ?? .null
        }
        switch metric.kind {
        case .gauge: return [BeanAttribute("Value", .double, metric.help, read: number)]
        case .counter: return [BeanAttribute("Count", .long, metric.help, read: number)]
        case .meter: return [BeanAttribute("Count", .long, metric.help, read: number)] + rates(metric, number)
        case .histogram: return distribution(metric, scale: 1)
        case .timer:
            let count: @Sendable (BeanReadings) -> JSONValue = { JSONValue(Distribution(metric, $0)?.count ?? 0) }
            return distribution(metric, scale: 1e-6) + rates(metric, count) + [
                BeanAttribute("DurationUnit", .string, "The unit of durations.") { _ in "milliseconds" }
            ]
        }
    }

    private static func rates(
        _ metric: HiveMQMetric, _ count: @escaping @Sendable (BeanReadings) -> JSONValue
    ) -> [BeanAttribute] {
        let averages = [(1, "OneMinuteRate"), (5, "FiveMinuteRate"), (15, "FifteenMinuteRate")].map { minutes, name in
            BeanAttribute(name, .double, "Events a second, an exponentially weighted average.") { readings in
                JSONValue(readings.averages[metric.name]?.rate(minutes: minutes) ?? 0)
            }
        }
        return averages + [
            BeanAttribute("MeanRate", .double, "Events a second since the start.") { readings in
                JSONValue(readings.uptime > 0 ? (count(readings).number ?? 0) / readings.uptime : 0)
            },
            BeanAttribute("RateUnit", .string, "The unit of rates.") { _ in "events/second" },
        ]
    }

    private static let percentiles = [
        (0.5, "50thPercentile"), (0.75, "75thPercentile"), (0.95, "95thPercentile"), (0.98, "98thPercentile"),
        (0.99, "99thPercentile"), (0.999, "999thPercentile"),
    ]

    /// What Dropwizard says of what was observed lately; `Count` is of all time.
    private static func distribution(_ metric: HiveMQMetric, scale: Double) -> [BeanAttribute] {
        func attribute(
            _ name: String, _ type: BeanType, _ text: String, _ value: @escaping @Sendable (Distribution) -> Double
        ) -> BeanAttribute {
            BeanAttribute(name, type, text) { readings in
                JSONValue(Distribution(metric, readings).map(value) ?? 0)
            }
        }
        let shares = percentiles.map { share, name in
            attribute(name, .double, "Below it lies this share of the last minute's observations.") {
                ($0.recent.quantile(share) ?? 0) * scale
            }
        }
        return shares + [
            attribute("Count", .long, metric.help) { Double($0.count) },
            attribute("Min", .double, "The least of the last minute.") { ($0.recent.quantile(0) ?? 0) * scale },
            attribute("Max", .double, "The largest of the last minute.") { ($0.recent.quantile(1) ?? 0) * scale },
            attribute("Mean", .double, "The mean of the last minute.") { $0.recent.mean * scale },
            attribute("StdDev", .double, "The standard deviation of the last minute.") {
                $0.recent.standardDeviation * scale
            },
            attribute("SnapshotSize", .long, "Observations of the last minute.") { Double($0.recent.count) },
        ]
    }

    // MARK: - Native ones

    private static func native(_ metric: Metric) -> ManagedBean {
        let isHistogram = metric.kind == .histogram
        return ManagedBean(
            name(ofNative: metric.name), className: "Metric", metric.help,
            attributes: isHistogram ? histogram(metric) : series(metric))
    }

    private static func series(_ metric: Metric) -> [BeanAttribute] {
        [
            BeanAttribute("Value", .double, "The sum of all series.") { $0.sum(metric.name) },
            BeanAttribute("Series", .list, "Each series: its labels, and its value.") { readings in
                .array(
                    readings.snapshot[metric.name].map { series in
                        let labels = zip(metric.labels, series.labels).map { ($0.name, JSONValue.string($1)) }
                        return [
                            "labels": .object(Dictionary(labels) { first, _ in first }),
                            "value": JSONValue(series.value),
                        ]
                    })
            },
            kind(metric),
        ]
    }

    private static func kind(_ metric: Metric) -> BeanAttribute {
        BeanAttribute("Kind", .string, "What Prometheus calls it.") { _ in .string(metric.kind.rawValue) }
    }

    /// Durations are kept in nanoseconds and shown in seconds.
    private static func histogram(_ metric: Metric) -> [BeanAttribute] {
        let scale = metric.unit == .seconds ? 1e-9 : 1
        func attribute(
            _ name: String, _ type: BeanType, _ text: String, _ value: @escaping @Sendable (HistogramCounts) -> Double
        ) -> BeanAttribute {
            BeanAttribute(name, type, text) { readings in
                let series = readings.snapshot.histograms(of: metric).map(\.counts)
                guard let first = series.first else { return JSONValue(0) }
                return JSONValue(value(series.dropFirst().reduce(first) { $0.merged(with: $1) }))
            }
        }
        let shares = percentiles.map { share, name in
            attribute(name, .double, "Below it lies this share of all observations.") {
                ($0.quantile(share) ?? 0) * scale
            }
        }
        return shares + [
            attribute("Count", .long, metric.help) { Double($0.count) },
            attribute("Mean", .double, "The mean of all observations.") { $0.mean * scale },
            attribute("Max", .double, "The largest of all observations.") { ($0.quantile(1) ?? 0) * scale },
            kind(metric),
        ]
    }
}
