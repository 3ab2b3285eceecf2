import BrokerValues
import Introspection
import MetricCatalog
import StressModel

/// Everything that the attributes of beans are read from, of one moment.
struct BeanReadings: Sendable {
    let snapshot: MetricSnapshot
    let history: HiveMQHistory
    let settings: MonitoredSettings
    let stress: StressModel
    /// Moving averages of meters and timers, by HiveMQ's name of the metric.
    let averages: [String: MovingAverage]
    /// Growth a second over the last two seconds, by what grows.
    let rates: [BrokerRate: Double]
    let uptime: Double
    /// Seconds since the Unix epoch.
    let started: Double
    /// Nanoseconds since each event loop looked at the clock.
    let silences: [UInt64]
    let eventLoops: [EventLoopReading]
    /// Share of the processors that the process may use, over the last second.
    let cpuShare: Double?

    /// The sum of a native metric's series; null if there are none, since then nothing is known.
    func sum(_ name: String) -> JSONValue {
        snapshot[name].isEmpty ? .null : JSONValue(snapshot.sum(name))
    }

    /// The series of a native metric with one label, or with the first of several, by its value.
    func byLabel(_ name: String) -> JSONValue {
        var result: [String: Double] = [:]
        for series in snapshot[name] { result[series.labels.first ?? "", default: 0] += series.value }
        return .object(result.mapValues { JSONValue($0) })
    }

    /// One series.
    func one(_ name: String, _ labels: [String]) -> JSONValue {
        snapshot[name].first { $0.labels == labels }.map { JSONValue($0.value) } ?? .null
    }
}

/// What one event loop has counted.
struct EventLoopReading: Sendable {
    private let block: CounterBlock

    init(_ block: CounterBlock) { self.block = block }

    func sum(_ family: CounterFamily) -> JSONValue {
        JSONValue((family.base..<(family.base + family.count)).reduce(0) { $0 + block[$1] })
    }
}

/// What the broker's bean tells the speed of.
enum BrokerRate: String, CaseIterable, Sendable {
    case publishesReceived = "PublishesReceivedPerSecond"
    case publishesSent = "PublishesSentPerSecond"
    case bytesReceived = "BytesReceivedPerSecond"
    case bytesSent = "BytesSentPerSecond"
    case messagesDropped = "MessagesDroppedPerSecond"
    case connects = "ConnectsPerSecond"
    case disconnects = "DisconnectsPerSecond"

    /// Seconds that it is reckoned over.
    static let windowSeconds = 2

    /// The native metric that it is the growth of.
    var metric: String {
        switch self {
        case .publishesReceived: "skep_publishes_received_total"
        case .publishesSent: "skep_publishes_sent_total"
        case .bytesReceived: "skep_packets_received_bytes_total"
        case .bytesSent: "skep_packets_sent_bytes_total"
        case .messagesDropped: "skep_messages_dropped_total"
        case .connects: "skep_connects_accepted_total"
        case .disconnects: "skep_disconnects_total"
        }
    }
}
