package import BrokerValues
import StressModel
import Synchronization

/// What the shards of a broker share to keep its limits together: how many clients are connected, what may pass in a
/// second, and the stress level.
///
/// Safe (Sendable): everything in it is atomic. Nothing here is touched for a message unless a limit on bytes is set.
package final class BrokerGates: Sendable {
    /// Time that a limit on bytes lets a pause be made up for.
    private static let bandwidthBurst = 0.1

    private let connected = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let level = Atomic<Int>(0)
    private let protects = Atomic<Bool>(true)
    private let storageFull = Atomic<Bool>(false)
    private let storedSessions = Atomic<Int>(0)
    private let lastStoredSession = Atomic<UInt64>(0)
    /// Bytes that clients send.
    let incoming = RateGate()
    /// Bytes that clients are sent.
    let outgoing = RateGate()
    /// CONNECT packets, by the number of their listener.
    private let listeners: [RateGate]
    /// CONNECT packets of all listeners, while the stress level asks for it.
    private let stressed = RateGate()

    /// - Parameter listenerCount: listeners with numbers below it can have a limit.
    package init(listenerCount: Int = 0) {
        listeners = (0..<listenerCount).map { _ in RateGate() }
    }

    /// Sets or changes the limits.
    ///
    /// - Parameter connectRates: by the number of the listener; what is missing has no limit.
    package func apply(_ limits: BrokerLimits, connectRates: [ConnectRate?], now: Instant) {
        for (gate, bytes) in [(incoming, limits.incomingBytesPerSecond), (outgoing, limits.outgoingBytesPerSecond)] {
            gate.setLimit(perSecond: Double(bytes), burst: Double(bytes) * Self.bandwidthBurst, at: now)
        }
        for (number, gate) in listeners.enumerated() {
            let rate = number < connectRates.count ? connectRates[number] : nil
            gate.setLimit(perSecond: rate?.perSecond, burst: Double(rate?.burst ?? 0))
        }
        protects.store(limits.protectsFromOverload, ordering: .relaxed)
        setStressLevel(stressLevel)
    }

    // MARK: Stress

    /// The stress level.
    package var stressLevel: Int { level.load(ordering: .relaxed) }

    /// What is shed now.
    var shedding: SheddingRule {
        protects.load(ordering: .relaxed) ? SheddingTable.rule(at: stressLevel) : SheddingTable.free
    }

    /// Whether clients are protected from each other.
    var isProtecting: Bool { protects.load(ordering: .relaxed) }

    /// The stress level has been found anew.
    package func setStressLevel(_ newLevel: Int) {
        level.store(newLevel, ordering: .relaxed)
        let rate = shedding.connectsPerSecond
        stressed.setLimit(perSecond: rate, burst: max(1, (rate ?? 0) / 10))
    }

    // MARK: Storage

    /// Whether the storage has no room for more.
    var isStorageFull: Bool { storageFull.load(ordering: .relaxed) }

    /// The storage has run out of room, or has some again.
    package func setStorageFull(_ isFull: Bool) { storageFull.store(isFull, ordering: .relaxed) }

    /// Sessions that the storage keeps.
    var storedSessionCount: Int { storedSessions.load(ordering: .relaxed) }

    /// There are so many more of them.
    func addStoredSessions(_ count: Int) { storedSessions.wrappingAdd(count, ordering: .relaxed) }

    /// A sequence number for a new session, above those of all sessions of all shards that began before.
    ///
    /// - Parameter sequence: the least that it may be.
    func nextStoredSession(from sequence: UInt64) -> UInt64 {
        lastStoredSession.max(sequence, ordering: .relaxed)
        return lastStoredSession.wrappingAdd(1, ordering: .relaxed).newValue
    }

    // MARK: Connections

    /// Clients that are connected.
    package var connectionCount: Int { connected.load(ordering: .relaxed) }

    /// A client is let in, unless that would be more than the limit (0 for none). Returns how many there are then.
    func enter(limit: Int) -> Int? {
        let count = connected.wrappingAdd(1, ordering: .relaxed).newValue
        if limit == 0 || count <= limit { return count }
        connected.wrappingSubtract(1, ordering: .relaxed)
        return nil
    }

    /// A client that was let in has gone.
    func leave() { connected.wrappingSubtract(1, ordering: .relaxed) }

    /// Whether CONNECT packets of a listener are counted at all.
    func limitsConnects(of listener: ListenerIdentity) -> Bool {
        stressed.isLimited || gate(of: listener)?.isLimited ?? false
    }

    /// Lets one CONNECT pass, unless there were too many.
    func takeConnect(_ listener: ListenerIdentity, at now: Instant) -> Bool {
        guard let gate = gate(of: listener) else { return stressed.take(at: now) }
        // Both must have room before one is charged: the first would else be charged for nothing, again and again.
        guard stressed.opening(at: now) <= now else { return false }
        return gate.take(at: now) && stressed.take(at: now)
    }

    /// When the next CONNECT of a listener may pass.
    func connectOpening(_ listener: ListenerIdentity, at now: Instant) -> Instant {
        max(stressed.opening(at: now), gate(of: listener)?.opening(at: now) ?? now)
    }

    private func gate(of listener: ListenerIdentity) -> RateGate? {
        guard let number = listener.number, listeners.indices.contains(number) else { return nil }
        return listeners[number]
    }

    // MARK: Bytes

    /// Nanoseconds of the tighter limit's time that are left; negative while everybody has to wait.
    func byteBalance(at now: Instant) -> Int64 { min(incoming.balance(at: now), outgoing.balance(at: now)) }

    /// Clients of all shards that wait for a limit on bytes.
    var waitingCount: Int { waiting.load(ordering: .relaxed) }

    /// So many more of them (or, negative, fewer) wait.
    func waitingChanged(by change: Int) { waiting.wrappingAdd(change, ordering: .relaxed) }
}
