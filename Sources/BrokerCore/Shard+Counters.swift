import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel
import TopicIndex

/// States of a session that are counted while they last.
struct CountedState: OptionSet {
    let rawValue: UInt8
    static let expiring = CountedState(rawValue: 1)
    static let persistentOnline = CountedState(rawValue: 2)
    static let halfFull = CountedState(rawValue: 4)
}

// Counting. What happens for every message is two additions here; the rest is counted where it happens or read off when
// the clock is looked at.
extension Shard {
    /// One packet in this many is looked at closely.
    static let samplingInterval = 64

    // MARK: - Packets

    @inline(__always)
    func countReceived(_ type: PacketType, bytes: Int) {
        let seen = counters.add(ShardCounters.packetsReceived.base &+ Int(type.rawValue))
        counters.add(ShardCounters.bytesReceived.base &+ Int(type.rawValue), bytes)
        if seen & (Self.samplingInterval &- 1) == 0 { counters.observe(.packetSizeReceived, bytes) }
    }

    /// A PUBLISH was handled, up to the out buffers of its receivers.
    @inline(__always)
    func countPublishReceived(_ connection: Connection, _ header: FixedHeader) {
        let qos = Int(header.flags &>> 1) & 3
        connection.receivedPublishes &+= 1
        let seen = counters.add(ShardCounters.publishesReceived.base &+ qos)
        counters.add(ShardCounters.bytesReceived.base &+ Int(PacketType.publish.rawValue), header.packetLength)
        if header.flags & 1 != 0 { counters.add(ShardCounters.retainedPublishesReceived) }
        if seen & (Self.samplingInterval &- 1) == 0 { samplePublish(connection, header, qos: qos) }
    }

    private func samplePublish(_ connection: Connection, _ header: FixedHeader, qos: Int) {
        counters.observe(.packetSizeReceived, header.packetLength)
        counters.observe(.publishSizeReceived, header.packetLength)
        guard connection.closing == .open, connection.openRequests == 0 else { return }  // it waits for a verdict
        counters.observe(.receiveToRoute, host.instant().nanoseconds(since: now))
        if sampledPublish == nil { sampledPublish = now }
        if qos == 1, connection.acknowledgements.isEmpty, sampledAcknowledgement == nil { sampledAcknowledgement = now }
    }

    @inline(__always)
    func countPublishSent(_ envelope: PublishEnvelope, _ connection: Connection, bytes: Int) {
        connection.sentPublishes &+= 1
        let seen = counters.add(ShardCounters.publishesSent.base &+ Int(envelope.qos.rawValue))
        counters.add(ShardCounters.bytesSent.base &+ Int(PacketType.publish.rawValue), bytes)
        if envelope.retain { counters.add(ShardCounters.retainedPublishesSent) }
        if hearsPackets { heard(.publish, connection, isSent: true, identifier: envelope.packetIdentifier) }
        if seen & (Self.samplingInterval &- 1) == 0 {
            counters.observe(.packetSizeSent, bytes)
            counters.observe(.publishSizeSent, bytes)
            reviewUnsent()
        }
    }

    /// Counts a packet that was written behind the first `before` bytes of the out buffer.
    @inline(__always)
    func countSent(_ type: PacketType, _ connection: Connection, since before: Int) {
        let bytes = connection.out.count &- before
        if bytes == 0 { return }  // it did not fit
        let seen = counters.add(ShardCounters.packetsSent.base &+ Int(type.rawValue))
        counters.add(ShardCounters.bytesSent.base &+ Int(type.rawValue), bytes)
        if seen & (Self.samplingInterval &- 1) == 0 { counters.observe(.packetSizeSent, bytes) }
    }

    // MARK: - The tick and the clock

    /// Everything written in this tick was given to the sockets.
    func countTick() {
        let end = host.instant()
        counters.add(ShardCounters.ticks)
        counters.observe(.tickLength, end.nanoseconds(since: tickBegan))
        if let began = sampledPublish { counters.observe(.receiveToWritten, end.nanoseconds(since: began)) }
        if let began = sampledAcknowledgement {
            counters.observe(.publishToAcknowledgement, end.nanoseconds(since: began))
        }
        sampledPublish = nil
        sampledAcknowledgement = nil
    }

    /// Gauges that are kept for other reasons anyway are shown ten times a second.
    func showGauges() {
        counters.set(ShardCounters.lastSeen, Int(clamping: now.nanoseconds))
        counters.set(ShardCounters.socketsOpen, connections.count - departedCount)
        counters.add(ShardCounters.sessions.base, onlineCount - counters[ShardCounters.sessions.base])
        let offline = ShardCounters.sessions.base + 1
        counters.add(offline, sessions.count - onlineCount - counters[offline])
        counters.set(ShardCounters.retainedMessages, retained.count - retained.own.count)
        counters.set(ShardCounters.retainedBytes, retained.bytes - retained.own.bytes)
        counters.set(ShardCounters.queuedMessages, queuedCount)
        counters.set(ShardCounters.queuedBytes, queuedBytes)
        counters.set(ShardCounters.waitingAcknowledgements, waitingAcknowledgements)
        if let journal {
            counters.set(ShardCounters.unsafeBytes, journal.bytes)
            counters.set(ShardCounters.elidedMessages, journal.elidedCount)
        }
        counters.set(ShardCounters.reassemblyBytes, reassemblyBytes)
        counters.set(ShardCounters.mailBytes, mail.reduce(0) { $0 + $1.bytes })
        counters.set(ShardCounters.willsPending, dueWills.count)
        counters.set(ShardCounters.creditsMissing, creditBook.missing)
        counters.set(ShardCounters.clientsUsingCredits, creditBook.usingCount)
        counters.set(ShardCounters.creditsPerTick, creditValve.creditsPerTick)
        counters.set(ShardCounters.waitingSockets, waitingSockets)
        counters.set(ShardCounters.matchCacheBytes, subscriptions.cache.bytes)
        counters.set(ShardCounters.matchCacheMisses, Int(clamping: subscriptions.cache.misses))
        counters.set(ShardCounters.matchCacheHits, Int(clamping: subscriptions.cache.hits))
    }

    // MARK: - Connections and sessions

    /// A CONNECT was accepted.
    func countAccepted(_ connection: Connection) {
        connection.fate = .accepted
        onlineCount += 1
        let version = Self.index(of: connection.version)
        counters.add(ShardCounters.connectsAccepted.base + version)
        if let listener = connection.listener.number {
            counters.add(ShardCounters.connections(listener: listener, version: version))
        }
    }

    /// A connection whose CONNECT was accepted has ended.
    func countEnded(_ connection: Connection, _ cause: DisconnectCause) {
        onlineCount -= 1
        gates.leave()
        counters.add(ShardCounters.disconnects.base + cause.counterIndex)
        if let listener = connection.listener.number {
            counters.add(
                ShardCounters.connections(listener: listener, version: Self.index(of: connection.version)), -1)
        }
    }

    /// The socket of a connection is gone.
    func countGone(_ connection: Connection) {
        if connection.fate == .open { counters.add(ShardCounters.socketsClosedEarly) }
        pauseEnded(connection)
        shapedChanged(connection, to: 0)
        noLongerCongested(connection)
        creditBook.forget(connection)
        unsentChanged(connection, to: 0)
        reviewUnsent()
    }

    func noLongerCongested(_ connection: Connection) {
        if !connection.isCongested { return }
        connection.isCongested = false
        counters.add(ShardCounters.connectionsCongested, -1)
    }

    private static func index(of version: ProtocolVersion) -> Int {
        switch version {
        case .v3_1: 0
        case .v3_1_1: 1
        case .v5: 2
        }
    }

    /// Keeps the gauges of a session's states; to be called when its connection, its end or its queue has changed.
    func countState(of session: Session, isGone: Bool = false) {
        var state: CountedState = []
        if !isGone {
            if session.connection == nil, let ending = session.ending, ending.sessionEnd != .never {
                state.insert(.expiring)
            }
            if session.connection != nil, session.expirySeconds > 0 { state.insert(.persistentOnline) }
            if isHalfFull(session) { state.insert(.halfFull) }
        }
        count(ShardCounters.sessionsExpiring, .expiring, session.countedState, state)
        count(ShardCounters.sessionsPersistentOnline, .persistentOnline, session.countedState, state)
        count(ShardCounters.queuesHalfFull, .halfFull, session.countedState, state)
        session.countedState = state
    }

    private func count(_ gauge: CounterFamily, _ flag: CountedState, _ old: CountedState, _ new: CountedState) {
        if old.contains(flag) != new.contains(flag) { counters.add(gauge, new.contains(flag) ? 1 : -1) }
    }

    @inline(__always)
    func isHalfFull(_ session: Session) -> Bool {
        session.queue.count &* 2 >= maximumQueuedMessages(of: session)
            || session.queue.bytes &* 2 >= limits.maximumQueuedBytes
    }

    // MARK: - Queues

    /// A session's queue has changed by so many messages and bytes.
    @inline(__always)
    func queueChanged(_ session: Session, count: Int, bytes: Int) {
        queuedCount &+= count
        queuedBytes &+= bytes
        if isHalfFull(session) != session.countedState.contains(.halfFull) { countState(of: session) }
    }
}
