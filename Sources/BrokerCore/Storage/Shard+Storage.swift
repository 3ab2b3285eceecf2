package import BrokerValues
import DequeModule
import MQTTWire
import MetricCatalog
import SessionMachine
import TopicIndex

// What survives a crash, and what has to wait for it.
//
// Every change of a stored session is noted in the journal's open batch. Whatever tells somebody of a change waits until
// it is safe: acknowledgements in their connection's queue, the rest as actions of the tick's commit group. When the tick
// ends the group closes. It waits for the journal's batch and, where messages went to other shards, for the groups in
// which those handle them: a PUBACK says that the message is safe wherever it is.
extension Shard {
    // MARK: - Noting changes

    /// Goes up whenever something changes that must be safe before it is acknowledged.
    @inline(__always)
    var storedChanges: UInt64 {
        guard hasStorage, let journal else { return 0 }
        return journal.changes
    }

    /// A message waits for a session, in its queue or in flight.
    @inline(__always)
    func store(_ delivery: inout Delivery, _ session: Session) {
        guard session.isStored, delivery.qos != .atMostOnce, delivery.storedNumber == 0, let journal,
            journal.kinds.messages
        else { return }
        // What a session gathers while it moves gets another number later, out of turn: so it is stored for it alone.
        if session.move != nil { journal.endFanOut() }
        journal.put(&delivery, for: session)
        if session.move != nil { journal.endFanOut() }
        requestTick()
    }

    /// A session needs a stored message no more.
    ///
    /// - Parameter number: 0 for a message that is not stored.
    @inline(__always)
    func finishStored(_ number: MessageNumber, _ session: Session) {
        guard number != 0, session.isStored, let journal else { return }
        session.cursor = max(session.cursor, number &+ 1)
        journal.finish(number, for: session)
        requestTick()
    }

    /// A stored session has changed.
    func noteStored(_ session: Session) {
        journal?.note(session)
        requestTick()
    }

    /// A client was let in. Its session is stored if it may outlive the connection.
    func noteArrival(_ session: Session) {
        guard let journal else { return }
        session.offlineSince = nil
        if !session.isStored {
            guard session.expirySeconds > 0, journal.kinds.sessions else { return }
            return beginStoring(session)
        }
        noteStored(session)
        if let will = session.will?.will {
            journal.add(.set(session.storedNumber, will.message, delaySeconds: will.delay))
        } else {
            journal.add(.removed(session.storedNumber))
        }
    }

    /// From now on a session is stored, with what it has already.
    private func beginStoring(_ session: Session) {
        guard let journal else { return }
        journal.begin(session, sequence: gates.nextStoredSession(from: journal.sequence))
        gates.addStoredSessions(1)
        if let will = session.will?.will {
            journal.add(.set(session.storedNumber, will.message, delaySeconds: will.delay))
        }
        for entry in session.subscriptions.elements {
            journal.add(
                .set(
                    session.storedNumber, filter: subscriptions.text(of: entry.filter), entry.options,
                    identifier: entry.identifier))
        }
        for shared in session.sharedSubscriptions.elements {
            journal.add(
                .set(
                    session.storedNumber, filter: Array(shared.key.text.utf8), shared.options,
                    identifier: shared.identifier))
        }
        storeAttributes(of: session)
        storeMessages(of: session)
        requestTick()
    }

    /// Stores what was in flight and in the queue before its session was stored.
    private func storeMessages(of session: Session) {
        func put(_ delivery: inout Delivery) {
            journal?.endFanOut()
            store(&delivery, session)
        }
        session.outbound.renumber(put)
        changeQueue(session) { $0.number(put) }
        journal?.endFanOut()
    }

    /// An operator or the authority has changed how long a session is kept.
    func noteExpiry(_ session: Session) {
        if session.isStored {
            noteStored(session)
        } else if journal?.kinds.sessions == true, session.expirySeconds > 0, session.move == nil {
            beginStoring(session)
        }
    }

    /// A client has gone.
    func noteDeparture(_ session: Session) {
        guard session.isStored, let journal else { return }
        session.offlineSince = journal.stamp(of: now)
        changeQueue(session) { $0.pageOut() }
        noteStored(session)
    }

    /// A session has ended; what it held is finished already.
    func noteEnd(_ session: Session) {
        journal?.end(session)
        gates.addStoredSessions(-1)
        requestTick()
    }

    /// All messages of a session that ends are needed no more.
    func finishAllStored(_ session: Session) {
        journal?.finishAll(session.outbound.storedNumbers, for: session)
        journal?.finishAll(session.queue.storedNumbers, for: session)
    }

    func storeSubscription(_ change: SubscriptionChange) {
        journal?.add(change)
        requestTick()
    }

    /// A session's will is no more: it was published, or its client has returned or gone in peace.
    func forgetStoredWill(_ session: Session) {
        guard session.isStored, let journal else { return }
        journal.add(.removed(session.storedNumber))
        requestTick()
    }

    /// A retained message was kept or cleared.
    func storeRetained(_ message: Message) {
        guard let journal, journal.kinds.retained else { return }
        journal.retain(message)
        requestTick()
    }

    /// Looks whether mail is a message that has to be safe on the shard that it goes to before anybody is told so here.
    ///
    /// Without a stored session anywhere, what is no retained message is nobody's to keep.
    func noteSafeMail(_ content: MailContent, to shard: ShardIndex) -> Bool {
        guard hasStorage, let journal, content.mayHaveToBeSafe else { return false }
        if case .retain = content {} else if gates.storedSessionCount == 0 { return false }
        journal.sentMail(to: shard)
        return true
    }

    /// Such mail has been taken in, and what it has changed is noted.
    func tookSafeMail(from shard: ShardIndex) {
        journal?.tookMail(from: shard)
        requestTick()
    }

    /// What a session has gathered on its way here comes behind what it brings along, so its numbers must as well.
    func renumber(_ session: Session, behind cargo: SessionCargo) {
        guard let journal else { return }
        journal.advance(past: cargo.cursor)
        if let last = cargo.queue.lastNumber { journal.advance(past: last) }
        changeQueue(session) { queue in
            queue.renumber { delivery in
                let old = delivery.storedNumber
                delivery.storedNumber = 0
                journal.endFanOut()
                journal.put(&delivery, for: session)
                journal.finish(old, for: session)
            }
        }
        noteStored(session)
    }

    // MARK: - Promises

    /// An acknowledgement waits until what this tick has changed is safe. Returns its token.
    func promiseAcknowledgement(_ connection: Connection) -> UInt64 {
        requestTick()
        if commitGroup.began == nil { commitGroup.began = now }
        commitGroup.acknowledgements += 1
        waitingAcknowledgements += 1
        if connection.lastGroup != commitGroup.number {
            connection.lastGroup = commitGroup.number
            commitGroup.connections.append(connection)
        }
        return commitGroup.number << 1 | 1  // odd: the numbers of requests are even
    }

    /// Something is done once what this tick has changed is safe.
    func promise(_ action: CommitAction) {
        commitGroup.actions.append(action)
        requestTick()
    }

    /// At the end of a tick, before its mail goes: what it has promised waits for its batch.
    func closeGroup() {
        guard let journal else { return }
        if commitGroup.isPromising {
            commitGroup.batch = journal.lastNeeded ?? 0
            commitGroup.closed = now
            closedGroups.append(commitGroup)
            commitGroup = CommitGroup(number: commitGroup.number + 1)
        }
        handOverIfDue()
    }

    /// What a group has waited for is safe.
    private func keepPromises(of group: CommitGroup) {
        waitingAcknowledgements -= group.acknowledgements
        if sampledAcknowledgement == nil { sampledAcknowledgement = group.began }
        for connection in group.connections {
            connection.acknowledgements.resolve(group.number << 1 | 1)
            releaseAcknowledgements(connection)
        }
        for action in group.actions { keep(action) }
    }

    private func keep(_ action: CommitAction) {
        switch action {
        case .subscription(let token): subscriptionProgressed(token)
        case .publish(let connection, let identifier, let isRepeat):
            sendStored(identifier, connection, isRepeat: isRepeat)
        case .pubrel(let connection, let identifier):
            guard connection.closing == .open else { return }
            let before = connection.out.count
            connection.out.appendAcknowledgement(.pubrel, packetIdentifier: identifier)
            countSent(.pubrel, connection, since: before)
            if hearsPackets { heard(.pubrel, connection, isSent: true, identifier: identifier) }
            markDirty(connection)
        case .release(let session, let identifier): session.outbound.release(identifier)
        case .attribute(let reply): reply.give(isSafe: true)
        case .depart(let client): leave(client)
        }
    }

    // MARK: - Batches

    /// The longest that a batch stays open for more to come while much is written, in nanoseconds.
    private static let longestWindow = 4_000_000
    /// Changes of a batch from which on it is much.
    private static let busyBatch = 256

    /// Hands the open batch over, unless the one before is still being written or it pays to wait for more. Other shards
    /// whose batches need this one do not wait.
    func handOverIfDue() {
        guard let journal else { return }
        let isAwaited = journal.isAwaited
        if journal.lastUnsafe != nil, !isAwaited { return }
        if journal.hasChanges || isAwaited {
            if now < handOverDue, !journal.isHalfFull, !isAwaited { return wake(at: handOverDue) }
            if journal.handOver(now: now) { counters.observe(.batchSize, journal.lastCount) }
        }
        // All that was in it is undone, and all before it is safe.
        if journal.lastUnsafe == nil { becameSafe(upTo: journal.openNumber) }
    }

    /// A batch, and all before it, is safe.
    package func batchCommitted(_ number: UInt64, now: Instant) {
        self.now = now
        guard let journal else { return }
        if let (count, at) = journal.wasCommitted(number) {
            let took = now.nanoseconds(since: at)
            counters.observe(.commit, took)
            handOverDue =
                count >= Self.busyBatch ? now.advanced(byNanoseconds: Int64(min(took, Self.longestWindow))) : now
        }
        becameSafe(upTo: number)
        endStorageWaits()
        handOverIfDue()
    }

    private func becameSafe(upTo number: UInt64) {
        // Promises that are kept may lead to new changes, but those are promised by the group that is open.
        while let first = closedGroups.first, first.batch <= number {
            closedGroups.removeFirst()
            keepPromises(of: first)
        }
    }

    /// The storage has failed to write for long. It goes on trying; who has waited so long for it is told.
    package func storageDelayed(by nanoseconds: Int, now: Instant) {
        self.now = now
        let error = WireError(.unspecifiedError, "the broker could not store the message")
        for group in closedGroups where now.nanoseconds(since: group.closed) >= nanoseconds {
            for connection in Array(group.connections) + group.actions.compactMap(connectionWaiting) {
                end(connection, cause: .serverFailed(reasonCode: error.reason.rawValue), error)
            }
            for case .attribute(let reply) in group.actions { reply.give(isSafe: false) }
        }
    }

    /// Whose SUBSCRIBE or UNSUBSCRIBE an action is about.
    private func connectionWaiting(for action: CommitAction) -> Connection? {
        guard case .subscription(let token) = action, case .subscription(let pending) = requests[token] else {
            return nil
        }
        return pending.connection
    }

    /// At shutdown, when all clients have gone: hands over what there is.
    ///
    /// - Returns: whether everything is safe.
    package func flushStorage(now: Instant) -> Bool {
        self.now = now
        guard let journal else { return true }
        handOverDue = now
        handOverIfDue()
        return journal.lastNeeded == nil
    }

    // MARK: - Slowing publishers

    /// Acknowledgements that may wait for the storage before publishers have to wait as well.
    private static let maximumWaitingAcknowledgements = 65_536

    /// Whether the storage is so slow that no more may be published.
    var isStorageBehind: Bool {
        waitingAcknowledgements > Self.maximumWaitingAcknowledgements || journal?.isFull == true
    }

    /// A publisher of QoS 1 or 2 waits until the storage has caught up.
    func waitForStorage(_ connection: Connection) {
        if connection.closing != .open { return }
        connection.openRequests += 1
        waitingForStorage.append(connection)
        counters.add(ShardCounters.storageHolds)
    }

    func endStorageWaits() {
        guard !waitingForStorage.isEmpty, let journal, journal.isEased, !gates.isStorageFull,
            waitingAcknowledgements < Self.maximumWaitingAcknowledgements / 2
        else { return }
        let waiting = waitingForStorage
        waitingForStorage = []
        for connection in waiting { requestDone(connection) }
    }
}
