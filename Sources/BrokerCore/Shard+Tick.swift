package import BrokerValues
import DequeModule
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel
import TopicIndex

// The clock, the end of a tick, mail, and shutdown.
extension Shard {
    // MARK: - Tick

    /// Everything that was ready has been handled: send what was written, and the mail.
    package func endTick(now: Instant) {
        self.now = now
        isTickRequested = false
        publishDueWills()
        sendBarrier()
        if hasStorage { closeGroup() }
        postMail()
        sendWritten()
        if isMetering { chargeOutput() }
        countTick()
        if !dirty.isEmpty { requestTick() }
        if !bulkDirty.isEmpty { wake(at: now) }
    }

    /// The mail goes before what clients are told: what an acknowledgement says has then left for the other shards. Last
    /// go the answers to barriers: whoever gets one knows that all other mail of this shard, to whichever shard, has been
    /// handed over before.
    private func postMail() {
        for shard in 0..<shardCount where !mailboxes[shard].isEmpty {
            let letters = mailboxes[shard]
            mailboxes[shard] = []
            host.post(letters, to: ShardIndex(shard))
        }
        for (shard, barrier) in barrierReplies {
            let reply = MailContent.barrierReached(barrier)
            mail[shard.rawValue].bytes += reply.chargedBytes
            host.post([ShardMail(content: reply, mustBeSafe: false)], to: shard)
        }
        barrierReplies.removeAll(keepingCapacity: true)
    }

    private func sendWritten() {
        let connections = dirty
        dirty = []
        for connection in connections { sendWritten(connection) }
        // Others have their turn between the parts of the receivers of a message to very many.
        for _ in 0..<min(turn.receivers, bulkDirty.count) {
            if let connection = bulkDirty.popFirst() { sendWritten(connection) }
        }
        publishBytesBefore = publishBytesSent
        reviewUnsent()
    }

    private func sendWritten(_ connection: Connection) {
        connection.isDirty = false
        if !connection.out.isEmpty, connection.closing != .closed {
            if connection.isShaped, connection.closing == .open, let meter = connection.meters?.outgoing {
                sendShaped(connection, meter)
            } else {
                // Moved out, so that nothing that the link does can touch a buffer that is being sent.
                var out = connection.out
                connection.out = OutBuffer()
                connection.sentBytes &+= out.count
                unsentChanged(connection, to: connection.link.send(&out))
                bufferPool.give(out)
            }
            if connection.isPaused { resumeIfPossible(connection) }
        }
        if connection.closing == .closing {
            connection.link.close()
            if let departure = connection.departure { finish(connection, departure.cause) }
        } else if connection.isCongested {
            relieve(connection)
        }
    }

    /// The socket has taken all but `unsent` bytes.
    package func drained(_ connection: Connection, unsent: Int, now: Instant) {
        self.now = now
        unsentChanged(connection, to: unsent)
        reviewUnsent()
        if connection.isCongested { relieve(connection) }
        resumeIfPossible(connection)
    }

    private func relieve(_ connection: Connection) {
        guard connection.backlog <= writeBufferLowThreshold(of: connection) else { return }
        noLongerCongested(connection)
        guard let session = connection.session else { return }
        if session.outbound.isResending { resend(connection, session) }
        drainQueue(session)
    }

    /// Wills leave at a limited rate: ten thousand clients may have gone in one moment.
    private func publishDueWills() {
        guard !dueWills.isEmpty, now >= nextWills || isShuttingDown else { return wakeForWills() }
        nextWills = now.advanced(byMilliseconds: Self.willInterval)
        for _ in 0..<(isShuttingDown ? dueWills.count : min(limits.maximumWillsPerTick, willBudget)) {
            guard let will = dueWills.popFirst() else { return }
            willBudget -= 1
            publish(will)
            settle(will.session)  // it may have waited for this to end
        }
        wakeForWills()
    }

    /// Publishes a will whose turn it is.
    func publish(_ will: DueWill) {
        will.session.dueWills -= 1
        will.message.withParts { topic, properties, payload in
            var source = PublishSource(
                will.message, topic: topic, properties: properties, payload: payload, now: now,
                templates: templates)
            _ = publish(&source, publisherSlot: nil)
        }
        crowded = nil  // who published it has gone
        if will.session.will == nil { forgetStoredWill(will.session) }
        counters.add(ShardCounters.willsPublished)
        ports.observer?.observe(.willPublished(will.session.client))
    }

    private func wakeForWills() {
        if !dueWills.isEmpty { wake(at: max(nextWills, now.advanced(byMilliseconds: 1))) }
    }

    /// Milliseconds between two lots of wills.
    private static let willInterval: UInt64 = 10

    // MARK: - Clock

    /// Time has passed. To be called about every tenth of a second.
    package func clockAdvanced(to now: Instant) {
        self.now = now
        refillCredits()
        for item in timers.takeDue(now) {
            switch item {
            case let connection as Connection: lookAtClock(connection)
            case let session as Session: settle(session)
            default: break  // nothing else is ever scheduled
            }
        }
        if !requestDeadlines.isEmpty { expireRequests() }
        if !pressed.isEmpty { reviewBackpressure() }
        if !heldPublishers.isEmpty { reviewHeldPublishers() }
        endStorageWaits()
        takeTurns()
        admitWaiting()
        reviewRates()
        startWaitingWishes()
        for expired in retained.sweep(steps: 1000, now: now) { storeRetained(expired.withoutPayload) }
        showGauges()
    }

    /// Does what is due for a connection, and sets its timer for the rest.
    func lookAtClock(_ connection: Connection) {
        guard connection.closing == .open else { return }
        if let departure = connection.departure, departure.deadline <= now {
            return giveUp(connection, departure)
        }
        openChunkIfDue(connection)
        if hasStalled(connection) { return endStalled(connection) }
        let isBlocked =
            connection.openRequests > 0 || isMailFull || isGated && connection.isPaused || connection.departure != nil
        switch connection.machine.clockAdvanced(to: now, isBlocked: isBlocked) {
        case .wait(let deadline):
            timers.schedule(
                connection,
                at: min(
                    min(deadline, connection.departure?.deadline ?? .never),
                    min(connection.chunkDue, stallDeadline(of: connection))))
        case .connectTimeout: connectTimedOut(connection)
        case .authenticationTimeout:
            refuse(connection, WireError(.notAuthorized, "the authentication was not finished in time"))
        case .keepAliveExpired:
            let error = WireError(.keepAliveTimeout, "no packet came for one and a half times the keep-alive")
            end(connection, cause: .keepAliveExpired, error)
        }
        if let session = connection.session, session.outbound.isEmpty { session.outbound.trim() }
    }

    // MARK: - Mail

    /// Mail from another shard, in the order in which it was posted.
    package func receive(_ letters: [ShardMail], from shard: ShardIndex, now: Instant) {
        self.now = now
        var bytes = 0
        var queueable = 0
        for letter in letters {
            bytes += letter.content.chargedBytes
            queueable += letter.content.isQueueable ? 1 : 0
            take(letter.content, from: shard)
            if letter.mustBeSafe { tookSafeMail(from: shard) }
        }
        if bytes > 0 { post(.taken(bytes: bytes, queueable: queueable), to: shard) }
    }

    /// Another shard has taken in mail of this one: when little is left under way, clients are read from again.
    private func mailWasTaken(_ bytes: Int, _ queueable: Int, by shard: ShardIndex) {
        mail[shard.rawValue].bytes -= bytes
        mail[shard.rawValue].queueable -= queueable
        guard isMailFull, mail.allSatisfy({ $0.isEased(limits) }) else { return }
        isMailFull = false
        let waiting = waitingForMail
        waitingForMail = []
        for connection in waiting {
            connection.isWaitingForMail = false
            resumeIfPossible(connection)
        }
    }

    func take(_ content: MailContent, from shard: ShardIndex) {
        switch content {
        case .taken(let bytes, let queueable): mailWasTaken(bytes, queueable, by: shard)
        case .spent(let client, let credits, let bytes): spentElsewhere(client, credits, bytes: bytes)
        case .holdPublisher(let client, let hold): publisherHeld(client, hold: hold, by: shard)
        case .releaseHold(let hold): holdReleased(hold, by: shard)
        case .publish(let message): routeFromShard(message, from: shard)
        case .deliverToMember(let message, let key, let member, let attempts):
            deliverToMember(message, key, member, attempts: attempts, home: shard)
        case .memberMissed(let message, let key, let attempts): memberMissed(message, key, attempts: attempts)
        case .interest(let filter, let isInterested):
            filter.withByteView {
                subscriptions.setInterest($0, shard: shard.rawValue, isInterested: isInterested)
            }
        case .barrier(let number):
            barrierReplies.append((shard, number))
            requestTick()
        case .barrierReached(let number): barrierWasReached(number, by: shard)
        case .groupJoin(let key, let member, let request): groupJoined(key, member, request: request, from: shard)
        case .groupLeave(let key, let client, let request): groupLeft(key, client, request: request, from: shard)
        case .groupMemberOnline(let key, let client, let isOnline):
            groupMemberChanged(key, client, isOnline: isOnline, from: shard)
        case .groupReady(let request): subscriptionProgressed(request)
        case .retain(let message): retainHere(message)
        case .retainedQuery(let filter, let request): retainedAsked(filter, request: request, by: shard)
        case .retainedReply(let messages, let isComplete, let cost, let request):
            retainedAnswered(messages, isComplete: isComplete, cost: cost, request: request)
        case .open, .granted, .release, .nothingToRelease, .adopted, .sessionEnded, .adopt, .cut, .cutReached,
            .cutOpened, .cargo:
            takeSessionMail(content, from: shard)
        }
    }

    private func takeSessionMail(_ content: MailContent, from shard: ShardIndex) {
        switch content {
        case .open(let ticket): openRequested(ticket)
        case .granted(let ticket, let grant, let epoch): granted(ticket, grant, epoch: epoch)
        case .release(let ticket, let epoch, let newEpoch):
            releaseRequested(ticket, epoch: epoch, newEpoch: newEpoch)
        case .nothingToRelease(let ticket): nothingReleased(ticket)
        case .adopted(let client): adoptionDone(client)
        case .sessionEnded(let client, let epoch): ownerReportedEnd(client, epoch: epoch)
        case .adopt(let ticket, let offer, let epoch): adoptionOffered(ticket, offer, epoch: epoch)
        case .cut(let client, let epoch, let old, let new): cutRequested(client, epoch: epoch, from: old, to: new)
        case .cutReached(let client, let epoch): cutWasReached(client, epoch: epoch, by: shard)
        case .cutOpened(let client, let epoch): cutWasOpened(client, epoch: epoch, by: shard)
        case .cargo(let client, let cargo): cargoArrived(client, cargo)
        case .taken, .publish, .deliverToMember, .memberMissed, .interest, .barrier, .barrierReached, .groupJoin,
            .groupLeave, .holdPublisher, .releaseHold, .spent,
            .groupMemberOnline, .groupReady, .retain, .retainedQuery, .retainedReply:
            break  // take(_:from:) handles these
        }
    }

    // MARK: - Shutdown

    /// The broker is going down: wills are published while their receivers are still there.
    ///
    /// No session that is in memory alone outlives the process, so the wills that wait for a delay are due now as well.
    /// Those of stored sessions are kept, and published after the restart if their clients do not return.
    package func beginShutdown(now: Instant) {
        self.now = now
        isShuttingDown = true
        for session in sessions.all where !session.isStored { publishWill(session) }
    }

    /// Whether all wills have left.
    package var hasPublishedWills: Bool { dueWills.isEmpty }

    /// Tells every client and closes its connection.
    package func disconnectAll(now: Instant) {
        self.now = now
        for connection in connections.all where connection.closing == .open {
            if connection.session == nil {
                close(connection)
            } else {
                let error = WireError(.serverShuttingDown, "the broker is shutting down")
                end(connection, cause: .serverShutdown, error, keepsWill: false)
            }
        }
    }
}
