import BrokerValues
import DequeModule
import MetricCatalog
import StressModel

// Limits on the bytes of all clients together.
//
// Bytes are counted when a packet has been handled: those it had, and those that it made the broker send. When a limit is
// overdrawn, all clients with something to say stop being read from, stand in line and take turns; TCP pushes back, so
// nothing is dropped. A turn is counted in nanoseconds of the limit's time, and who overdraws it by a large packet waits
// longer for the next. Each shard has as much of the time to give away as its line has of all lines, so that the shares
// of clients do not depend on which shard looks first; what others leave is given away as well.
//
// What a message makes another shard send is known there, and only later: then its publisher pays for it, however many
// receivers it had. Until then the mail that is under way to other shards stands for it: one could else fill that mail at
// once, whatever the limit.
extension Shard {
    /// Between two looks at the line at least, in nanoseconds.
    private static let pace: Int64 = 5_000_000
    /// Receivers that a message may have on other shards, for all that is known before they have told. A guess that is too
    /// high only lets turns begin early, in which everybody pays what it really was.
    private static let unknownFanOut = 64
    /// The shortest turn: less would be a system call for a packet.
    private static let shortestTurn: Int64 = 50_000

    /// Bytes of a packet have come, or it was handled, while there is a limit.
    func meterTogether(_ connection: Connection, bytes: Int) {
        gates.incoming.charge(bytes, at: now)
        let underWay = mailUnderWay
        let sent = chargeOutput() + max(0, underWay - meteredMail)
        meteredMail = underWay
        if isGated {
            connection.turn -= max(gates.incoming.cost(of: bytes), gates.outgoing.cost(of: sent), 1)
            counters.add(ShardCounters.throttledBytes.base, bytes)
            counters.add(ShardCounters.throttledBytes.base + 1, sent)
        } else if byteBalance(mailWeight: Self.unknownFanOut) < 0 {
            isGated = true
            connection.turn = 0
            turnsTakenAt = now
            turnAllowance = 0
            wakeForTurns()
        }
    }

    /// Bytes were sent elsewhere for what the client has published here; they are charged to the limit already.
    func meterElsewhere(_ connection: Connection, sent: Int) {
        guard isGated else { return }
        connection.turn -= gates.outgoing.cost(of: sent)
        counters.add(ShardCounters.throttledBytes.base + 1, sent)
    }

    /// Bytes of mail to other shards.
    private var mailUnderWay: Int { gates.outgoing.isLimited ? mail.reduce(0) { $0 + $1.bytes } : 0 }

    /// Nanoseconds of the tighter limit's time that are left when the mail under way has been sent on.
    ///
    /// - Parameter mailWeight: how often each byte of the mail is sent.
    private func byteBalance(mailWeight: Int) -> Int64 {
        let balance = gates.byteBalance(at: now)
        return balance == .max
            ? .max : min(balance, gates.outgoing.balance(at: now) - gates.outgoing.cost(of: mailUnderWay &* mailWeight))
    }

    /// Counts what has been written since this was last called.
    @discardableResult
    func chargeOutput() -> Int {
        guard gates.outgoing.isLimited else { return 0 }
        let family = ShardCounters.bytesSent
        var total = 0
        for slot in family.base..<(family.base + family.count) { total += counters[slot] }
        let sent = total - chargedOutput
        chargedOutput = total
        gates.outgoing.charge(sent, at: now)
        return sent
    }

    /// Limits may have been set or removed.
    func bandwidthLimitsChanged() {
        isMetering = gates.incoming.isLimited || gates.outgoing.isLimited
        chargeOutput()
        if !isMetering { takeTurns() }
    }

    /// A connection with something to say has to wait for its turn.
    func waitForTurn(_ connection: Connection) {
        if connection.isInLine { return }
        connection.isInLine = true
        line.append(connection)
    }

    /// Lets the first in line go on, as far as the limits allow.
    func takeTurns() {
        guard isGated else { return }
        announceLine()
        let balance = byteBalance(mailWeight: 1)
        if balance == .max || (balance > 0 && line.isEmpty) {
            isGated = false
            while let connection = line.popFirst() { leaveLine(connection) }
            return announceLine()
        }
        allowTurns(balance)
        let turn = max(turnAllowance / Int64(max(line.count, 1)), Self.shortestTurn)
        // Who overdrew its last turn is only let nearer to the next.
        for _ in 0..<line.count where turnAllowance > 0 {
            guard let connection = line.popFirst() else { break }
            turnAllowance -= turn
            connection.turn = min(connection.turn, 0) + turn
            if connection.turn > 0 || connection.closing != .open {
                leaveLine(connection)
            } else {
                line.append(connection)
            }
        }
        wakeForTurns()
    }

    /// Adds this shard's share of the time that has passed, and of what the limit has left because others did not use it.
    private func allowTurns(_ balance: Int64) {
        let elapsed = min(Int64(now.nanoseconds(since: turnsTakenAt)), Self.longestAllowance)
        turnsTakenAt = now
        // While the limit is far overdrawn, by one message to very many, half of the time pays for that. All of it would
        // leave the others without a word for as long.
        let left = (balance < -Self.longestDebt ? elapsed / 2 : elapsed) + max(0, balance - Self.pace)
        let share = Double(line.count) / Double(max(gates.waitingCount, line.count, 1))
        turnAllowance = min(turnAllowance + Int64(Double(left) * share), Self.longestAllowance)
    }

    /// What a shard may give away at once, and how far the limit may be overdrawn before it gives less.
    private static let longestAllowance: Int64 = 100_000_000
    private static let longestDebt: Int64 = 10_000_000

    /// Tells the other shards how long the line is before anybody leaves it: so each finds the same shares, whichever looks
    /// first.
    private func announceLine() {
        gates.waitingChanged(by: line.count - announcedLine)
        announcedLine = line.count
    }

    private func leaveLine(_ connection: Connection) {
        connection.isInLine = false
        resumeIfPossible(connection)
    }

    private func wakeForTurns() { wake(at: now.advanced(byNanoseconds: Self.pace)) }
}
