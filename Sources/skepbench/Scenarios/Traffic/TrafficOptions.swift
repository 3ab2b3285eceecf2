import ArgumentParser
import BrokerValues

/// How a broker is loaded; the same for all scenarios of traffic.
struct TrafficOptions: ParsableArguments {
    @Option(name: .long, help: "QoS of messages and subscriptions: 0, 1 or 2.")
    var qos = 0

    @Option(name: .long, help: "Bytes of a payload. Below 8 there is no latency.")
    var payload = 64

    @Option(
        name: .long,
        help: """
            Messages under way at most (closed loop). QoS 0: of all publishers together, until they are delivered; \
            2000 by default. QoS 1 and 2: of each publisher, until they are acknowledged; 100 by default.
            """)
    var window: Int?

    @Option(
        name: .long,
        help: """
            Messages a second of all publishers together (open loop), instead of a window. Latencies then run from when \
            a message was due.
            """)
    var rate: Double?

    @Option(name: .long, help: "Seconds that are measured.")
    var duration = 5.0

    @Option(name: .long, help: "Seconds of load before that.")
    var warmup = 1.0

    @Option(name: .long, help: "Threads of the generator.")
    var threads = 1

    @Flag(
        name: .long,
        help: """
            The sessions of all clients outlive their connections, so that a broker that stores them has to; they are \
            ended afterwards.
            """)
    var kept = false

    @Option(name: .long, help: "Further clients that are connected and get nothing.")
    var idle = 0

    @Option(name: .long, help: "Further filters that those subscribe to, shared out evenly; none of them matches.")
    var filters = 0

    @Option(name: .long, help: "Subscriptions a second that come and go meanwhile.")
    var churn = 0.0

    @Option(
        name: .long,
        help: """
            Where Skep serves its metrics, such as http://127.0.0.1:9399/metrics: tells for how long it paused clients \
            and how many messages it dropped.
            """)
    var metrics: String?

    func validate() throws {
        try TargetOptions.check("qos", qos, 0...2)
        try TargetOptions.check("payload", payload, 0...PacketReader.largestPacket / 2)
        if let window { try TargetOptions.check("window", window, 1...1_000_000) }
        if let rate { try TargetOptions.check("rate", rate, 0.1...100_000_000) }
        if window != nil, rate != nil {
            throw ValidationError("--window is for a closed loop, --rate for an open one.")
        }
        try TargetOptions.check("duration", duration, 0.1...86_400)
        try TargetOptions.check("warmup", warmup, 0...3_600)
        try TargetOptions.check("threads", threads, 1...64)
        try TargetOptions.check("idle", idle, 0...1_000_000)
        try TargetOptions.check("filters", filters, 0...100_000_000)
        if churn != 0 { try TargetOptions.check("churn", churn, 0.1...1_000_000) }
        if filters > 0, idle == 0 { throw ValidationError("--filters needs --idle clients that subscribe to them.") }
        if let metrics, MetricsAddress(metrics) == nil {
            throw ValidationError("--metrics must be http://HOST:PORT/PATH, not '\(metrics)'.")
        }
    }

    var level: QualityOfService { QualityOfService(rawValue: UInt8(clamping: qos)) ?? .atMostOnce }

    var pace: TrafficPlan.Pace {
        if let rate { return .rate(rate) }
        return .window(window ?? (qos == 0 ? 2_000 : 100))
    }
}
