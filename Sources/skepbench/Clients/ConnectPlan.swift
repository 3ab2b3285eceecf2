import BrokerValues
import MQTTWire

/// Which clients are to be connected, and how.
struct ConnectPlan: Sendable {
    let target: Endpoint
    let sources: [Endpoint]
    let encoder: ClientEncoder
    /// Clients.
    let count: Int
    /// The identifier of a client is this and its number.
    let identifierPrefix: String
    /// Connections that are opened before their CONNACK came, at most.
    var atOnce = 200
    /// Attempts of one client after its first, each after twice the wait of the one before.
    var retries = 0
    /// All this is given up after so many nanoseconds.
    var timeLimit = 60 * MonotonicClock.second
    /// Whether a connection is all that is wanted: whoever takes it over sends CONNECT.
    var opensOnly = false
    /// Whether a client that cannot be had ends it all at once.
    var needsAll = true
    /// What a client subscribes to before it counts as connected.
    var filter: (@Sendable (Int) -> String?)?
    var filterQoS = QualityOfService.atMostOnce
    var session = ClientEncoder.Session()
    var will: (@Sendable (Int) -> ClientEncoder.Will)?

    init(target: Endpoint, sources: [Endpoint], encoder: ClientEncoder, count: Int, identifierPrefix: String) {
        self.target = target
        self.sources = sources
        self.encoder = encoder
        self.count = count
        self.identifierPrefix = identifierPrefix
    }

    /// Seconds of keep-alive in every CONNECT: long enough that no run of minutes needs a PINGREQ.
    static let keepAlive: UInt16 = 3_600

    /// Waits before the first retry; doubled for each further one up to ``longestBackoff``, with half of it added by
    /// the client's number so that they do not come back as one.
    static let firstBackoff = 500 * MonotonicClock.millisecond
    static let longestBackoff = 8 * MonotonicClock.second

    /// How long a client waits after it has failed for the `attempt`th time, the first being 1.
    static func backoff(attempt: Int, client: Int) -> Int {
        let base = min(longestBackoff, firstBackoff << min(max(0, attempt - 1), 10))
        return base + base / 2 * (client * 37 % 100) / 100
    }
}

/// What became of a ``ConnectPlan``.
struct ConnectOutcome: Sendable {
    /// By the client's number; -1 for those that have no connection.
    var descriptors: [Int32]
    /// When the first socket was opened, and when the last client was let in.
    let startedAt: Int
    var lastAcceptedAt: Int
    /// Clients let in within each ``timelineStep``.
    var timeline: [Int] = []
    var accepted = 0
    /// CONNACKs that refused.
    var refused = 0
    /// Connections that ended before a CONNACK.
    var closedEarly = 0
    /// Connections that could not be opened.
    var unreachable = 0
    /// Attempts after a client's first.
    var retries = 0
    /// Clients that had no CONNACK in the end.
    var givenUp = 0
    /// Clients that were let in and then closed by the broker while others connected.
    var lostAfterwards = 0
    /// From a client's first attempt to the CONNACK that let it in.
    var times = LatencyHistogram()
    /// What the broker admits; a broker says the same to all clients of a run.
    var limits = ConnackLimits()
    /// The first thing that went wrong.
    var firstFault: BenchError?

    static let timelineStep = 100 * MonotonicClock.millisecond

    init(count: Int, startedAt: Int) {
        descriptors = [Int32](repeating: -1, count: count)
        self.startedAt = startedAt
        lastAcceptedAt = startedAt
    }

    mutating func accept(at now: Int, since firstAttempt: Int) {
        accepted += 1
        lastAcceptedAt = now
        times.record(now - firstAttempt)
        let step = (now - startedAt) / Self.timelineStep
        while timeline.count <= step { timeline.append(0) }
        timeline[step] += 1
    }
}
