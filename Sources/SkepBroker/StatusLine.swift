import Monitoring

/// The broker in one line: `1,204 clients, stress 2/10, 3.1k msg/s`.
struct StatusLine {
    private var last: (messages: Double, time: ContinuousClock.Instant)?

    /// - Parameter snapshot: taken now. The rate is the mean since the one before.
    mutating func next(_ snapshot: MetricSnapshot, now: ContinuousClock.Instant) -> String {
        let messages = snapshot.sum("skep_publishes_received_total")
        var rate = 0.0
        if let last {
            let seconds = (now - last.time) / .seconds(1)
            if seconds > 0 { rate = max(0, messages - last.messages) / seconds }
        }
        last = (messages, now)
        return Self.text(
            clients: Int(snapshot.sum("skep_connections")), stress: Int(snapshot.sum("skep_stress_level")), rate: rate)
    }

    static func text(clients: Int, stress: Int, rate: Double) -> String {
        "\(grouped(clients)) client\(clients == 1 ? "" : "s"), stress \(stress)/10, \(short(rate)) msg/s"
    }

    /// `1,204`.
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.indices.reduce(into: "") { text, index in
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digits[index])
        }
    }

    /// `12`, `3.1k`, `1.2M`: three digits at most.
    private static func short(_ value: Double) -> String {
        for (unit, name) in [(1e6, "M"), (1e3, "k")] where value >= unit {
            let scaled = value / unit
            if scaled >= 100 { return "\(Int(min(scaled, 1e9)))\(name)" }
            let tenths = Int(scaled * 10)
            return "\(tenths / 10).\(tenths % 10)\(name)"
        }
        return "\(Int(value))"
    }
}
