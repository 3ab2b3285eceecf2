import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import TopicIndex

/// A session that is coming here, and who waits for it.
struct Arrival {
    let session: Session
    /// The connection that waits; nil if it has gone.
    let connection: UInt64
    /// The rest of the session, if it came before the last cut.
    var cargo: SessionCargo?
}

// A session moves to the shard where its client has connected.
//
// Nothing may be lost, doubled or reordered while publishers on any shard go on. So every shard P makes one *cut* for
// the session: what P publishes before the cut goes to the old shard, what it publishes after it to the new one. P's cut
// is the moment when it takes in the new shard's `cut` mail, which comes behind the new shard's interest. P then tells
// the old shard (`cutReached`, behind all it sent there before) and the new one (`cutOpened`, before all it will send).
// When the old shard has heard of every cut, nothing more can come for the session there: it sends the cargo. When the
// new shard has that and has heard of every cut itself, so that no copy from before a cut is still on its way there, it
// puts the cargo in front of what it has gathered since.
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
        if session.isStored {
            session.heldCursor = session.queue.firstNumber ?? session.cursor
            session.reservedNumbers = journal?.reserve()
        }
        session.move = .departing(to: ticket.shard, epoch: newEpoch, accepts: everyShard)
        let filters = session.subscriptions.elements.map {
            (filter: subscriptions.text(of: $0.filter), options: $0.options, identifier: $0.identifier)
        }
        let offer = SessionOffer(
            from: index, expirySeconds: session.expirySeconds, storedNumber: session.storedNumber,
            cursor: session.cursor, sequence: journal?.sequence ?? 0, subscriptions: filters,
            sharedSubscriptions: session.sharedSubscriptions)
        post(.adopt(ticket, offer, epoch: newEpoch), to: ticket.shard)
    }

    private var everyShard: UInt64 { shardCount == 64 ? .max : (UInt64(1) << UInt64(shardCount)) - 1 }

    private func bit(_ shard: ShardIndex) -> UInt64 { UInt64(1) << UInt64(shard.rawValue) }

    /// Whether a session that is moving takes messages that were published on `shard` here.
    func takesMessages(_ session: Session, from shard: ShardIndex) -> Bool {
        switch session.move {
        case .arriving(let accepts), .departing(_, _, let accepts): accepts & bit(shard) != 0
        case nil: true
        }
    }

    /// A session is coming: subscribe for it, and ask every shard for its cut.
    func adoptionOffered(_ ticket: OpenTicket, _ offer: SessionOffer, epoch: UInt64) {
        let session = sessions.make(ticket.client, epoch: epoch, expirySeconds: offer.expirySeconds)
        session.holds = 1
        session.move = .arriving(accepts: bit(index))
        session.storedNumber = offer.storedNumber
        session.cursor = offer.cursor
        if session.isStored { journal?.advance(to: offer.sequence) }
        for entry in offer.subscriptions {
            entry.filter.withByteView { _ = insert(session, $0, entry.options, entry.identifier) }
        }
        session.sharedSubscriptions = offer.sharedSubscriptions
        counters.add(ShardCounters.subscriptions.base + 2, offer.sharedSubscriptions.count)
        for shared in offer.sharedSubscriptions.elements {
            post(.groupJoin(shared.key, member(session, shared), request: 0), to: home(of: shared.key))
        }
        arrivals[ticket.client] = Arrival(session: session, connection: ticket.connection, cargo: nil)
        // This shard's own cut is here and now.
        post(.cutReached(ticket.client, epoch: epoch), to: offer.from)
        postToOthers(.cut(ticket.client, epoch: epoch, from: offer.from, to: index))
    }

    /// This shard's cut for a session that moves between others, or away from here.
    func cutRequested(_ client: ClientIdentity, epoch: UInt64, from old: ShardIndex, to new: ShardIndex) {
        post(.cutOpened(client, epoch: epoch), to: new)
        post(.cutReached(client, epoch: epoch), to: old)
    }

    /// A shard sends the new owner its messages from now on.
    func cutWasOpened(_ client: ClientIdentity, epoch: UInt64, by shard: ShardIndex) {
        // News of an earlier move may come late; the epoch tells.
        guard let session = arrivals[client]?.session, session.epoch == epoch,
            case .arriving(let accepts) = session.move
        else { return }
        session.move = .arriving(accepts: accepts | bit(shard))
        completeArrival(client)
    }

    /// A shard sends no more messages for a session that leaves.
    func cutWasReached(_ client: ClientIdentity, epoch: UInt64, by shard: ShardIndex) {
        guard let session = sessions[client],
            case .departing(let target, let newEpoch, let accepts) = session.move, newEpoch == epoch
        else { return }
        session.move = .departing(to: target, epoch: newEpoch, accepts: accepts & ~bit(shard))
        sendCargoIfReady(session)
    }

    /// When nothing more can come for a session that leaves, from no shard and from no retained messages that it was
    /// promised with SUBACK, it goes.
    func sendCargoIfReady(_ session: Session) {
        guard case .departing(let target, _, let accepts) = session.move, accepts == 0,
            session.retainedQuestions == 0
        else { return }
        // All that this shard has stored of it comes before what the other one will.
        if session.isStored, let journal, journal.lastNeeded != nil {
            if !session.waitsToLeave { promise(.depart(session.client)) }
            session.waitsToLeave = true
            return
        }
        sendCargo(session, to: target)
    }

    /// A session that leaves is stored: nothing holds it any more.
    func leave(_ client: ClientIdentity) {
        guard let session = sessions[client], session.waitsToLeave, case .departing(let target, _, _) = session.move
        else { return }
        sendCargo(session, to: target)
    }

    private func sendCargo(_ session: Session, to target: ShardIndex) {
        let client = session.client
        session.outbound.releaseAll()
        let cargo = SessionCargo(
            outbound: session.outbound, inbound: session.inbound, queue: session.queue, cursor: session.cursor,
            attributes: takeAttributes(of: session))
        counters.add(ShardCounters.inflightSent, -session.outbound.count)
        counters.add(ShardCounters.inflightReceived, -session.inbound.unreleased.count)
        queuedCount -= session.queue.count
        queuedBytes -= session.queue.memoryBytes
        countState(of: session, isGone: true)
        counters.add(ShardCounters.subscriptions.base + 2, -session.sharedSubscriptions.count)
        session.sharedSubscriptions = KeyedList()  // the new shard's membership has replaced this one's
        removeSubscriptions(session)
        sessions.remove(session)
        post(.cargo(client, cargo), to: target)
    }

    func cargoArrived(_ client: ClientIdentity, _ cargo: SessionCargo) {
        arrivals[client]?.cargo = cargo
        completeArrival(client)
    }

    /// When cargo and all cuts are here the session is whole again.
    private func completeArrival(_ client: ClientIdentity) {
        guard let arrival = arrivals[client], let cargo = arrival.cargo,
            case .arriving(let accepts) = arrival.session.move, accepts == everyShard
        else { return }
        arrivals[client] = nil
        let session = arrival.session
        session.move = nil
        session.holds = 0
        session.outbound = cargo.outbound
        session.inbound = cargo.inbound
        giveAttributes(cargo.attributes, to: session)
        session.cursor = max(session.cursor, cargo.cursor)
        if session.isStored { renumber(session, behind: cargo) }
        changeQueue(session) { $0.prepend(cargo.queue) }
        counters.add(ShardCounters.inflightSent, cargo.outbound.count)
        counters.add(ShardCounters.inflightReceived, cargo.inbound.unreleased.count)
        counters.add(ShardCounters.sessionsMoved)
        let registry = home(client.seededHash)
        // The registry is told behind `attach`, since it may be here and have the next client waiting.
        if let connection = opening.removeValue(forKey: arrival.connection), connection.closing == .open,
            hasRoom(connection, client)
        {
            attach(connection, session, isPresent: true)
            post(.adopted(client), to: registry)
        } else {
            removeAtMostOnce(session)  // gathered while it looked as if the client were here
            session.offlineSince = journal?.stamp(of: now)
            changeQueue(session) { $0.pageOut() }
            session.ending = SessionEnding(now: now, sessionExpiry: session.expirySeconds, willDelay: nil)
            countState(of: session)
            post(.adopted(client), to: registry)
            settle(session)
        }
        if session.isUnwanted { invalidate(session) }
    }
}
