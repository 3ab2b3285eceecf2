import BrokerValues
import MQTTWire
import SessionMachine
import TopicIndex

/// A session that is coming here, and who waits for it.
struct Arrival {
    let session: Session
    /// The connection that waits; nil if it has gone.
    let connection: UInt64
}

// A session moves to the shard where its client has connected.
//
// Nothing may be lost, doubled or reordered while publishers on any shard go on. So every shard P makes one *cut* for
// the session: what P publishes before the cut goes to the old shard, what it publishes after it to the new one. P's cut
// is the moment when it takes in the new shard's `cut` mail, which comes behind the new shard's interest. P then tells
// the old shard (`cutReached`, behind all it sent there before) and the new one (`cutOpened`, before all it will send).
// When the old shard has heard of every cut, nothing more can come for the session there: it sends the cargo, and the
// new shard puts that in front of what it has gathered since.
extension Shard {
    /// The registry wants the session of a client for another shard.
    func releaseRequested(_ ticket: OpenTicket, epoch: UInt64, newEpoch: UInt64) {
        let registry = home(ticket.client.seededHash)
        guard let session = sessions[ticket.client], session.epoch == epoch, session.move == nil else {
            return post(.nothingToRelease(ticket), to: registry)
        }
        takeOver(session, cleanStart: ticket.cleanStart)
        guard sessions[ticket.client] === session else { return post(.nothingToRelease(ticket), to: registry) }
        timers.schedule(session, at: .never)
        session.move = .departing(to: ticket.shard, accepts: everyShard)
        let filters = session.subscriptions.map {
            (filter: subscriptions.text(of: $0.filter), options: $0.options, identifier: $0.identifier)
        }
        let offer = SessionOffer(
            from: index, expirySeconds: session.expirySeconds, subscriptions: filters,
            sharedSubscriptions: session.sharedSubscriptions)
        post(.adopt(ticket, offer, epoch: newEpoch), to: ticket.shard)
    }

    private var everyShard: UInt64 { shardCount == 64 ? .max : (UInt64(1) << UInt64(shardCount)) - 1 }

    private func bit(_ shard: ShardIndex) -> UInt64 { UInt64(1) << UInt64(shard.rawValue) }

    /// Whether a session that is moving takes messages that were published on `shard` here.
    func takesMessages(_ session: Session, from shard: ShardIndex) -> Bool {
        switch session.move {
        case .arriving(let accepts), .departing(_, let accepts): accepts & bit(shard) != 0
        case nil: true
        }
    }

    /// A session is coming: subscribe for it, and ask every shard for its cut.
    func adoptionOffered(_ ticket: OpenTicket, _ offer: SessionOffer, epoch: UInt64) {
        let session = sessions.make(ticket.client, epoch: epoch, expirySeconds: offer.expirySeconds)
        session.holds = 1
        session.move = .arriving(accepts: bit(index))
        for entry in offer.subscriptions {
            entry.filter.withByteView { _ = insert(session, $0, entry.options, entry.identifier) }
        }
        session.sharedSubscriptions = offer.sharedSubscriptions
        for shared in offer.sharedSubscriptions {
            post(.groupJoin(shared.key, member(session, shared), request: 0), to: home(of: shared.key))
        }
        arrivals[ticket.client] = Arrival(session: session, connection: ticket.connection)
        // This shard's own cut is here and now.
        post(.cutReached(ticket.client), to: offer.from)
        postToOthers(.cut(ticket.client, from: offer.from, to: index))
    }

    /// This shard's cut for a session that moves between others, or away from here.
    func cutRequested(_ client: ClientIdentity, from old: ShardIndex, to new: ShardIndex) {
        post(.cutOpened(client), to: new)
        post(.cutReached(client), to: old)
    }

    /// A shard sends the new owner its messages from now on.
    func cutWasOpened(_ client: ClientIdentity, by shard: ShardIndex) {
        guard let session = arrivals[client]?.session, case .arriving(let accepts) = session.move else { return }
        session.move = .arriving(accepts: accepts | bit(shard))
    }

    /// A shard sends no more messages for a session that leaves. After the last of them the session goes.
    func cutWasReached(_ client: ClientIdentity, by shard: ShardIndex) {
        guard let session = sessions[client], case .departing(let target, let accepts) = session.move else { return }
        let rest = accepts & ~bit(shard)
        session.move = .departing(to: target, accepts: rest)
        guard rest == 0 else { return }
        let cargo = SessionCargo(outbound: session.outbound, inbound: session.inbound, queue: session.queue)
        queuedBytes -= session.queue.bytes
        session.sharedSubscriptions = []  // the new shard's membership has replaced this one's
        removeSubscriptions(session)
        sessions.remove(session)
        post(.cargo(client, cargo), to: target)
    }

    /// The rest of the session is here: it is whole again.
    func cargoArrived(_ client: ClientIdentity, _ cargo: SessionCargo) {
        guard let arrival = arrivals.removeValue(forKey: client) else { return }
        let session = arrival.session
        session.move = nil
        session.holds = 0
        session.outbound = cargo.outbound
        session.inbound = cargo.inbound
        queuedBytes += cargo.queue.bytes
        session.queue.prepend(cargo.queue)
        post(.adopted(client), to: home(client.seededHash))
        if let connection = opening.removeValue(forKey: arrival.connection), connection.closing == .open {
            attach(connection, session, isPresent: true)
        } else {
            removeAtMostOnce(session)  // gathered while it looked as if the client were here
            session.ending = SessionEnding(now: now, sessionExpiry: session.expirySeconds, willDelay: nil)
            settle(session)
        }
    }
}
