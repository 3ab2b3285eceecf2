package import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

// The end of a socket.
//
// A client may send its last packets, DISCONNECT among them, and close while they have to wait: for its session, for the
// authority, for a receiver, for the mail. The transport has read them all by then. They are handled as if the client
// were still there, since what it published was sent before it went, and only its DISCONNECT says whether its will is
// due [MQTT-3.14.4-3]. Until that is done the connection stays, without a socket.
extension Shard {
    /// The socket is gone.
    ///
    /// - Parameter unhandled: bytes of whole packets that came before and wait, see
    ///   ``FixedHeader/wholePackets(_:)``.
    /// - Returns: whether the connection is over. If not, the link keeps those bytes, hands them in when it is told to
    ///   go on, and calls this again; ``ClientLink/close()`` tells it that they are not wanted any more and that the
    ///   connection is over.
    package func disconnected(
        _ connection: Connection, cause: DisconnectCause, unhandled: Int = 0, now: Instant
    ) -> Bool {
        self.now = now
        // A CONNECT that waits for its turn is not waited for: later, its client may long be back through another door.
        if connection.closing == .open, connection.isPaused, !connection.brakes.contains(.connectRate),
            unhandled > 0 || isBeingJudged(connection)
        {
            depart(connection, cause)
            return false
        }
        finish(connection, connection.departure?.cause ?? cause)
        return true
    }

    /// Whether the authority is being asked about a packet of a client that was let in.
    private func isBeingJudged(_ connection: Connection) -> Bool {
        connection.session != nil
            && connection.openRequests > (connection.isHeld ? 1 : 0) + connection.brakes.rawValue.nonzeroBitCount
    }

    private func depart(_ connection: Connection, _ cause: DisconnectCause) {
        guard connection.departure == nil else { return }
        let deadline = now.advanced(byMilliseconds: limits.departedClientTimeoutMilliseconds)
        connection.departure = Connection.Departure(cause: cause, deadline: deadline)
        departedCount += 1
        unsentChanged(connection, to: 0)
        reviewUnsent()
        lookAtClock(connection)
        resumeIfPossible(connection)  // it may have waited only for the socket to take bytes
    }

    /// What a client left behind could not be handled in time.
    func giveUp(_ connection: Connection, _ departure: Connection.Departure) {
        let error = WireError(.unspecifiedError, "the client has gone, and its last packets waited for too long")
        if connection.session == nil {
            refuse(connection, error, answer: ConnectError.Answer.none)
        } else {
            end(connection, cause: departure.cause, error, tellsClient: false)
        }
    }

    /// Forgets a connection whose socket is gone and whose packets have been handled.
    func finish(_ connection: Connection, _ cause: DisconnectCause) {
        guard connections.remove(connection) else { return }
        if connection.departure != nil { departedCount -= 1 }
        timers.schedule(connection, at: .never)
        giveUpKept(connection)
        countGone(connection)
        if connection.closing == .open {
            connection.closing = .closed
            if let session = connection.session {
                told(connection, cause, "the connection was lost")
                detach(session, from: connection, keepsWill: true)
            } else if case .awaitingConnect = connection.machine.phase {
                // Nothing was said yet: port scans and health checks end so.
            } else {
                refused(connection, WireError(.unspecifiedError, "the client went away before it was let in"))
            }
        }
        connection.closing = .closed
        leaveConnectLine(connection)
        if !opening.isEmpty { opening[connection.number] = nil }
        connection.acknowledgements.removeAll()
    }
}
