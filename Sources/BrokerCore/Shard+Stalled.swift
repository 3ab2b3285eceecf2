import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

// Sockets that move no byte while their connection is slowed, or while they have something to take.
//
// A client that is not read from cannot show that it lives, and its keep-alive is not counted. So it is disconnected when
// its socket has neither brought nor taken a byte for `stalledSocketMilliseconds`, though it was offered both.
extension Shard {
    /// Whether somebody has to look whether its socket moves.
    private func isWatched(_ connection: Connection) -> Bool {
        connection.session != nil && (connection.unsent > 0 || connection.isInChunk)
    }

    /// When a connection is given up if its socket moves nothing until then.
    func stallDeadline(of connection: Connection) -> Instant {
        guard isWatched(connection) else { return .never }
        return connection.lastProgress.advanced(byMilliseconds: limits.stalledSocketMilliseconds)
    }

    /// Its socket has ceased to take all that it is given.
    func watchForStall(_ connection: Connection) {
        connection.lastProgress = now
        if connection.closing == .open, connection.deadline > stallDeadline(of: connection) { lookAtClock(connection) }
    }

    func hasStalled(_ connection: Connection) -> Bool { stallDeadline(of: connection) <= now }

    func endStalled(_ connection: Connection) {
        limitHit(.stalledSocket)
        let error = WireError(.quotaExceeded, "the socket moved no byte for too long")
        end(connection, cause: .limitExceeded(reasonCode: error.reason.rawValue), error)
    }

    /// No CONNECT came, or none could be let through, in time.
    func connectTimedOut(_ connection: Connection) {
        if connection.wasDelayed {
            limitHit(.connectRate)
            countThrottled(connection)
            return fail(connection, WireError(.connectionRateExceeded, "too many clients connected before it"))
        }
        fail(connection, WireError(.unspecifiedError, "no CONNECT came in time"))
    }
}
