import Glibc
import NIOCore
import Synchronization

/// `top` at work: waits for keys, signals, answers and the next reading at once, and shows what they lead to.
struct TopLoop: ~Copyable {
    private let broker: Broker
    private let wakeup: Wakeup
    private let terminal: Terminal
    private let style: Style
    private let interval: Duration
    /// Written by the connection's thread, which then wakes this one.
    private let arrived = Arrived()
    private let start = ContinuousClock.now
    private var view: TopScreen.View
    private var reading: TopReading?
    private var before: TopReading?
    private var trouble: String?
    private var nextReading = ContinuousClock.now
    /// Whether an answer is awaited.
    private var isAsking = false
    private var hasEnded = false

    /// An answer on its way from the connection's thread.
    private final class Arrived: Sendable {
        private let answer = Mutex<Result<HTTPAnswer, any Error>?>(nil)

        func set(_ result: Result<HTTPAnswer, any Error>) { answer.withLock { $0 = result } }
        func take() -> Result<HTTPAnswer, any Error>? {
            answer.withLock { answer in
                defer { answer = nil }
                return answer
            }
        }
    }

    /// Reasons to wake up that are no signals.
    private static let answerCame: UInt8 = 0
    /// Times without connection are told at this pace.
    private static let retryInterval = Duration.seconds(1)

    /// Takes the terminal over.
    init(_ broker: Broker, _ output: Output, _ wakeup: Wakeup, interval: Double, sort: TopSort) throws(ToolError) {
        self.broker = broker
        self.wakeup = wakeup
        self.interval = .seconds(interval)
        style = output.style
        view = TopScreen.View(sort: sort)
        // First, so that no signal ends the process while the terminal is not as it was.
        wakeup.catchSignals([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT])
        terminal = try Terminal()
    }

    /// Runs until the user or a signal ends it.
    mutating func run() throws(ToolError) {
        show()
        while !hasEnded {
            askIfDue()
            let canRead = Wakeup.wait(for: [STDIN_FILENO, wakeup.reading], milliseconds: waitingTime())
            if canRead[0] { takeKeys() }
            if canRead[1] { for reason in wakeup.reasons() { take(reason) } }
        }
    }

    /// Seconds as a number.
    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    /// The time of day here, to the second.
    static func clock() -> String {
        let now = SystemCall.wallClock()
        return String(CalendarTime.text(now, offset: SystemCall.timeZoneOffset(at: now)).dropFirst(11).prefix(8))
    }

    /// Milliseconds until something is due; for as long as nothing is, a minute.
    private func waitingTime() -> Int32 {
        if isAsking || view.isPaused { return 60_000 }
        let milliseconds = Self.seconds(nextReading - ContinuousClock.now) * 1_000
        return Int32(min(max(milliseconds.rounded(.up), 0), 60_000))
    }

    private mutating func askIfDue() {
        guard !isAsking, !view.isPaused, ContinuousClock.now >= nextReading else { return }
        isAsking = true
        broker.ask(TopReading.requests(view.sort)).whenComplete { [arrived, wakeup] result in
            arrived.set(result)
            wakeup.wake(Self.answerCame)
        }
    }

    private mutating func takeAnswer() {
        guard let answer = arrived.take() else { return }
        isAsking = false
        do {
            let count = TopReading.requests(view.sort).count
            let replies = try Broker.replies(answer: answer, count: count)
            let now = try TopReading(replies, moment: Self.seconds(ContinuousClock.now - start), before: reading)
            (before, reading, trouble) = (reading, now, nil)
            nextReading = max(nextReading + interval, ContinuousClock.now)
        } catch {
            trouble = "\(error) Trying again."
            nextReading = ContinuousClock.now + Self.retryInterval
        }
        show()
    }

    private mutating func takeKeys() {
        let keys = Wakeup.bytes(from: STDIN_FILENO)
        // The terminal is gone.
        if keys.isEmpty { hasEnded = true }
        for key in keys {
            switch key {
            case UInt8(ascii: "q"), UInt8(ascii: "Q"), 0x03, 0x04: hasEnded = true
            case UInt8(ascii: "s"): changeSort()
            case UInt8(ascii: "r"): view.isReversed.toggle()
            case UInt8(ascii: " "): view.isPaused.toggle()
            default: break
            }
        }
        show()
    }

    /// Other clients may be the busiest by the new order, so they are asked for at once.
    private mutating func changeSort() {
        view.sort = view.sort.next
        nextReading = ContinuousClock.now
    }

    private mutating func take(_ reason: UInt8) {
        switch Int32(reason) {
        case Int32(Self.answerCame): takeAnswer()
        case SIGWINCH: show()
        case SIGTSTP:
            // As the shell's user expects it: the terminal as it was while this is stopped.
            terminal.leave()
            raise(SIGSTOP)
        case SIGCONT:
            terminal.enter()
            show()
        default: hasEnded = true
        }
    }

    private mutating func show() {
        guard !hasEnded else { return }
        let size = SystemCall.terminalSize(of: STDOUT_FILENO) ?? (80, 24)
        let screen = TopScreen(width: size.columns, height: size.rows, style: style)
        let lines = screen.lines(reading, before: before, view: view, clock: Self.clock(), trouble: trouble)
        if !terminal.show(lines, rows: size.rows) { hasEnded = true }
    }
}
