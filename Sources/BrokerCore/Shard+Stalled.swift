import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

// Sockets that move no byte although bytes wait for them.
//
// Who does not read keeps memory, and a peer that has died without a word would do so for as long as TCP tries. So a
// client is disconnected when its socket has neither brought nor taken a byte for `stalledSocketMilliseconds`. Whether it
// has is asked of the socket only when that time is over.
extension Shard {
    /// Whether somebody has to look whether its socket moves.
    private func isWatched(_ connection: Connection) -> Bool { connection.session != nil && connection.unsent > 0 }

    /// When a connection is given up if its socket moves nothing until then.
    func stallDeadline(of connection: Connection) -> Instant {
        guard isWatched(connection) else { return .never }
        return connection.lastProgress.advanced(byMilliseconds: limits.stalledSocketMilliseconds)
    }

    /// Its socket has ceased to take all that it is given.
    func watchForStall(_ connection: Connection) {
        noteProgress(connection)
        if connection.closing == .open, connection.deadline > stallDeadline(of: connection) { lookAtClock(connection) }
    }

    private func noteProgress(_ connection: Connection) {
        connection.lastProgress = now
        connection.movedBytes = connection.link.movedBytes ?? connection.movedBytes
    }

    /// Whether its socket has moved nothing for too long.
    func hasStalled(_ connection: Connection) -> Bool {
        guard stallDeadline(of: connection) <= now else { return false }
        if connection.link.movedBytes == connection.movedBytes { return true }
        noteProgress(connection)
        return false
    }

    func endStalled(_ connection: Connection) {
        limitHit(.stalledSocket, connection)
        let error = WireError(.quotaExceeded, "the socket moved no byte for too long")
        end(connection, cause: .limitExceeded(reasonCode: error.reason.rawValue), error)
    }

    /// No CONNECT came, or none could be let through, in time.
    func connectTimedOut(_ connection: Connection) {
        if connection.wasDelayed {
            limitHit(.connectRate, connection)
            countThrottled(connection)
            return fail(connection, WireError(.connectionRateExceeded, "too many clients connected before it"))
        }
        fail(connection, WireError(.unspecifiedError, "no CONNECT came in time"))
    }
}
