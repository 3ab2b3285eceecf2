/// What the broker takes on less of at one stress level.
package struct SheddingRule: Sendable, Equatable {
    /// Credits that each client gets back every tenth of a second.
    package let creditsPerTick: Int
    /// CONNECT packets a second that the whole broker lets in, beside what listeners are set to; nil for no limit.
    package let connectsPerSecond: Double?
    /// Wills that an event loop publishes in a tenth of a second; nil for what the settings allow.
    package let willsPerTick: Int?
    /// Retained messages that an event loop sends to new subscribers in a tenth of a second; nil for no limit.
    package let retainedPerTick: Int?
    /// Whether `/readyz` says that the broker may be sent more.
    package let isReady: Bool
}

/// What is shed at which stress level. The broker's documentation shows this table as ``markdown`` writes it.
///
/// Below ``StressModel/sheddingLevel`` clients get back more in a tenth of a second than an event loop can spend, so
/// nobody is slowed. An event loop has a million credits to spend in a tenth of a second: at level 4 one client may keep
/// half of a loop busy, at level 10 half of a percent.
package enum SheddingTable {
    /// By level.
    package static let rules: [SheddingRule] = [
        free, free, free, free,
        rule(500_000, connects: nil, wills: nil, retained: nil),
        rule(300_000, connects: 2_000, wills: 500, retained: 20_000),
        rule(200_000, connects: 1_000, wills: 300, retained: 10_000),
        rule(100_000, connects: 500, wills: 200, retained: 5_000),
        rule(50_000, connects: 200, wills: 100, retained: 2_000),
        rule(20_000, connects: 100, wills: 50, retained: 1_000),
        rule(5_000, connects: 50, wills: 20, retained: 500),
    ]

    /// What holds while nothing is shed, or protection is off.
    package static let free = SheddingRule(
        creditsPerTick: CreditAccount.full, connectsPerSecond: nil, willsPerTick: nil, retainedPerTick: nil,
        isReady: true)

    /// The rule of a level; those of no level are the highest's.
    package static func rule(at level: Int) -> SheddingRule { rules[min(max(level, 0), rules.count - 1)] }

    private static func rule(
        _ credits: Int, connects: Double?, wills: Int?, retained: Int?
    ) -> SheddingRule {
        SheddingRule(
            creditsPerTick: credits, connectsPerSecond: connects, willsPerTick: wills, retainedPerTick: retained,
            isReady: false)
    }

    /// The table for documentation.
    package static var markdown: String {
        let head = """
            | level | credits per client | CONNECT | wills per event loop | retained per event loop | `/readyz` |
            |---|---|---|---|---|---|
            """
        let rows = rules.enumerated().map { level, rule in
            let credits = rule == free ? "more than can be spent" : "\(rule.creditsPerTick * 10)/s"
            let connects: String = rule.connectsPerSecond.map { "\(Int($0))/s" } ?? "-"
            let wills: String = rule.willsPerTick.map { "\($0 * 10)/s" } ?? "-"
            let retained: String = rule.retainedPerTick.map { "\($0 * 10)/s" } ?? "-"
            let ready = rule.isReady ? "200" : "503"
            let cells: [String] = ["\(level)", credits, connects, wills, retained, ready]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        return ([head] + rows).joined(separator: "\n")
    }
}
