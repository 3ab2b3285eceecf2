import ArgumentParser
import Introspection

/// `skepctl metrics [PATTERN]`: the broker's own metrics now.
struct MetricsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "The broker's metrics and their values now.",
        discussion: """
            A pattern with * or ? is for the whole name; a pattern without them is for any part of it. Those of HiveMQ's \
            names are beans too: skepctl beans read metrics:name=NAME.
            """)

    @OptionGroup var options: ConnectOptions
    @Argument(help: "Which metrics, such as skep_publish* or drop.") var pattern = "*"

    func validate() throws {
        let isPlain = pattern.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber || byte == 0x5F
                || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?")
        }
        guard isPlain, !pattern.isEmpty else {
            throw ValidationError("The name of a metric has letters, digits and _; * and ? stand for others.")
        }
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let hasWildcard = pattern.contains("*") || pattern.contains("?")
        let bean = "skep:type=Metric,name=" + (hasWildcard ? pattern : "*\(pattern)*")
        let metrics = try broker.value(.read(bean)).object ?? [:]
        guard !metrics.isEmpty else { throw ToolError(.notFound, "No metric is like \(pattern).") }
        if output.isJSON { return try output.json(.object(metrics)) }
        var table = Table([.init("METRIC", least: 20), .init("LABELS", least: 10), .init("VALUE", isRight: true)])
        for row in MetricText.rows(metrics) { table.add(row) }
        try output.table(table, ifEmpty: "No values.")
    }
}

/// Metrics as text.
enum MetricText {
    private static let quantiles = [("p50", "50thPercentile"), ("p99", "99thPercentile"), ("p99.9", "999thPercentile")]

    /// Name, labels and value of each series, by name.
    static func rows(_ metrics: [String: JSONValue]) -> [[String]] {
        metrics.map { (name: ObjectName($0.key)?["name"] ?? $0.key, value: $0.value) }
            .sorted { $0.name < $1.name }
            .flatMap { metric in rows(metric.name, metric.value) }
    }

    private static func rows(_ name: String, _ metric: JSONValue) -> [[String]] {
        let bean = Bean(metric)
        if metric["Count"] != nil {
            let parts = [("mean", "Mean"), ("max", "Max")] + quantiles
            let list = parts.compactMap { part in bean.number(part.1).map { "\(part.0) \(precise($0))" } }
            return [[name, list.joined(separator: "  "), bean.count("Count")]]
        }
        let series = metric["Series"]?.array ?? []
        guard !series.isEmpty else { return [[name, "", value(metric["Value"])]] }
        return series.map { one in
            let labels = (one["labels"]?.object ?? [:]).sorted { $0.key < $1.key }
            return [
                name, labels.map { "\($0.key)=\(Bean.text($0.value))" }.joined(separator: " "), value(one["value"]),
            ]
        }
    }

    private static func value(_ value: JSONValue?) -> String {
        if let whole = value?.integer { return Human.count(whole) }
        return value?.number.map(precise) ?? Bean.nothing
    }

    /// Small numbers with enough digits: seconds of a latency are far below one.
    private static func precise(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return Human.count(Int64(value)) }
        return Human.decimal(value, places: abs(value) >= 100 ? 1 : abs(value) >= 1 ? 3 : 6)
    }
}
