package import BrokerValues
import MQTTWire
import SessionMachine

// What operators do to single clients; see `Shard+Restrictions` for the rest.
extension Shard {
    /// What became of the wish to end a session.
    package enum Invalidation: Sendable, Hashable {
        /// There is none here.
        case absent
        /// It has ended, or does so as soon as it has arrived here.
        case ended
        /// It is on its way to another shard, which has to be asked, again if it does not know of it yet.
        case leaving
    }

    /// Ends a client's session with everything in it, and its connection before it. Its will is published, as MQTT has
    /// it for every session that ends.
    package func invalidateSession(_ name: String, now: Instant) -> Invalidation {
        self.now = now
        guard let session = sessions[identity(name)] else { return .absent }
        switch session.move {
        case .departing: return .leaving
        case .arriving:
            // The shard that it comes from must be able to hand it over, and its client waits for it.
            session.isUnwanted = true
            return .ended
        case nil:
            invalidate(session)
            return .ended
        }
    }

    /// Ends a session that is not moving.
    func invalidate(_ session: Session) {
        guard sessions[session.slot] === session else { return }
        session.expirySeconds = 0
        if let connection = session.connection {
            let error = WireError(.administrativeAction, "an operator ended the session")
            end(connection, cause: .administrative, error)
        }
        // With an expiry of 0 it has gone with its connection; one that had none goes here.
        if sessions[session.slot] === session { endSession(session) }
    }
}
