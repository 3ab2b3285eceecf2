import ArgumentParser

/// `skepbench disconnect`: what it costs the broker when a crowd is gone in one moment.
struct DisconnectCommand: ParsableCommand {
    /// How connections end.
    enum Ending: String, ExpressibleByArgument, CaseIterable {
        case rst, fin
    }

    static let configuration = CommandConfiguration(
        commandName: "disconnect",
        abstract: "Many clients connect, then all their sockets close in one moment.",
        discussion: """
            --pid gives the broker's CPU for each closed connection (without what it uses when idle) and the time until \
            its open files are back to what they were; --metrics the highest value of a metric; --wills how fast wills \
            come. At least one of them is needed.
            """)

    @OptionGroup var target: TargetOptions

    @Option(name: .long, help: "Clients.")
    var clients = 10_000

    @Option(name: .long, help: "Connections that are opened before their CONNACK came.")
    var atOnce = 200

    @Flag(name: .long, help: "Give each client a will; one client watches them come.")
    var wills = false

    @Option(name: .long, help: "QoS of the wills: 0 or 1.")
    var willQos = 0

    @Option(name: .long, help: "How connections end: rst (at once) or fin. No DISCONNECT is sent.")
    var ending: Ending = .rst

    @Option(
        name: .long,
        help: """
            Seconds between the last CONNACK and the end, in which the idle broker is measured; long enough that what \
            connecting did to its metrics is over.
            """)
    var idle = 20

    @Option(name: .long, help: "Seconds after the end in which metrics are asked for, and wills and files waited for.")
    var observe = 30

    @Option(name: .long, help: "Where the broker serves metrics, such as http://127.0.0.1:9399/metrics.")
    var metrics: String?

    @Option(name: .long, help: "The metric of which the highest value is told.")
    var metric = "skep_stress_level"

    func validate() throws {
        try TargetOptions.check("clients", clients, 1...1_000_000)
        try TargetOptions.check("at-once", atOnce, 1...1_000_000)
        try TargetOptions.check("will-qos", willQos, 0...1)
        try TargetOptions.check("idle", idle, 1...3_600)
        try TargetOptions.check("observe", observe, 1...3_600)
        if let metrics, MetricsAddress(metrics) == nil {
            throw ValidationError("--metrics must be http://HOST:PORT/PATH, not '\(metrics)'.")
        }
        if metric.isEmpty { throw ValidationError("--metric needs a name.") }
        if target.pid == nil, metrics == nil, !wills {
            throw ValidationError("Without --pid, --metrics and --wills there is nothing to measure.")
        }
    }

    func run() throws {
        try report(as: target.json) { () throws(BenchError) in try DisconnectScenario(options: self).run() }
    }
}
