import ArgumentParser

/// A scenario of traffic: who publishes what to whom is all that tells one from another.
protocol TrafficCommand: ParsableCommand {
    var target: TargetOptions { get }
    var traffic: TrafficOptions { get }
    /// The options as the scenario takes them.
    var load: TrafficOptions { get }
    /// For topics that begin so.
    func topology(_ prefix: String) -> Topology
}

extension TrafficCommand {
    /// As they were given.
    var load: TrafficOptions { traffic }

    /// Runs the scenario and prints its report.
    func run() throws {
        let scenario = TrafficScenario(
            target: target, options: load, topology: topology(TargetOptions.topicPrefix))
        try report(as: target.json) { () throws(BenchError) in try scenario.run() }
    }
}

/// `skepbench fan-in`.
struct FanInCommand: TrafficCommand {
    static let configuration = CommandConfiguration(
        commandName: "fan-in", abstract: "Many publishers, each with a topic of its own, and few who subscribe to all.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var traffic: TrafficOptions

    @Option(name: .long, help: "Publishers.")
    var publishers = 10

    @Option(name: .long, help: "Subscribers; each gets every message.")
    var subscribers = 1

    func validate() throws {
        try TargetOptions.check("publishers", publishers, 1...1_000_000)
        try TargetOptions.check("subscribers", subscribers, 1...100_000)
    }

    func topology(_ prefix: String) -> Topology {
        .fanIn(publishers: publishers, subscribers: subscribers, prefix, traffic)
    }
}

/// `skepbench fan-out`.
struct FanOutCommand: TrafficCommand {
    static let configuration = CommandConfiguration(
        commandName: "fan-out", abstract: "Few publishers on one topic, and many who subscribe to it.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var traffic: TrafficOptions

    @Option(name: .long, help: "Publishers.")
    var publishers = 1

    @Option(name: .long, help: "Subscribers; each gets every message.")
    var subscribers = 100

    func validate() throws {
        try TargetOptions.check("publishers", publishers, 1...100_000)
        try TargetOptions.check("subscribers", subscribers, 1...1_000_000)
    }

    func topology(_ prefix: String) -> Topology {
        .fanOut(publishers: publishers, subscribers: subscribers, prefix, traffic)
    }
}

/// `skepbench pairs`.
struct PairsCommand: TrafficCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs", abstract: "Publishers that have one subscriber each.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var traffic: TrafficOptions

    @Option(name: .long, help: "Pairs of a publisher and a subscriber.")
    var pairs = 50

    func validate() throws { try TargetOptions.check("pairs", pairs, 1...500_000) }

    func topology(_ prefix: String) -> Topology {
        .pairs(pairs, prefix, traffic)
    }
}

/// `skepbench shared`.
struct SharedCommand: TrafficCommand {
    static let configuration = CommandConfiguration(
        commandName: "shared", abstract: "Many publishers, and subscribers that share their messages out.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var traffic: TrafficOptions

    @Option(name: .long, help: "Publishers.")
    var publishers = 10

    @Option(name: .long, help: "Members of the shared subscription; one of them gets each message.")
    var subscribers = 10

    func validate() throws {
        try TargetOptions.check("publishers", publishers, 1...1_000_000)
        try TargetOptions.check("subscribers", subscribers, 1...100_000)
    }

    func topology(_ prefix: String) -> Topology {
        .shared(publishers: publishers, subscribers: subscribers, prefix, traffic)
    }
}

/// `skepbench fleet`.
struct FleetCommand: TrafficCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "A mixed fleet of devices at a fixed rate, and the services behind it.",
        discussion: """
            Of 100 devices 90 are sensors (64 bytes, QoS 0), 9 gateways (256 bytes, QoS 1, ten times as often) and 1 a \
            camera (8 KB, QoS 1). Each listens for commands, which go to a tenth of the fleet at once. Services share the \
            telemetry, and one monitor gets all. 5,000 messages a second unless --rate says otherwise; --qos, --payload \
            and --window do not apply.
            """)

    @OptionGroup var target: TargetOptions
    @OptionGroup var traffic: TrafficOptions

    @Option(name: .long, help: "Devices.")
    var devices = 1_000

    func validate() throws {
        try TargetOptions.check("devices", devices, 10...1_000_000)
        if traffic.window != nil { throw ValidationError("A fleet has a --rate, and no --window.") }
    }

    /// Messages a second without --rate.
    private static let usualRate = 5_000.0

    /// Gateways and cameras want QoS 1, and subscribers get what they ask for.
    var load: TrafficOptions {
        var options = traffic
        options.qos = 1
        options.rate = traffic.rate ?? Self.usualRate
        return options
    }

    func topology(_ prefix: String) -> Topology { .fleet(devices: devices, prefix) }
}
