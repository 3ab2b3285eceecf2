import ArgumentParser

/// `skepbench storm`: how fast a crowd is let in, and what those who are there feel of it.
struct StormCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Many clients connect at once, beside some that are already connected.",
        discussion: """
            Those already connected publish once an interval with QoS 1 to a topic of their own, which they have \
            subscribed to. A client that is refused or closed comes back after 0.5 s, then after twice as long each \
            time, up to 8 s, and up to half of that longer, which differs between clients.
            """)

    @OptionGroup var target: TargetOptions

    @Option(name: .long, help: "Clients that connect.")
    var clients = 5_000

    @Option(name: .long, help: "Connections that are opened before their CONNACK came; 0 is all of them.")
    var atOnce = 0

    @Option(name: .long, help: "Attempts of a client after its first.")
    var retries = 10

    @Option(name: .long, help: "Clients that are already connected.")
    var settled = 100

    @Option(name: .long, help: "Milliseconds between two messages of one of those.")
    var interval = 1_000

    @Option(name: .long, help: "Bytes of their payloads.")
    var payload = 64

    @Option(name: .long, help: "Seconds that they are measured before the storm.")
    var before = 5

    @Option(name: .long, help: "Seconds after which those who are not in are given up.")
    var timeLimit = 60

    func validate() throws {
        try TargetOptions.check("clients", clients, 1...1_000_000)
        try TargetOptions.check("at-once", atOnce, 0...1_000_000)
        try TargetOptions.check("retries", retries, 0...1_000)
        try TargetOptions.check("settled", settled, 1...100_000)
        try TargetOptions.check("interval", interval, 10...60_000)
        try TargetOptions.check("payload", payload, PulseMeter.smallestPayload...PacketReader.largestPacket / 2)
        try TargetOptions.check("before", before, 1...3_600)
        try TargetOptions.check("time-limit", timeLimit, 1...3_600)
    }

    func run() throws {
        try report(as: target.json) { () throws(BenchError) in try StormScenario(options: self).run() }
    }
}
