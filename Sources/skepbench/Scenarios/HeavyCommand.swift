import ArgumentParser
import BrokerValues

/// `skepbench heavy`: what light clients feel of a heavy one.
struct HeavyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heavy",
        abstract: "One client publishes flat out to many subscribers, beside light clients.",
        discussion: """
            Each light client publishes once an interval with QoS 1 to a topic of its own, which it has subscribed to; \
            its latency is from its send to its own receipt. It is measured first without the heavy client, then with \
            it, in a thread of its own; the other thread, which drains the heavy client's subscribers, yields to it.
            """)

    @OptionGroup var target: TargetOptions

    @Option(name: .long, help: "Subscribers of the heavy client's topic (QoS 0).")
    var subscribers = 1_000

    @Option(name: .long, help: "Light clients.")
    var light = 500

    @Option(name: .long, help: "Milliseconds between two messages of one light client.")
    var interval = 1_000

    @Option(name: .long, help: "QoS of the heavy client: 0 or 1.")
    var qos = 0

    @Option(name: .long, help: "Messages of the heavy client that may wait for their PUBACK, with QoS 1.")
    var window = 1_000

    @Option(name: .long, help: "Bytes of a payload.")
    var payload = 64

    @Option(name: .long, help: "Seconds without the heavy client.")
    var unloaded = 10

    @Option(name: .long, help: "Seconds with it before measuring goes on.")
    var warmup = 3

    @Option(name: .long, help: "Seconds with it.")
    var duration = 20

    @Option(name: .long, help: "Seconds to wait for messages that are under way at the end.")
    var drain = 30

    func validate() throws {
        try TargetOptions.check("subscribers", subscribers, 1...100_000)
        try TargetOptions.check("light", light, 1...100_000)
        try TargetOptions.check("interval", interval, 10...60_000)
        try TargetOptions.check("qos", qos, 0...1)
        try TargetOptions.check("window", window, 1...60_000)
        try TargetOptions.check("payload", payload, PulseMeter.smallestPayload...PacketReader.largestPacket / 2)
        try TargetOptions.check("unloaded", unloaded, 1...3_600)
        try TargetOptions.check("warmup", warmup, 0...3_600)
        try TargetOptions.check("duration", duration, 1...3_600)
        try TargetOptions.check("drain", drain, 0...3_600)
    }

    func run() throws {
        try report(as: target.json) { () throws(BenchError) in try HeavyScenario(options: self).run() }
    }
}
