import ArgumentParser
import Glibc
import Introspection
import NIOCore

extension BrokerEvent.Kind: ExpressibleByArgument {}

/// `skepctl events`: what happens, as it happens.
struct EventsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "What happens in the broker, as it happens, until Control-C.",
        discussion: """
            With --json each event is one line of JSON. A reader that is too slow is told how many events it has missed.
            """)

    /// Seconds without any event, which comes at least every 10 s, after which the broker is given up.
    private static let longestSilence: Int64 = 35

    @OptionGroup var options: ConnectOptions
    @Option(name: .long, help: ArgumentHelp("Only events of this kind; may be repeated.", valueName: "kind"))
    var kind: [BrokerEvent.Kind] = []

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let wakeup = try Wakeup()
        wakeup.catchSignals([SIGINT, SIGTERM, SIGHUP])
        let printer = EventPrinter(output)
        let stream = broker.events(kinds: kind.map(\.rawValue), patience: .seconds(Self.longestSilence)) { piece in
            printer.take(Array(piece.readableBytesView))
        }
        // 0 is no signal.
        stream.whenComplete { _ in wakeup.wake(0) }
        var reasons: [UInt8] = []
        while reasons.isEmpty {
            _ = Wakeup.wait(for: [wakeup.reading], milliseconds: 60_000)
            reasons = wakeup.reasons()
        }
        if reasons.contains(where: { $0 != 0 }) { return }
        let answer: HTTPAnswer
        do {
            answer = try stream.wait()
        } catch {
            throw Broker.error(error)
        }
        throw BeanReply.error(httpStatus: answer.status)
            ?? ToolError(.unreachable, "The broker has ended the stream of events: it is stopping.")
    }
}
