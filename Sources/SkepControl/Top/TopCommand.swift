import ArgumentParser
import Introspection

extension TopSort: ExpressibleByArgument {}

/// `skepctl top`: the broker and its busiest clients, live.
struct TopCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "The broker live: rates, stress, drops, the busiest clients.",
        discussion: """
            Keys: q quits, s sorts by the next column, r turns the order round, space pauses. If the broker goes away, \
            top tries again until it is back. The busiest clients are looked for among those that have sent or received \
            the most since they connected.
            """)

    @OptionGroup var options: ConnectOptions
    @Option(name: .shortAndLong, help: ArgumentHelp("Seconds between two readings.", valueName: "seconds"))
    var interval = 1.0
    @Option(name: .long, help: "What to sort clients by.") var sort = TopSort.rate
    @Flag(name: .long, help: "Print one screen as text, after one interval, and end.") var once = false

    func validate() throws {
        guard interval.isFinite, (0.2...3_600).contains(interval) else {
            throw ValidationError("--interval is from 0.2 to 3600 seconds.")
        }
        guard !options.json || once else { throw ValidationError("--json goes with --once.") }
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let wakeup = try Wakeup()
        if once { return try printOnce(broker, output, wakeup) }
        var loop = try TopLoop(broker, output, wakeup, interval: interval, sort: sort)
        try loop.run()
    }

    /// Two readings, an interval apart: what clients do a second is only known then.
    private func printOnce(_ broker: Broker, _ output: Output, _ wakeup: Wakeup) throws(ToolError) {
        let start = ContinuousClock.now
        func reading(_ before: TopReading?) throws(ToolError) -> (TopReading, [BeanReply.Value]) {
            let replies = try broker.replies(TopReading.requests(sort))
            let moment = TopLoop.seconds(ContinuousClock.now - start)
            return (try TopReading(replies, moment: moment, before: before), replies)
        }
        let before = try reading(nil).0
        _ = Wakeup.wait(for: [wakeup.reading], milliseconds: Int32(interval * 1_000))
        let (now, replies) = try reading(before)
        if output.isJSON {
            let names = ["broker", "stress", "overload", "memory", "process"]
            let beans = zip(names, replies).map { ($0.0, Bean($0.1).value) }
            return try output.json(
                .object(Dictionary(beans) { first, _ in first }.merging(["clients": now.json]) { $1 }))
        }
        let screen = TopScreen(width: output.width ?? 120, height: output.isTerminal ? 24 : 50, style: output.style)
        let view = TopScreen.View(sort: sort)
        let lines = screen.lines(now, before: before, view: view, clock: TopLoop.clock(), trouble: nil)
        // Without the last line, which names keys.
        try output.lines(lines.dropLast())
    }
}
