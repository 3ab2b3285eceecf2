import Introspection

/// The screen of `top` as lines, made of a reading: nothing here touches a terminal.
struct TopScreen {
    /// What the user has chosen.
    struct View: Sendable, Hashable {
        var sort = TopSort.rate
        var isReversed = false
        var isPaused = false
    }

    let width: Int
    let height: Int
    let style: Style

    /// Lines, at most as many as there is room for, none wider than the terminal.
    ///
    /// - Parameters:
    ///   - reading: nil until there is one.
    ///   - before: the reading before it, for what has changed.
    ///   - clock: the time of day, for the first line.
    ///   - trouble: why there is no newer reading; nil if all is well.
    func lines(_ reading: TopReading?, before: TopReading?, view: View, clock: String, trouble: String?) -> [String] {
        guard width > 0, height > 0 else { return [] }
        var lines = [title(reading, view, clock)]
        if let trouble { lines.append(style.red(TextWidth.cut(Printable.text(trouble), to: width))) }
        if let reading {
            lines += load(reading, before)
            // Clients first: their part has a blank line, titles and three of them, and below is the line of keys.
            lines += signals(reading, rows: height - lines.count - 6)
        }
        lines = Array(lines.prefix(max(1, height - 1)))
        if let reading {
            let room = height - lines.count - 1
            // One line to set them off, one for titles, and at least one client.
            if room >= 3 { lines += [""] + clients(reading, view, rows: room - 2) }
        }
        if height > 1 { lines.append(footer(view)) }
        return lines
    }

    private func cut(_ text: String) -> String { TextWidth.cut(Printable.text(text), to: width) }

    private func title(_ reading: TopReading?, _ view: View, _ clock: String) -> String {
        let broker = reading?.broker ?? Bean(nil)
        let left =
            "skep \(broker.text("Version"))  \(broker.text("Status"))  up \(broker.duration("UptimeSeconds"))"
            + (view.isPaused ? "  (paused)" : "")
        let room = width - clock.count - 1
        guard room >= 10 else { return style.bold(cut(left)) }
        return style.bold(TextWidth.fit(Printable.text(left), to: room) + " " + clock)
    }

    private func load(_ reading: TopReading, _ before: TopReading?) -> [String] {
        let (broker, overload) = (reading.broker, reading.overload)
        let share = reading.process.number("CPUShare").map(Human.percent) ?? Bean.nothing
        let dropsNow = broker.number("MessagesDroppedPerSecond") ?? 0
        let drops = "dropped   \(broker.count("MessagesDropped")), now \(Human.rate(dropsNow))"
        var lines = [
            cut(
                "clients   \(broker.count("Connections")) connected, \(broker.count("Sessions")) sessions, "
                    + "+\(broker.rate("ConnectsPerSecond")), -\(broker.rate("DisconnectsPerSecond"))"),
            cut(
                "publishes in \(broker.rate("PublishesReceivedPerSecond")), "
                    + "out \(broker.rate("PublishesSentPerSecond")); "
                    + "bytes in \(broker.bytes("BytesReceivedPerSecond"))/s, "
                    + "out \(broker.bytes("BytesSentPerSecond"))/s"),
            cut(
                "waiting   \(broker.count("QueuedMessages")) queued (\(broker.bytes("QueuedBytes"))), "
                    + "\(broker.count("RetainedMessages")) retained; "
                    + "memory \(reading.memory.bytes("ResidentBytes")), CPU \(share)"),
            dropsNow > 0 ? style.red(cut(drops)) : cut(drops),
        ]
        let hits = Self.changes(overload, before?.overload, "LimitRefusals")
        if !hits.isEmpty { lines.append(cut("limits    \(hits.joined(separator: ", "))")) }
        if let paused = StatusReading.counts(overload.largest("Paused")) { lines.append(cut("paused    \(paused)")) }
        let level = (reading.stress.number("Level") ?? 0) / 10
        lines.append(style.graded(cut("stress    \(StatusReading.stress(reading.stress, overload))"), level))
        return lines
    }

    /// Counts of a map with what came since the reading before: `connections 12 (+3)`, the most recent first.
    static func changes(_ now: Bean, _ before: Bean?, _ name: String) -> [String] {
        let counts = now.largest(name).map { entry in
            (entry.name, entry.value, before.map { entry.value - ($0.value[name]?[entry.name]?.number ?? 0) } ?? 0)
        }
        return counts.sorted { ($0.2, $0.1) > ($1.2, $1.1) }.prefix(6).map { name, value, more in
            "\(name) \(Human.short(value))" + (more > 0 ? " (+\(Human.short(more)))" : "")
        }
    }

    /// Bars of the signals, the highest first, as many in a line as there is room for; a third of the screen at most.
    private func signals(_ reading: TopReading, rows: Int) -> [String] {
        let signals = reading.stress.largest("Signals")
        guard !signals.isEmpty, rows > 0, width >= 24 else { return [] }
        let across = width >= 76 ? 2 : 1
        let each = (width - 2 * (across - 1)) / across
        let rows = min((signals.count + across - 1) / across, rows, max(1, height / 3 - 1))
        return (0..<rows).map { row in
            let inRow = signals.dropFirst(row * across).prefix(across)
            return inRow.map { bar($0.name, $0.value, width: each) }.joined(separator: "  ")
        }
    }

    /// `cpu        [||||||        52 %]`
    private func bar(_ name: String, _ ratio: Double, width: Int) -> String {
        let nameWidth = min(18, width / 2)
        let inner = width - nameWidth - 3
        let number = Human.percent(ratio)
        let filled = Int64(clamped: min(max(ratio, 0), 1) * Double(inner))
        // The number takes the place of the bar's end.
        let bar = String(repeating: "|", count: min(Int(filled), max(0, inner - number.count)))
        let whole = TextWidth.fit(bar, to: max(0, inner - number.count)) + number
        return TextWidth.fit(Printable.text(name), to: nameWidth) + " [" + style.graded(whole, ratio) + "]"
    }

    private func clients(_ reading: TopReading, _ view: View, rows: Int) -> [String] {
        var table = Table([
            .init("CLIENT", least: 20), .init("ADDRESS", least: 15, leaves: 1), .init("IN/s", isRight: true),
            .init("OUT/s", isRight: true), .init("BYTES/s", isRight: true, leaves: 4),
            .init("QUEUED", isRight: true, leaves: 5), .init("UNSENT", isRight: true, leaves: 3),
            .init("PAUSED", leaves: 2),
        ])
        for client in view.sort.sorted(reading.clients, isReversed: view.isReversed).prefix(rows) {
            table.add([
                client.id, client.isOnline ? client.address : "offline",
                client.receivedRate.map(Human.short) ?? Bean.nothing,
                client.sentRate.map(Human.short) ?? Bean.nothing, client.bytesRate.map(Human.bytes) ?? Bean.nothing,
                Human.short(Double(client.queued)), Human.bytes(Double(client.unsentBytes)), client.pausedBy ?? "",
            ])
        }
        let lines = table.lines(width: width)
        guard style.isOn, let titles = lines.first else { return lines }
        return [style.inverse(TextWidth.fit(titles, to: width))] + lines.dropFirst()
    }

    private func footer(_ view: View) -> String {
        let order = view.sort.rawValue + (view.isReversed ? ", reversed" : "")
        return style.dim(cut("q quit   s sort (\(order))   r reverse   space \(view.isPaused ? "go on" : "pause")"))
    }
}
