import Synchronization

/// What the scenario tells the running threads of a ``TrafficPlan``, and what they count.
final class TrafficControl: Sendable {
    /// What is done with time.
    enum Phase: UInt8, CaseIterable {
        /// Load runs, latencies are not taken.
        case warmingUp
        case measuring
        /// No message is sent any more; those under way are received.
        case draining
        case stopped
    }

    private let current = Atomic<UInt8>(Phase.warmingUp.rawValue)

    /// Messages that were written for the sockets of publishers, which may still have to take them.
    let sent = Atomic<Int>(0)
    /// Deliveries that these must become.
    let expected = Atomic<Int>(0)
    /// Deliveries, those again of a message that came before among them.
    let received = Atomic<Int>(0)
    /// Deliveries that the broker has marked as sent before (DUP).
    let redelivered = Atomic<Int>(0)
    /// Messages that publishers know to be taken: PUBACK or PUBCOMP.
    let acknowledged = Atomic<Int>(0)
    /// PUBACKs, PUBRECs and PUBCOMPs that say that the message was not taken.
    let rejected = Atomic<Int>(0)
    /// Messages that were due and not sent: a publisher had too many in flight, or its socket took nothing.
    let unsent = Atomic<Int>(0)
    /// Clients that the broker has disconnected, and how many of them published.
    let closed = Atomic<Int>(0)
    let closedPublishers = Atomic<Int>(0)
    /// The code of a DISCONNECT of the broker; -1 without one.
    let disconnectReason = Atomic<Int>(-1)
    /// The sum of all stamps of deliveries to come, less the sum of those that came: not 0 in the end, although as many
    /// came as were sent, if some came twice and others never.
    let stamps = Atomic<Int>(0)
    /// Whether a thread has ended with an error.
    let hasFailed = Atomic<Bool>(false)

    var phase: Phase {
        get { Phase(rawValue: current.load(ordering: .acquiring)) ?? .stopped }
        set { current.store(newValue.rawValue, ordering: .releasing) }
    }

    /// Threads that send no message any more, and have counted all that they sent.
    let drained = Atomic<Int>(0)

    /// Deliveries that have not come yet; while messages are sent never less than there are.
    var underWay: Int {
        let received = received.load(ordering: .acquiring)
        return expected.load(ordering: .acquiring) - received
    }
}

/// What one thread of a ``TrafficPlan`` has measured.
struct TrafficFigures: Sendable {
    /// From when a message was due (open loop) or sent (closed loop) to its delivery, for those sent while measuring.
    var latency = LatencyHistogram()
    /// By how much the generator was late to send a message that was due (open loop only).
    var lateness = LatencyHistogram()
    /// CPU of the thread while measuring, in nanoseconds.
    var cpu = 0
}
