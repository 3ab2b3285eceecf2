package import BrokerValues
import MQTTWire
import SessionMachine
import StressModel

// What one client may do, where that is not what the limits say.
extension Shard {
    // MARK: What holds

    /// Messages that may wait for a session.
    @inline(__always)
    func maximumQueuedMessages(of session: Session) -> Int {
        session.restrictions?.value.maximumQueuedMessages ?? limits.maximumQueuedMessages
    }

    func queueStrategy(of session: Session) -> BrokerLimits.QueueStrategy {
        session.restrictions?.value.queueStrategy ?? limits.queueStrategy
    }

    func writeBufferLowThreshold(of connection: Connection) -> Int {
        connection.session?.restrictions?.value.writeBuffer?.lowThreshold ?? limits.writeBufferLowThreshold
    }

    // MARK: Setting them

    /// The authority has said what a client that is being let in may do. To be called before CONNACK is written.
    func restrict(_ connection: Connection, _ session: Session, _ restrictions: ClientRestrictions) {
        connection.clientReceiveMaximum = connection.connectPacket?.properties.receiveMaximum ?? .max
        session.restrictions = restrictions.isEmpty ? nil : Session.RestrictionsBox(restrictions)
        apply(restrictions, connection, session)
    }

    /// Changes what a client may do, from now on and until it is let in again.
    ///
    /// The client is not told: MQTT has no word for it. A PUBLISH larger than a limit that was lowered ends the connection.
    /// - Returns: false if this shard has no session of that name.
    package func setRestrictions(_ restrictions: ClientRestrictions, of name: String, now: Instant) -> Bool {
        self.now = now
        guard let session = sessions[identity(name)] else { return false }
        session.restrictions = restrictions.isEmpty ? nil : Session.RestrictionsBox(restrictions)
        if let connection = session.connection {
            apply(restrictions, connection, session)
            drainQueue(session)
        } else if let expiry = restrictions.sessionExpiry {
            session.expirySeconds = expiry
            session.offlineSince = journal?.stamp(of: now)
            noteExpiry(session)
            if let ending = session.ending {
                session.ending = ending.withSessionExpiry(expiry, since: now)
                settle(session)
            }
        }
        return true
    }

    private func apply(_ restrictions: ClientRestrictions, _ connection: Connection, _ session: Session) {
        connection.maximumPublishSize = restrictions.maximumPublishSize ?? .max
        setSmallPacketSize(connection)
        let window = restrictions.inflightQueueSize ?? Int(limits.maximumInflight)
        session.outbound.setLimit(min(Int(connection.clientReceiveMaximum), max(1, window)))
        connection.congestionThreshold = restrictions.writeBuffer?.highThreshold
        if restrictions.incomingBytesPerSecond != nil || restrictions.outgoingBytesPerSecond != nil {
            let meters = connection.meters ?? ClientMeters()
            meters.apply(restrictions, now: now)
            connection.meters = meters
        } else {
            connection.meters = nil
            release(connection, .clientRate)
        }
        connection.isShaped = connection.meters?.outgoing.isLimited ?? false
        if !connection.isShaped, connection.shapedBytes > 0 {
            shapedChanged(connection, to: 0)
            markDirty(connection)
        }
        noteMetered(connection)
        if let expiry = restrictions.sessionExpiry {
            session.expirySeconds = expiry
            connection.machine.sessionExpirySet(to: expiry)
            noteExpiry(session)
            countState(of: session)
        }
    }

    // MARK: Operating on one client

    /// Ends a client's connection; its session stays as its expiry says.
    ///
    /// - Returns: false if it is not connected to this shard.
    package func disconnectClient(_ name: String, keepsWill: Bool = true, now: Instant) -> Bool {
        self.now = now
        guard let session = sessions[identity(name)], let connection = session.connection else { return false }
        let error = WireError(.administrativeAction, "an operator or a plugin ended the connection")
        end(connection, cause: .administrative, error, keepsWill: keepsWill)
        return true
    }
}
