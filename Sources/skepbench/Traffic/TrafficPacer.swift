import BrokerValues

/// Decides whose turn it is to publish, and when. Knows no socket.
struct TrafficPacer: Sendable {
    /// Deliveries of QoS 0 that may be under way (closed loop).
    private let deliveryLimit: Int
    /// Nanoseconds between two messages (open loop); 0 in a closed loop.
    private let interval: Double
    /// Clients in the order in which they send (open loop); once for each unit of their weight.
    private let schedule: [Int]
    private let windowOfEach: Int

    /// Clients that may send, in turn (closed loop); those before ``readyStart`` were taken.
    private var ready: [Int] = []
    private var readyStart = 0
    private var started = 0
    /// Messages that were due so far (open loop).
    private var turns = 0
    /// Deliveries that did not come for so long that they are no longer waited for.
    private var writtenOff = 0
    private var lastReceived = 0
    private var lastProgress = 0
    private var lastStamp = 0

    /// Whether lateness counts.
    var isMeasuring = false

    /// When for so long nothing was delivered, what is under way is taken for lost, or a closed loop would stand still.
    static let patience = 500 * MonotonicClock.millisecond
    /// Messages that are sent before arrivals are looked at again.
    static let mostAtOnce = 10_000

    init(_ plan: TrafficPlan) {
        switch plan.pace {
        case .window(let window):
            windowOfEach = min(window, TrafficPlan.largestWindow)
            interval = 0
            schedule = []
            let receivers = plan.publishers.reduce(0) { $0 + $1.receivers }
            deliveryLimit = max(1, window * receivers / max(1, plan.publishers.count))
        case .rate(let rate):
            windowOfEach = TrafficPlan.largestWindow
            interval = Double(MonotonicClock.second) / max(rate, .leastNormalMagnitude)
            deliveryLimit = .max
            schedule = Self.schedule(plan.publishers)
        }
    }

    var isClosed: Bool { interval == 0 }

    /// Messages of QoS 1 and 2 that a publisher may have in flight.
    func window(of publisher: TrafficPlan.Publisher, _ limits: ConnackLimits) -> Int {
        min(windowOfEach, limits.receiveMaximum)
    }

    /// Each publisher as often as its weight says, those of one spread evenly over the whole, and neighbours far from
    /// each other: they are often of one kind, and that must not come in bursts.
    private static func schedule(_ publishers: [TrafficPlan.Publisher]) -> [Int] {
        // Its multiples fill the span between 0 and 1 more evenly than those of any other number.
        let goldenRatio = 0.618_033_988_749_895
        var places: [(place: Double, client: Int)] = []
        for (number, publisher) in publishers.enumerated() {
            for turn in 0..<max(1, publisher.weight) {
                let offset = (Double(number) * goldenRatio).truncatingRemainder(dividingBy: 1)
                places.append(((Double(turn) + offset) / Double(max(1, publisher.weight)), publisher.client))
            }
        }
        return places.sorted { $0.place < $1.place }.map(\.client)
    }

    mutating func start(at now: Int) {
        started = now
        lastProgress = now
    }

    /// A stamp that no other message of this thread has: the same, or the next that is free.
    mutating func unique(_ stamp: Int) -> Int {
        // Those of messages that are sent late lie far behind, and differ anyway.
        if stamp > lastStamp {
            lastStamp = stamp
            return stamp
        }
        guard isClosed else { return stamp }
        lastStamp += 1
        return lastStamp
    }

    // MARK: - Open loop

    /// Whether anybody publishes at a fixed rate here.
    var hasTurns: Bool { !schedule.isEmpty }

    /// When the next message is due.
    var due: Int { started + Int(Double(turns) * interval) }

    /// Who sends the message that is due.
    mutating func takeTurn() -> Int {
        let client = schedule[turns % schedule.count]
        turns += 1
        return client
    }

    // MARK: - Closed loop

    /// Puts a client at the end of those that may send.
    mutating func makeReady(_ client: Int) { ready.append(client) }

    /// The next that may send.
    mutating func takeReady() -> Int? {
        guard readyStart < ready.count else {
            ready.removeAll(keepingCapacity: true)
            readyStart = 0
            return nil
        }
        let client = ready[readyStart]
        readyStart += 1
        // So that the list stays as short as what it holds.
        if readyStart > 1_024, readyStart * 2 > ready.count {
            ready.removeFirst(readyStart)
            readyStart = 0
        }
        return client
    }

    /// Deliveries of QoS 0 that may still be caused while so many are under way.
    mutating func room(underWay: Int, received: Int, now: Int) -> Int {
        if received != lastReceived || underWay == 0 {
            lastReceived = received
            lastProgress = now
        } else if now - lastProgress > Self.patience {
            writtenOff = underWay
            lastProgress = now
        }
        writtenOff = min(writtenOff, max(0, underWay))
        return deliveryLimit - (underWay - writtenOff)
    }
}
