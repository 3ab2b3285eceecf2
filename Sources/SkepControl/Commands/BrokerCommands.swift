import ArgumentParser
import Introspection

/// `skepctl limits`: which limits hold, where they were set, and which were hit.
struct LimitsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits", abstract: "How often which limit was hit, and the settings that hold.")

    @OptionGroup var options: ConnectOptions

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let replies = try broker.replies([.read("skep:type=Restrictions"), .read("skep:type=Overload")])
        let limits = try replies[0].get()
        let overload = Bean(replies[1])
        if output.isJSON { return try output.json(["restrictions": limits, "overload": overload.value]) }
        var table = Table([.init("SETTING", least: 16), .init("VALUE", least: 8), .init("SET IN", least: 8)])
        for (name, value) in (limits["Limits"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            table.add([name, Bean.text(value), limits["Configured"]?[name].map(Bean.text) ?? "default"])
        }
        var hits = Table([.init("HIT", least: 16), .init("TIMES", isRight: true)])
        for (name, value) in overload.largest("LimitRefusals") { hits.add([name, Human.count(Int64(clamped: value))]) }
        for (name, value) in overload.largest("Pauses") {
            hits.add(["paused: \(name)", Human.count(Int64(clamped: value))])
        }
        if hits.rows.isEmpty {
            try output.lines(["No limit was hit.", ""])
        } else {
            try output.lines(hits.lines(width: output.width, style: output.style) + [""])
        }
        try output.table(table, ifEmpty: "The broker names no settings.")
    }
}

/// `skepctl heap`: what is kept in memory.
struct HeapCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "heap", abstract: "What the broker keeps in memory: how many of which kind, and their bytes.")

    @OptionGroup var options: ConnectOptions

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let parts = try broker.value(.execute("skep:type=Memory", "heapSummary"))
        if output.isJSON { return try output.json(parts) }
        var table = Table([.init("KIND", least: 10), .init("COUNT", isRight: true), .init("BYTES", isRight: true)])
        let sorted = (parts.array ?? []).sorted { ($0["bytes"]?.number ?? -1) > ($1["bytes"]?.number ?? -1) }
        for part in sorted {
            table.add([Bean(part).text("name"), Bean(part).count("count"), Bean(part).bytes("bytes")])
        }
        try output.table(table, ifEmpty: "Nothing is counted.")
    }
}

/// `skepctl log-level`: shows or sets how much is logged.
struct LogLevelCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level", abstract: "Show or set how much is logged, in all or for one client.",
        discussion: "Holds until the broker is restarted.")

    static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    @OptionGroup var options: ConnectOptions
    @Argument(help: "trace, debug, info, notice, warning, error or critical.", completion: .list(levels))
    var level: String?
    @Option(name: .long, help: ArgumentHelp("For this client alone.", valueName: "id")) var client: String?
    @Flag(name: .long, help: "With --client: as for all others again.") var clear = false

    var onlyReads: Bool { level == nil && !clear }

    func validate() throws {
        if let level, !Self.levels.contains(level) {
            throw ValidationError("A level is one of \(Self.levels.joined(separator: ", ")).")
        }
        guard !clear || client != nil else { throw ValidationError("--clear goes with --client.") }
        guard !clear || level == nil else { throw ValidationError("Give a level or --clear, not both.") }
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let bean = "skep:type=Logging"
        if let client, clear {
            _ = try broker.value(.execute(bean, "clearClientLevel(java.lang.String)", [.string(client)]))
        } else if let client, let level {
            let arguments: [JSONValue] = [.string(client), .string(level)]
            _ = try broker.value(
                .execute(bean, "setClientLevel(java.lang.String,java.lang.String)", arguments))
        } else if let level {
            _ = try broker.value(.write(bean, attribute: "Level", value: .string(level)))
        }
        let common = try broker.value(.read(bean, attributes: ["Level"]))
        let own = try broker.value(.execute(bean, "clientLevels()")).object ?? [:]
        if output.isJSON { return try output.json(["Level": common, "ClientLevels": .object(own)]) }
        if let client {
            let text = own[client].map(Bean.text) ?? "\(Bean.text(common)) (as for all)"
            return try output.line(Printable.text(text))
        }
        var table = Table([.init("CLIENT", least: 12), .init("LEVEL")])
        table.add(["(all)", Bean.text(common)])
        for (client, level) in own.sorted(by: { $0.key < $1.key }) { table.add([client, Bean.text(level)]) }
        try output.table(table, ifEmpty: "")
    }
}

/// `skepctl reload`: reads the settings again.
struct ReloadCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Read the settings again and say what has changed.",
        discussion: "With a fault in the settings nothing changes, and the exit status is 1.")

    @OptionGroup var options: ConnectOptions

    var onlyReads: Bool { false }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let answer = try broker.value(.execute("skep:type=Broker", "reload"))
        let faults = (answer["faults"]?.array ?? []).map(Bean.text)
        if output.isJSON {
            try output.json(answer)
        } else {
            for warning in answer["warnings"]?.array ?? [] {
                Output.remark(Printable.text("warning: \(Bean.text(warning))"))
            }
            var table = Table([
                .init("OPTION", least: 16), .init("FROM", least: 6), .init("TO", least: 6), .init("IN FORCE"),
            ])
            for change in answer["changes"]?.array ?? [] {
                let bean = Bean(change)
                let force = bean.isTrue("needsRestart") ? "after a restart" : "now"
                table.add([bean.text("option"), bean.text("from"), bean.text("to"), force])
            }
            if faults.isEmpty {
                try output.table(
                    table, ifEmpty: "No setting has changed; files of users, rules and keys were read again.")
            }
        }
        guard faults.isEmpty else {
            let list = faults.map { "\n  " + Printable.text($0) }.joined()
            throw ToolError(.failed, "The settings have faults, and stay as they were:\(list)")
        }
    }
}

/// `skepctl drain`: ends the broker in good order.
struct DrainCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Stop the broker in good order: clients are told, wills published.",
        discussion: "Asks first if it stands at a terminal; --yes answers.")

    @OptionGroup var options: ConnectOptions
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

    var onlyReads: Bool { false }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        if !yes { try Confirmation.ask("Stop the broker at \(Printable.text(broker.endpoint.description))?") }
        let answer = try broker.value(.execute("skep:type=Broker", "drain"))
        if output.isJSON { return try output.json(answer) }
        try output.line("The broker stops.")
    }
}

extension Int64 {
    /// The nearest whole number there is.
    init(clamped value: Double) {
        self = Int64(exactly: value.rounded()) ?? (value > 0 ? .max : value < 0 ? .min : 0)
    }
}
