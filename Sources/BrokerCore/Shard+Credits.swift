import BrokerValues
import DequeModule
import HeapModule
import MetricCatalog
import SessionMachine
import StressModel

// Credits: each client pays for the work that it causes, and who has none left while the broker is overloaded is not
// read from until some are back.
//
// A client that is paused so does not lose its connection for it, unlike with HiveMQ: at least every half of its
// keep-alive a bounded chunk is read, on credit, so that PINGREQ is answered. Its silence is not counted meanwhile.
extension Shard {
    /// Bytes that a client without credits may send in one chunk.
    static let chunkSize = 64 * 1024
    /// Milliseconds between two chunks at most.
    private static let longestChunkInterval: UInt64 = 10_000
    /// Clients that have gone whose debt is remembered.
    private static let maximumRememberedDebts = 10_000

    /// A client has caused work.
    @inline(__always)
    func spend(_ cost: Int, _ connection: Connection) {
        turnCost &+= cost
        if creditBook.spend(cost, by: connection), isShedding { exhausted(connection) }
    }

    /// A client has no credits left while the broker is overloaded.
    private func exhausted(_ connection: Connection) {
        if connection.isInChunk || connection.brakes.contains(.credits) { return }
        brake(connection, .credits)
        waitForCredits(connection)
        ports.observer?.observe(
            .clientSlowed(
                connection.client, address: connection.link.remoteAddress, connection.listener, .credits))
        openChunkLater(connection)
    }

    private func waitForCredits(_ connection: Connection) {
        if connection.waitsForCredits { return }
        connection.waitsForCredits = true
        exhaustedClients.insert(Waiting(key: connection.credits.resumesAt, connection: connection))
    }

    /// Time has passed: every client gets credits back, and who has enough goes on.
    func refillCredits() {
        let rule = gates.shedding
        shedding = rule
        reviewTurns()
        let elapsed = min(now.nanoseconds(since: creditsRefilledAt), 10 * Self.tickNanoseconds)
        creditsRefilledAt = now
        if !gates.isProtecting { creditValve.open() }
        creditBook.refill(creditValve.advance(elapsed, rule))
        isShedding = creditValve.isLimiting
        while let first = exhaustedClients.min, !isShedding || first.key <= creditBook.refilled {
            exhaustedClients.removeMin()
            let connection = first.connection
            connection.waitsForCredits = false
            if connection.closing != .open { continue }
            if isShedding, connection.credits.resumesAt > creditBook.refilled {  // it has spent more in chunks
                waitForCredits(connection)
                continue
            }
            connection.isInChunk = false
            noteMetered(connection)
            release(connection, .credits)
        }
        if !debts.isEmpty { forgetPaidDebts() }
        retainedBudget = min(rule.retainedPerTick ?? 0, retainedBudget + (rule.retainedPerTick ?? 0))
        willBudget = rule.willsPerTick ?? .max
    }

    /// Nanoseconds of a tick of the stress model.
    private static let tickNanoseconds = 100_000_000

    // MARK: - Chunks

    private func openChunkLater(_ connection: Connection) {
        let half = (connection.machine.terms?.keepAliveMilliseconds).map { $0 / 3 }  // a third of 1.5 keep-alives
        let interval = min(half ?? Self.longestChunkInterval, Self.longestChunkInterval)
        connection.chunkDue = now.advanced(byMilliseconds: interval)
        lookAtClock(connection)
    }

    /// The time has come to read a little from a client without credits.
    func openChunkIfDue(_ connection: Connection) {
        guard connection.chunkDue <= now else { return }
        connection.chunkDue = .never
        guard connection.brakes.contains(.credits) else { return }
        connection.isInChunk = true
        connection.chunkBytes = Self.chunkSize
        noteMetered(connection)
        release(connection, .credits)
    }

    /// A packet of a chunk was handled.
    func chunkHandled(_ connection: Connection, bytes: Int) {
        connection.chunkBytes -= bytes
        if connection.chunkBytes <= 0 { endChunk(connection) }
    }

    /// The client has used its chunk, or what one read brought of it.
    func endChunk(_ connection: Connection) {
        connection.isInChunk = false
        noteMetered(connection)
        guard connection.waitsForCredits else { return }
        brake(connection, .credits)
        openChunkLater(connection)
    }

    /// Whether each packet of a connection has to be looked at.
    func noteMetered(_ connection: Connection) {
        connection.isMetered = connection.isInChunk || connection.meters != nil
    }

    // MARK: - What other shards' clients cause here

    /// A message of another shard's client was routed here: it pays for that as well.
    ///
    /// - Parameter sent: bytes that were sent for it, beyond those that it paid for when it was put into the mail; 0
    ///   without a limit on them.
    func chargeRemotely(_ publisher: ClientIdentity?, _ cost: Int, sent: Int, on shard: ShardIndex) {
        // A letter for each cheap one would cost more than it.
        guard cost >= 64 || sent > 0, let publisher else { return }
        post(.spent(publisher, credits: cost, bytes: sent), to: shard)
    }

    /// Another shard tells what a message of a client here has cost there.
    func spentElsewhere(_ client: ClientIdentity, _ credits: Int, bytes: Int) {
        guard let connection = sessions[client]?.connection else { return }
        spend(credits, connection)
        if bytes > 0 { meterElsewhere(connection, sent: bytes) }
    }

    // MARK: - Clients that come back

    /// A client goes; who owes much does not get rid of it by coming back.
    func rememberDebt(_ connection: Connection, _ client: ClientIdentity) {
        guard connection.credits.credits(refilled: creditBook.refilled) < CreditAccount.full / 2,
            debts.count < Self.maximumRememberedDebts
        else { return }
        debts[client] = connection.credits
    }

    /// A client has come.
    func recallDebt(_ connection: Connection, _ client: ClientIdentity) {
        guard !debts.isEmpty, let account = debts.removeValue(forKey: client) else { return }
        let missing = account.fullAt - creditBook.refilled
        if missing > 0 { spend(missing, connection) }
    }

    private func forgetPaidDebts() {
        // All at once, but only when half of what they owe has been paid on average.
        guard creditBook.refilled - debtsReviewedAt > CreditAccount.full / 2 else { return }
        debtsReviewedAt = creditBook.refilled
        debts = debts.filter { $0.value.credits(refilled: creditBook.refilled) < CreditAccount.full / 2 }
    }
}
