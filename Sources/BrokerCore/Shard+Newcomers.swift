import BrokerValues
import DequeModule
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel

/// Sockets of one listener that wait to be let in.
struct ConnectLine {
    /// Whose CONNECT is here.
    var knocking: Deque<Connection> = []
    /// Who has not been read from yet.
    var newcomers: Deque<Connection> = []

    var count: Int { knocking.count + newcomers.count }
}

// The rate at which clients are let in: a listener's own (`connect-overload-protection`), and one for all listeners while
// the broker is overloaded.
//
// A CONNECT that comes too early is not refused: its socket is not read from until it is its turn. New sockets stand in
// line behind it unread. Who waits for longer than a socket may be without a CONNECT is disconnected, as ever. Clients
// that were let in notice nothing.
extension Shard {
    /// Sockets that are read from at a time without a CONNECT in hand: they may have none, and then hold up nobody.
    private static let newcomersPerTurn = 64

    /// A socket was accepted.
    func admit(_ connection: Connection) {
        guard gates.limitsConnects(of: connection.listener) else { return }
        let number = lineNumber(of: connection.listener)
        let isOpen = gates.connectOpening(connection.listener, at: now) <= now
        if isOpen, connectLines[number].count == 0 { return }
        guard hasPlace(connection) else { return }
        delay(connection)
        connectLines[number].newcomers.append(connection)
        paused(connection)
        connection.link.setPaused(true)
    }

    /// A CONNECT has come. Returns whether it is its turn; otherwise it stays where it is.
    func mayConnect(_ connection: Connection) -> Bool {
        guard case .awaitingConnect = connection.machine.phase, !connection.mayConnect,
            gates.limitsConnects(of: connection.listener)
        else { return true }
        let number = lineNumber(of: connection.listener)
        if connectLines[number].knocking.isEmpty, gates.takeConnect(connection.listener, at: now) { return true }
        guard hasPlace(connection) else { return false }
        connectLines[number].knocking.append(connection)
        delay(connection)
        return false
    }

    /// Whether one more socket may wait; otherwise it is closed.
    private func hasPlace(_ connection: Connection) -> Bool {
        if connection.wasDelayed || waitingSockets < limits.maximumWaitingSockets { return true }
        limitHit(.waitingSockets, connection)
        countThrottled(connection)
        close(connection)
        return false
    }

    /// A connection has ended, perhaps while it stood in line.
    func leaveConnectLine(_ connection: Connection) {
        guard connection.isWaitingToConnect else { return }
        connection.isWaitingToConnect = false
        waitingSockets -= 1
        let number = lineNumber(of: connection.listener)
        // Who has gone is passed over when it is its turn, unless too many have.
        guard connectLines[number].count > 2 * waitingSockets + 64 else { return }
        connectLines[number].knocking.removeAll { $0.closing != .open }
        connectLines[number].newcomers.removeAll { $0.closing != .open }
    }

    /// Lets in who waits, as far as the rates allow.
    func admitWaiting() {
        for number in connectLines.indices where connectLines[number].count > 0 {
            admitKnocking(number)
            if connectLines[number].knocking.isEmpty { admitNewcomers(number) }
        }
    }

    private func admitKnocking(_ number: Int) {
        while let connection = connectLines[number].knocking.first {
            if connection.closing == .open {
                guard gates.takeConnect(connection.listener, at: now) else { return wakeForConnect(connection) }
                connection.mayConnect = true
            }
            connectLines[number].knocking.removeFirst()
            letGoOn(connection)
        }
    }

    private func admitNewcomers(_ number: Int) {
        for _ in 0..<Self.newcomersPerTurn {
            guard let connection = connectLines[number].newcomers.first else { return }
            if connection.closing == .open, gates.connectOpening(connection.listener, at: now) > now {
                return wakeForConnect(connection)
            }
            connectLines[number].newcomers.removeFirst()
            letGoOn(connection)
        }
        wake(at: now.advanced(byMilliseconds: 1))
    }

    private func letGoOn(_ connection: Connection) {
        if connection.isWaitingToConnect {
            connection.isWaitingToConnect = false
            waitingSockets -= 1
        }
        release(connection, .connectRate)
    }

    private func delay(_ connection: Connection) {
        if !connection.wasDelayed {
            connection.wasDelayed = true
            if let listener = connection.listener.number {
                counters.add(ShardCounters.connectsDelayed(listener: listener))
            }
            ports.observer?.observe(
                .clientSlowed(nil, address: connection.link.remoteAddress, connection.listener, .connectRate))
        }
        if !connection.isWaitingToConnect {
            connection.isWaitingToConnect = true
            waitingSockets += 1
        }
        brake(connection, .connectRate)
        wakeForConnect(connection)
    }

    private func wakeForConnect(_ connection: Connection) {
        wake(at: max(gates.connectOpening(connection.listener, at: now), now.advanced(byMilliseconds: 1)))
    }

    private func lineNumber(of listener: ListenerIdentity) -> Int {
        let number = listener.number ?? 0
        while connectLines.count <= number { connectLines.append(ConnectLine()) }
        return number
    }

    /// A socket has waited in vain, or there was no place for it.
    func countThrottled(_ connection: Connection) {
        if let listener = connection.listener.number {
            counters.add(ShardCounters.connectsThrottled(listener: listener))
        }
    }
}
