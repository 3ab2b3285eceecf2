import ArgumentParser
import BrokerValues
import MQTTWire

/// `skepbench idle`: what a client costs that is only there.
struct IdleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "A crowd connects, each client subscribes to one topic, and nothing happens.",
        discussion: "What connecting costs, and with --pid the broker's memory for each client and its CPU at rest.")

    @OptionGroup var target: TargetOptions

    @Option(name: .long, help: "Clients.")
    var clients = 9_000

    @Option(name: .long, help: "Connections that are opened before their SUBACK came.")
    var atOnce = 200

    @Option(name: .long, help: "Seconds of rest: the first half is let go by, the second measured.")
    var hold = 6

    func validate() throws {
        try TargetOptions.check("clients", clients, 1...1_000_000)
        try TargetOptions.check("at-once", atOnce, 1...1_000_000)
        try TargetOptions.check("hold", hold, 1...86_400)
    }

    func run() throws {
        try report(as: target.json) { () throws(BenchError) in try IdleScenario(options: self).run() }
    }
}

/// The scenario of ``IdleCommand``.
struct IdleScenario {
    let options: IdleCommand

    func run() throws(BenchError) -> Report {
        let broker = try options.target.broker()
        try Sockets.needDescriptors(options.clients)
        var plan = try options.target.plan(options.clients, "i", to: try options.target.endpoint())
        plan.atOnce = options.atOnce
        plan.timeLimit = 600 * MonotonicClock.second
        let prefix = TargetOptions.topicPrefix
        plan.filter = { "\(prefix)\($0)/command" }
        let memoryBefore = try broker?.residentMemory()
        let cpuBefore = try broker?.cpuTime()
        let outcome = try Connector.run(plan)
        let cpuConnected = try broker?.cpuTime()
        let half = options.hold * MonotonicClock.second / 2
        MonotonicClock.sleep(nanoseconds: half)
        let restStart = (cpu: try broker?.cpuTime(), at: MonotonicClock.now())
        MonotonicClock.sleep(nanoseconds: half)
        let restEnd = (cpu: try broker?.cpuTime(), at: MonotonicClock.now())
        let memoryAfter = try broker?.residentMemory()
        let gone = outcome.descriptors.count { Sockets.isEnded($0) }
        Sockets.closeAll(outcome.descriptors)
        guard gone < options.clients else { throw BenchError(.refused, "The broker disconnected all clients") }

        var report = Report(scenario: "idle", title: "\(options.clients) clients with one subscription each")
        let took = outcome.lastAcceptedAt - outcome.startedAt
        report.add("version", "version of MQTT", .text(options.target.protocolVersion.name))
        report.add("clients", "clients", .count(options.clients))
        report.add("connected", "connected and subscribed", .rate(Double(options.clients) * 1e9 / Double(max(1, took))))
        report.add("connect_time", "from the first attempt to SUBACK", .latency(outcome.times))
        if let cpuBefore, let cpuConnected {
            report.add(
                "broker_cpu_us_per_connect", "broker's CPU to connect and subscribe, us",
                .number(Double(cpuConnected - cpuBefore) / 1e3 / Double(options.clients)))
        }
        if let memoryBefore, let memoryAfter {
            report.add("broker_resident_bytes", "broker's memory, bytes", .count(memoryAfter))
            let added = memoryAfter - memoryBefore
            report.add(
                "broker_bytes_per_connection", "of this for a connection",
                .number(added > 0 ? Double(added) / Double(options.clients) : nil))
        }
        report.add("closed", "clients disconnected", .count(gone))
        if let before = restStart.cpu, let after = restEnd.cpu {
            report.add(
                "broker_cpu_at_rest_cores", "broker's CPU at rest, cores",
                .number(Double(after - before) / Double(max(1, restEnd.at - restStart.at))))
        }
        return report
    }
}
