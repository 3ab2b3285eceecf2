import ArgumentParser

/// `skepbench fan-in`.
struct FanInCommand: ParsableCommand {
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

    func run() throws {
        let topology = Topology.fanIn(
            publishers: publishers, subscribers: subscribers, TargetOptions.topicPrefix, traffic)
        try report(as: target.json) { () throws(BenchError) in
            try TrafficScenario(target: target, options: traffic, topology: topology).run()
        }
    }
}

/// `skepbench fan-out`.
struct FanOutCommand: ParsableCommand {
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

    func run() throws {
        let topology = Topology.fanOut(
            publishers: publishers, subscribers: subscribers, TargetOptions.topicPrefix, traffic)
        try report(as: target.json) { () throws(BenchError) in
            try TrafficScenario(target: target, options: traffic, topology: topology).run()
        }
    }
}

/// `skepbench pairs`.
struct PairsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs", abstract: "Publishers that have one subscriber each.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var traffic: TrafficOptions

    @Option(name: .long, help: "Pairs of a publisher and a subscriber.")
    var pairs = 50

    func validate() throws { try TargetOptions.check("pairs", pairs, 1...500_000) }

    func run() throws {
        let topology = Topology.pairs(pairs, TargetOptions.topicPrefix, traffic)
        try report(as: target.json) { () throws(BenchError) in
            try TrafficScenario(target: target, options: traffic, topology: topology).run()
        }
    }
}

/// `skepbench shared`.
struct SharedCommand: ParsableCommand {
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

    func run() throws {
        let topology = Topology.shared(
            publishers: publishers, subscribers: subscribers, TargetOptions.topicPrefix, traffic)
        try report(as: target.json) { () throws(BenchError) in
            try TrafficScenario(target: target, options: traffic, topology: topology).run()
        }
    }
}

/// `skepbench fleet`.
struct FleetCommand: ParsableCommand {
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

    func run() throws {
        let topology = Topology.fleet(devices: devices, TargetOptions.topicPrefix)
        var options = traffic
        options.qos = 1
        options.rate = traffic.rate ?? Self.usualRate
        let traffic = options
        try report(as: target.json) { () throws(BenchError) in
            try TrafficScenario(target: target, options: traffic, topology: topology).run()
        }
    }
}
