import ArgumentParser
import BrokerValues
import MQTTWire

/// `skepbench offline`: what it costs to keep messages for clients that are away, and to hand them over.
struct OfflineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offline",
        abstract: "Clients with kept sessions go, messages queue up for them, and they all come back at once.",
        discussion: """
            Whether the broker's queues are long enough for --messages is to be seen to: what it drops is told as lost. \
            The sessions are ended when it is over.
            """)

    @OptionGroup var target: TargetOptions

    @Option(name: .long, help: "Clients.")
    var clients = 1_000

    @Option(name: .long, help: "Messages for each of them.")
    var messages = 500

    @Option(name: .long, help: "QoS: 1 or 2.")
    var qos = 1

    @Option(name: .long, help: "Bytes of a payload.")
    var payload = 64

    func validate() throws {
        try TargetOptions.check("clients", clients, 1...1_000_000)
        try TargetOptions.check("messages", messages, 1...1_000_000)
        try TargetOptions.check("qos", qos, 1...2)
        try TargetOptions.check("payload", payload, 1...PacketReader.largestPacket / 2)
    }

    func run() throws {
        try report(as: target.json) { () throws(BenchError) in try OfflineScenario(options: self).run() }
    }
}

/// The scenario of ``OfflineCommand``.
struct OfflineScenario {
    let options: OfflineCommand

    private var level: QualityOfService { QualityOfService(rawValue: UInt8(clamping: options.qos)) ?? .atLeastOnce }
    private var topics: [String] {
        let prefix = TargetOptions.topicPrefix
        return (0..<options.clients).map { "\(prefix)\($0)/command" }
    }

    func run() throws(BenchError) -> Report {
        Interrupt.watch()
        let target = options.target
        let broker = try target.broker()
        try Sockets.needDescriptors(options.clients + Job.publishers)
        let endpoint = try target.endpoint()
        let total = options.clients * options.messages
        var report = Report(
            scenario: "offline",
            title: "\(options.clients) clients are away while \(options.messages) messages come for each")
        report.add("version", "version of MQTT", .text(target.protocolVersion.name))
        report.add("qos", "QoS", .count(options.qos))
        report.add("payload", "payload, bytes", .count(options.payload))
        // No session is left in the broker, whatever happens.
        var failure: BenchError?
        do throws(BenchError) { try measure(&report, endpoint, broker, total) } catch { failure = error }
        if Interrupt.isSet { report.add("interrupted", "beware", .text("interrupted")) }
        Interrupt.isHeeded()
        do throws(BenchError) { try endSessions(endpoint) } catch { failure = failure ?? error }
        if let failure { throw failure }
        return report
    }

    private func measure(
        _ report: inout Report, _ endpoint: Endpoint, _ broker: BrokerProcess?, _ total: Int
    ) throws(BenchError) {
        let target = options.target
        try subscribe(endpoint)
        let memoryBefore = try broker?.residentMemory()
        let fill = try Job.publish(
            topics: topics, rounds: options.messages, payload: options.payload, level, isRetained: false, target,
            endpoint,
            broker)
        fill.add(to: &report, "fill", "queued")
        if let memoryBefore, let after = try broker?.residentMemory() {
            report.add(
                "broker_bytes_per_message", "broker's memory a message, bytes",
                .number(after > memoryBefore ? Double(after - memoryBefore) / Double(total) : nil))
        }
        if Interrupt.isSet { return }
        let drain = try comeBack(endpoint, broker, total)
        drain.add(to: &report, "drain", "handed over")
        report.add("lost", "lost", .count(max(0, total - drain.count)))
    }

    private func plan(_ endpoint: Endpoint) throws(BenchError) -> ConnectPlan {
        try options.target.plan(options.clients, "o", to: endpoint)
    }

    private func subscribe(_ endpoint: Endpoint) throws(BenchError) {
        var plan = try plan(endpoint)
        let topics = topics
        plan.filter = { topics[$0] }
        plan.filterQoS = level
        plan.session.isKept = true
        plan.session.cleanStart = options.target.protocolVersion.hasProperties
        try leave(try Connector.run(plan).descriptors)
    }

    /// In good order, so that the broker knows at once.
    private func leave(_ descriptors: [Int32]) throws(BenchError) {
        for descriptor in descriptors { _ = Sockets.send(descriptor, options.target.encoder.disconnect) }
        Sockets.closeAll(descriptors)
        // A broker may still be busy with that: the next to come under these names would be a takeover.
        MonotonicClock.sleep(nanoseconds: MonotonicClock.second)
    }

    /// All send CONNECT in one moment; done when all has come.
    private func comeBack(_ endpoint: Endpoint, _ broker: BrokerProcess?, _ total: Int) throws(BenchError) -> Job {
        var opened = try plan(endpoint)
        opened.opensOnly = true
        let prefix = opened.identifierPrefix
        let descriptors = try Connector.run(opened).descriptors
        var plan = TrafficPlan(encoder: options.target.encoder, pace: .window(1))
        plan.areStampsOfThisRun = false
        plan.descriptors = descriptors
        let session = ClientEncoder.Session(cleanStart: false, isKept: true)
        plan.openings = descriptors.indices.map {
            options.target.encoder.connect(
                identifier: "\(prefix)\($0)", keepAlive: ConnectPlan.keepAlive, session: session)
        }
        let job = try Job.receive(plan, count: total, broker)
        try leave(descriptors)
        return job
    }

    private func endSessions(_ endpoint: Endpoint) throws(BenchError) {
        try leave(try Connector.run(try plan(endpoint)).descriptors)
    }
}
