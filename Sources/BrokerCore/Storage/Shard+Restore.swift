package import BrokerValues
package import MQTTWire
import MetricCatalog
import SessionMachine
import TopicIndex

// What was stored comes back, before the first client does.
extension Shard {
    /// The shard that a stored session or retained message goes to.
    package static func homeOfStored(_ name: [UInt8], shardCount: Int, seed: UInt64) -> ShardIndex {
        let hash = name.withByteView { $0.hash(seed: seed) }
        return ShardIndex(Int(hash % UInt64(shardCount)))
    }

    /// Takes in a session as it was stored, on the shard that its client hashes to.
    ///
    /// The time that the broker was down counts: a session whose time is over ends, and its will is published.
    ///
    /// - Parameter lastStamp: when the broker was last known to run; clients that were connected went then.
    package func restore(_ stored: RestoredSession, lastStamp: StorageStamp, now: Instant) {
        self.now = now
        guard let journal else { return }
        let record = stored.record
        let client = identity(record.client)
        guard sessions[client] == nil else { return }
        let session = sessions.make(client, epoch: nextEpoch, expirySeconds: record.expirySeconds)
        nextEpoch += 1
        session.storedNumber = record.number
        gates.addStoredSessions(1)
        session.cursor = record.cursor
        session.outbound = OutboundWindow(stored: record.inFlight)
        session.inbound = InboundFlow(unreleased: record.unreleased)
        counters.add(ShardCounters.inflightSent, session.outbound.count)
        counters.add(ShardCounters.inflightReceived, session.inbound.unreleased.count)
        changeQueue(session) { queue in
            for entry in stored.queue { queue.append(entry) }
        }
        for entry in stored.subscriptions { restore(entry.filter, entry.options, entry.identifier, session) }
        var attributes = SessionAttributes()
        for attribute in stored.attributes { attributes.set(attribute) }
        giveAttributes(attributes, to: session)
        if let will = stored.will {
            session.will = Session.WillBox(WillPacket(message: will.message, delay: will.delaySeconds))
        }
        let start = journal.stamp(of: now)
        let since = record.offlineSince ?? lastStamp
        let waited = UInt32(clamping: (start > since ? start - since : 0) / 1000)
        let left = record.expirySeconds == .max ? UInt32.max : record.expirySeconds - min(record.expirySeconds, waited)
        session.offlineSince = since
        if record.offlineSince == nil { noteStored(session) }
        session.ending = SessionEnding(
            now: now, sessionExpiry: left,
            willDelay: stored.will.map { max($0.delaySeconds, ports.storage?.willGraceSeconds ?? 0) })
        countState(of: session)
        settle(session)
    }

    private func restore(
        _ filter: [UInt8], _ options: SubscriptionOptions, _ identifier: UInt32, _ session: Session
    ) {
        filter.withByteView { bytes in
            guard let parts = FilterParts.split(bytes) else { return }
            if parts.shareName == nil {
                insert(session, bytes, options, identifier)
            } else {
                let shared = addShared(session, parts, options, identifier)
                post(.groupJoin(shared.key, member(session, shared), request: 0), to: home(of: shared.key))
            }
        }
    }

    /// Takes in a retained message as it was stored, on the shard that its topic hashes to.
    package func restoreRetained(_ message: Message, now: Instant) {
        self.now = now
        // One that has expired meanwhile is stored no more.
        if message.isExpired(at: now) { return storeRetained(message.withoutPayload) }
        if !retained.store(message) { dropped(nil, .retainedStoreFull, message.qos) }
    }
}
