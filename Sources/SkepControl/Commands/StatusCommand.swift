import ArgumentParser
import Introspection

/// `skepctl status`: how the broker is, on one screen and in one round trip.
struct StatusCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How the broker is: load, stress, limits, listeners.")

    @OptionGroup var options: ConnectOptions

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let replies = try broker.replies(StatusReading.requests)
        // Without this one there is nothing to tell.
        if case .failure(let error) = replies[0] { throw error }
        let reading = StatusReading(replies)
        if output.isJSON { return try output.json(reading.json) }
        try output.lines(reading.lines(width: output.width, style: output.style))
    }
}

/// What `status` asks, and how it shows the answers.
struct StatusReading {
    static let names = ["broker", "stress", "overload", "memory", "process", "readiness", "listeners", "storage"]
    static let requests: [BeanRequest] = [
        .read("skep:type=Broker"), .read("skep:type=Stress"), .read("skep:type=Overload"), .read("skep:type=Memory"),
        .read("skep:type=Process"), .execute("skep:type=Broker", "readiness"), .read("skep:type=Listener,name=*"),
        .read("skep:type=Storage"),
    ]

    private let values: [String: JSONValue]

    /// Answers in the order of the requests; what failed is shown as unknown.
    init(_ replies: [BeanReply.Value]) {
        values = Dictionary(zip(Self.names, replies.map { (try? $0.get()) ?? .null })) { first, _ in first }
    }

    var json: JSONValue { .object(values) }

    /// The screen.
    func lines(width: Int?, style: Style) -> [String] {
        let broker = Bean(values["broker"])
        var fields = Fields()
        addState(&fields, broker, style)
        addLoad(&fields, broker, style)
        if let text = Self.storage(Bean(values["storage"])) { fields.add("Storage", text) }
        addProcess(&fields, broker)
        let title = style.bold("skep \(Printable.text(broker.text("Version")))")
        return [title] + fields.lines(width: width, style: style) + listeners(width: width, style: style)
    }

    private func addState(_ fields: inout Fields, _ broker: Bean, _ style: Style) {
        let status = broker.text("Status")
        let state =
            "\(status) since \(broker.text("StartTime")), up \(broker.duration("UptimeSeconds")), "
            + "process \(broker.text("ProcessId"))"
        fields.add("Status", state) { status == "running" ? style.green($0) : style.yellow($0) }
        if let readiness = values["readiness"], readiness["ok"] != nil {
            let isReady = readiness["ok"]?.boolean == true
            let faults = (readiness["checks"]?.array ?? []).filter { $0["ok"]?.boolean == false }.map {
                "\(Bean($0).text("name")): \(Bean($0).text("detail"))"
            }
            let text = isReady ? "yes" : "no" + (faults.isEmpty ? "" : ", ") + faults.joined(separator: "; ")
            fields.add("Ready", text) { isReady ? $0 : style.red($0) }
        }
        let stress = Bean(values["stress"])
        let overload = Bean(values["overload"])
        fields.add("Stress", Self.stress(stress, overload)) {
            style.graded($0, (stress.number("Level") ?? 0) / 10)
        }
    }

    /// `3 of 10, most from cpu (62 %); shedding`.
    static func stress(_ stress: Bean, _ overload: Bean) -> String {
        var text = "\(stress.text("Level")) of 10"
        if let signal = stress.value["LeadingSignal"]?.string {
            text += ", most from \(signal)"
            if let ratio = stress.value["Signals"]?[signal]?.number { text += " (\(Human.percent(ratio)))" }
        }
        guard overload.isTrue("IsProtecting") else { return text + "; protection is off" }
        return text + (overload.isTrue("IsShedding") ? "; shedding load" : "; nothing is shed")
    }

    /// `writes, 1.2 MB, 20.0 GB left; p99 of commits 3.1 ms`; nil for a broker that keeps nothing through restarts.
    static func storage(_ storage: Bean) -> String? {
        guard let isWriting = storage.value["IsWriting"]?.boolean else { return nil }
        let state = !isWriting ? "cannot write" : storage.isTrue("IsFull") ? "full" : "writes"
        let bytes = (storage.value["Bytes"]?.object ?? [:]).values.compactMap(\.number).reduce(0, +)
        let text = "\(state), \(Human.bytes(bytes)), \(storage.bytes("AvailableBytes")) left"
        let commits = Bean(storage.value["CommitSeconds"])
        guard commits.number("count") ?? 0 > 0 else { return text }
        return text + "; p99 of commits \(commits.duration("p99"))"
    }

    private func addLoad(_ fields: inout Fields, _ broker: Bean, _ style: Style) {
        fields.add(
            "Clients",
            "\(broker.count("Connections")) connected, \(broker.count("Sessions")) sessions, "
                + "\(broker.count("Subscriptions")) subscriptions")
        fields.add("Connects", "\(broker.rate("ConnectsPerSecond")), gone \(broker.rate("DisconnectsPerSecond"))")
        fields.add(
            "Publishes",
            "in \(broker.rate("PublishesReceivedPerSecond")), out \(broker.rate("PublishesSentPerSecond"))")
        fields.add(
            "Bytes",
            "in \(broker.bytes("BytesReceivedPerSecond"))/s, out \(broker.bytes("BytesSentPerSecond"))/s")
        fields.add(
            "Waiting",
            "\(broker.count("QueuedMessages")) queued (\(broker.bytes("QueuedBytes"))), "
                + "\(broker.count("RetainedMessages")) retained")
        let dropsNow = broker.number("MessagesDroppedPerSecond") ?? 0
        fields.add("Dropped", "\(broker.count("MessagesDropped")), now \(Human.rate(dropsNow))") {
            dropsNow > 0 ? style.red($0) : $0
        }
        let overload = Bean(values["overload"])
        fields.add("Limits hit", Self.counts(overload.largest("LimitRefusals")))
        fields.add("Paused", Self.counts(overload.largest("Paused")))
    }

    /// `connections 12, publish size 3`; nil for none.
    static func counts(_ counts: [(name: String, value: Double)]) -> String? {
        if counts.isEmpty { return nil }
        return counts.prefix(8).map { "\($0.name) \(Human.short($0.value))" }.joined(separator: ", ")
    }

    private func addProcess(_ fields: inout Fields, _ broker: Bean) {
        let memory = Bean(values["memory"])
        let process = Bean(values["process"])
        let share = process.number("CPUShare").map(Human.percent) ?? Bean.nothing
        fields.add("Memory", "\(memory.bytes("ResidentBytes")), at most \(memory.bytes("PeakBytes"))")
        fields.add(
            "Process",
            "CPU \(share), \(process.count("OpenFiles")) of \(process.count("MaximumFiles")) files, "
                + "\(process.count("Threads")) threads, \(broker.count("EventLoops")) event loops")
        fields.add(
            "Settings",
            "\(broker.text("SettingsSource")), read \(broker.text("SettingsLoadTime")), "
                + "hash \(broker.text("SettingsHash").prefix(12))")
    }

    private func listeners(width: Int?, style: Style) -> [String] {
        var table = Table([
            .init("LISTENER", least: 8), .init("TRANSPORT"), .init("ADDRESS", least: 12),
            .init("CONNECTIONS", isRight: true),
        ])
        for (_, value) in (values["listeners"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            let bean = Bean(value)
            table.add([bean.text("Name"), bean.text("Transport"), bean.text("Address"), bean.count("Connections")])
        }
        return table.rows.isEmpty ? [] : [""] + table.lines(width: width, style: style)
    }
}
