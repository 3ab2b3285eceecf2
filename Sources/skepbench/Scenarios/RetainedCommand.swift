import ArgumentParser
import BrokerValues
import MQTTWire

/// `skepbench retained`: what it costs to keep retained messages and to hand them all out.
struct RetainedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retained",
        abstract:
            "Many retained messages are set; then clients subscribe to all of them at once; then they are cleared.")

    @OptionGroup var target: TargetOptions

    @Option(name: .long, help: "Retained messages.")
    var messages = 10_000

    @Option(name: .long, help: "Clients that subscribe to all of them in one moment.")
    var subscribers = 20

    @Option(name: .long, help: "QoS of the messages: 1 or 2; that of the subscriptions may be 0 too.")
    var qos = 1

    @Option(name: .long, help: "QoS of the subscriptions: 0, 1 or 2.")
    var subscriberQos = 0

    @Option(name: .long, help: "Bytes of a payload.")
    var payload = 64

    func validate() throws {
        try TargetOptions.check("messages", messages, 1...10_000_000)
        try TargetOptions.check("subscribers", subscribers, 1...100_000)
        try TargetOptions.check("qos", qos, 1...2)
        try TargetOptions.check("subscriber-qos", subscriberQos, 0...2)
        try TargetOptions.check("payload", payload, 1...PacketReader.largestPacket / 2)
    }

    func run() throws {
        try report(as: target.json) { () throws(BenchError) in try RetainedScenario(options: self).run() }
    }
}

/// The scenario of ``RetainedCommand``.
struct RetainedScenario {
    let options: RetainedCommand

    func run() throws(BenchError) -> Report {
        Interrupt.watch()
        let target = options.target
        let broker = try target.broker()
        try Sockets.needDescriptors(options.subscribers + Job.publishers)
        let endpoint = try target.endpoint()
        var report = Report(
            scenario: "retained",
            title:
                "\(options.messages) retained messages, and \(options.subscribers) clients that subscribe to them all")
        report.add("version", "version of MQTT", .text(target.protocolVersion.name))
        report.add("qos", "QoS of messages", .count(options.qos))
        report.add("subscriber_qos", "QoS of subscriptions", .count(options.subscriberQos))
        report.add("payload", "payload, bytes", .count(options.payload))
        // Nothing is left in the broker, whatever happens.
        var failure: BenchError?
        do throws(BenchError) { try measure(&report, endpoint, broker) } catch { failure = error }
        if Interrupt.isSet { report.add("interrupted", "beware", .text("interrupted")) }
        Interrupt.isHeeded()
        let clear = try publish(payload: 0, endpoint, broker)
        if let failure { throw failure }
        clear.add(to: &report, "clear", "cleared")
        return report
    }

    private func measure(
        _ report: inout Report, _ endpoint: Endpoint, _ broker: BrokerProcess?
    ) throws(BenchError) {
        let memoryBefore = try broker?.residentMemory()
        let set = try publish(payload: options.payload, endpoint, broker)
        set.add(to: &report, "set", "set")
        if let memoryBefore, let after = try broker?.residentMemory() {
            report.add(
                "broker_bytes_per_message", "broker's memory a message, bytes",
                .number(after > memoryBefore ? Double(after - memoryBefore) / Double(options.messages) : nil))
        }
        if Interrupt.isSet { return }
        let flood = try receive(endpoint, broker)
        flood.add(to: &report, "flood", "handed out")
        report.add("lost", "lost", .count(max(0, options.messages * options.subscribers - flood.count)))
    }

    private func publish(
        payload: Int, _ endpoint: Endpoint, _ broker: BrokerProcess?
    ) throws(BenchError) -> Job {
        let prefix = TargetOptions.topicPrefix
        let level = QualityOfService(rawValue: UInt8(clamping: options.qos)) ?? .atLeastOnce
        return try Job.publish(
            topics: (0..<options.messages).map { "\(prefix)state/\($0)" }, rounds: 1, payload: payload, level,
            isRetained: true, options.target, endpoint, broker)
    }

    /// All subscribe in one moment; done when each has got everything.
    private func receive(_ endpoint: Endpoint, _ broker: BrokerProcess?) throws(BenchError) -> Job {
        let outcome = try Connector.run(try options.target.plan(options.subscribers, "s", to: endpoint))
        let level = QualityOfService(rawValue: UInt8(clamping: options.subscriberQos)) ?? .atMostOnce
        let subscribe = options.target.encoder.subscribe(
            packetIdentifier: 1, filter: "\(TargetOptions.topicPrefix)state/#", qos: level)
        var plan = TrafficPlan(encoder: options.target.encoder, pace: .window(1))
        plan.areStampsOfThisRun = false
        plan.descriptors = outcome.descriptors
        plan.openings = outcome.descriptors.map { _ in subscribe }
        let job = try Job.receive(plan, count: options.messages * options.subscribers, broker)
        Sockets.closeAll(outcome.descriptors)
        return job
    }
}
