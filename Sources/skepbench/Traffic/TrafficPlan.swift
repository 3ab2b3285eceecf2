import BrokerValues

/// What connected clients publish, and what must come of it. A client may publish, receive, or both.
struct TrafficPlan: Sendable {
    /// One client that publishes.
    struct Publisher: Sendable {
        /// Its number in ``TrafficPlan/descriptors``.
        var client: Int
        /// Where it publishes to, in turn; not empty.
        let topics: [String]
        let qos: QualityOfService
        let payloadSize: Int
        /// Clients that must get each message.
        let receivers: Int
        /// Its part of all messages at a fixed rate: it sends so many while one of weight 1 sends one.
        var weight = 1
        var isRetained = false
        /// Messages that it sends in all; nil without an end.
        var total: Int?
    }

    /// When the next message is sent.
    enum Pace: Sendable {
        /// Closed loop: when fewer than so many are under way: with QoS 0 of all publishers together, until they were
        /// delivered; with QoS 1 and 2 of each publisher, until they were acknowledged.
        case window(Int)
        /// Open loop: so many a second of all publishers together, whatever the broker does. A message's latency runs
        /// from when it was due, so a broker that stalls does not hide it (no coordinated omission).
        case rate(Double)
    }

    /// All connected clients.
    var descriptors: [Int32] = []
    var publishers: [Publisher] = []
    /// What each client sends first, by its number in ``descriptors``: a CONNECT or SUBSCRIBE that belongs to what is
    /// measured. Empty if all is done already.
    var openings: [[UInt8]] = []
    let encoder: ClientEncoder
    let pace: Pace
    /// What the broker admits.
    var limits = ConnackLimits()
    /// Whether all that arrives was sent while this runs, so that a stamp that cannot be is a fault of the broker.
    var areStampsOfThisRun = true
    /// Threads that this is shared by.
    var threads = 1

    /// Of a payload: eight bytes of when it was due. A shorter one has no latency.
    static let smallestPayload = 8
    /// Messages that a publisher may have in flight at most, so that no packet identifier is used twice.
    static let largestWindow = 60_000

    /// This plan's part for one of several threads: every so manieth client with what it publishes.
    func part(_ number: Int, of count: Int) -> TrafficPlan {
        guard count > 1 else { return self }
        let all = publishers.reduce(0) { $0 + $1.weight }
        let own = publishers.reduce(0) { $0 + ($1.client % count == number ? $1.weight : 0) }
        var part = TrafficPlan(
            encoder: encoder, pace: pace.share(Double(own) / Double(max(1, all))), limits: limits, threads: count)
        part.areStampsOfThisRun = areStampsOfThisRun
        var numbers = [Int](repeating: -1, count: descriptors.count)
        for client in stride(from: number, to: descriptors.count, by: count) {
            numbers[client] = part.descriptors.count
            part.descriptors.append(descriptors[client])
            if !openings.isEmpty { part.openings.append(openings[client]) }
        }
        part.publishers = publishers.filter { numbers[$0.client] >= 0 }
        for index in part.publishers.indices {
            part.publishers[index].client = numbers[part.publishers[index].client]
        }
        return part
    }
}

extension TrafficPlan.Pace {
    /// The pace of one of several threads, whose publishers send this share of all messages. A window is looked at
    /// together.
    fileprivate func share(_ share: Double) -> TrafficPlan.Pace {
        switch self {
        case .window: self
        case .rate(let rate): .rate(rate * share)
        }
    }
}
