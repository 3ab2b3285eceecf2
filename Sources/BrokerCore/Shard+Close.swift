import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

/// A will that leaves with one of the next ticks.
struct DueWill {
    let session: Session
    let message: Message
}

// The ways in which connections and sessions end.
extension Shard {
    // MARK: - Connections

    func disconnectArrived(_ connection: Connection, _ body: ByteView) throws(WireError) {
        let packet = try DisconnectPacket.decode(body, version: connection.version)
        let decision = try connection.machine.disconnectReceived(packet, limits: limits)
        guard let session = connection.session else { return close(connection) }
        session.expirySeconds = session.restrictions?.value.sessionExpiry ?? decision.sessionExpiry
        if decision.deletesWill, session.will != nil { clearWill(session) }  // [MQTT-3.14.4-3]
        told(
            connection, .clientDisconnected(reasonCode: decision.reason.rawValue), packet.reasonString ?? "")
        detach(session, from: connection, keepsWill: true)
        close(connection)
    }

    /// The client broke the protocol.
    func fail(_ connection: Connection, _ error: WireError) {
        if connection.session == nil {
            // [MQTT-3.1.0-1]: before a CONNECT nothing is answered.
            if case .awaitingConnect = connection.machine.phase {
                refused(connection, error, countsAsConnect: false)
                return close(connection)
            }
            return refuse(connection, error)
        }
        end(connection, cause: .protocolError(reasonCode: error.reason.rawValue), error)
    }

    /// Ends a connection that was let in; a client of version 5 is told why [MQTT5-4.13.1-1].
    ///
    /// - Parameter tellsClient: false as long as CONNACK was not sent [MQTT5-3.14.0-1].
    func end(
        _ connection: Connection, cause: DisconnectCause, _ error: WireError, keepsWill: Bool = true,
        tellsClient: Bool = true
    ) {
        guard connection.closing == .open else { return }
        if tellsClient, connection.version == .v5, connection.session != nil {
            var properties = ServerProperties()
            properties.setReasonString(error.detail)
            let before = connection.out.count
            connection.out.appendDisconnect(
                reason: error.reason, properties: properties, maximumPacketSize: connection.maximumPacketSize)
            countSent(.disconnect, connection, since: before)
        }
        if let session = connection.session {
            told(connection, cause, error.detail)
            detach(session, from: connection, keepsWill: keepsWill)
        }
        close(connection)
    }

    /// Refuses a client that is not let in.
    ///
    /// - Parameter answer: in which form; nil for the form of the client's version.
    func refuse(_ connection: Connection, _ error: WireError, answer: ConnectError.Answer? = nil) {
        guard connection.closing == .open else { return }
        let form =
            answer
            ?? (connection.version == .v5
                ? .reasonCode(error.reason) : .returnCode(ConnectReturnCode(error.reason)))
        let before = connection.out.count
        switch form {
        case .none: break
        case .returnCode(let code): connection.out.appendConnack(sessionPresent: false, returnCode: code)
        case .reasonCode(let code):  // [MQTT5-3.2.2-6]
            var properties = ServerProperties()
            properties.setReasonString(error.detail)
            connection.out.appendConnack(
                sessionPresent: false, reason: code, properties: properties,
                maximumPacketSize: connection.machine.terms?.maximumPacketSize ?? .max)
        }
        countSent(.connack, connection, since: before)
        refused(connection, error)
        close(connection)
    }

    /// Stops handling packets; what was written is sent at the end of the tick, then the socket is closed.
    func close(_ connection: Connection) {
        guard connection.closing == .open else { return }
        connection.closing = .closing
        leaveConnectLine(connection)
        giveUpKept(connection)
        connection.machine.ended()
        connection.acknowledgements.removeAll()
        opening[connection.number] = nil
        timers.schedule(connection, at: .never)
        markDirty(connection)
    }

    func told(_ connection: Connection, _ cause: DisconnectCause, _ text: String) {
        countEnded(connection, cause)
        connection.session?.lastEnd = ConnectionEnd(time: now, cause: cause)
        if hookEvents.contains(.connections), let login = connection.login { ports.hooks?.disconnected(login, cause) }
        guard let observer = ports.observer, let client = connection.client, observer.hearsOfDisconnects(cause) else {
            return
        }
        observer.observe(.clientDisconnected(client, address: connection.link.remoteAddress, cause, text))
    }

    /// - Parameter countsAsConnect: false before a CONNECT: such sockets are counted when they are gone.
    func refused(_ connection: Connection, _ error: WireError, countsAsConnect: Bool = true) {
        if countsAsConnect {
            connection.fate = .refused
            counters.add(
                ShardCounters.connectsRefused.base + MetricLabels.connectRefusalIndex(of: error.reason.rawValue))
        }
        ports.observer?.observe(
            .connectRefused(
                client: connection.clientName, user: connection.connectPacket?.userName ?? connection.userName,
                address: connection.link.remoteAddress, listener: connection.listener, error.reason, error.detail))
    }

    // MARK: - Sessions

    /// Parts a session from its connection: it waits for its client, or ends.
    func detach(_ session: Session, from connection: Connection, keepsWill: Bool) {
        guard session.connection === connection else { return }
        connection.session = nil
        session.connection = nil
        rememberDebt(connection, session.client)
        session.isTooSlow = false
        session.sendQuestion = 0
        endBackpressure(session)
        session.inbound.connectionEnded()
        if session.outbound.isEmpty { session.outbound.trim() }
        removeAtMostOnce(session)
        let delay = keepsWill ? session.will?.will.delay : nil
        let ending = SessionEnding(now: now, sessionExpiry: session.expirySeconds, willDelay: delay)
        session.ending = ending
        announceOnline(session, isOnline: false)
        noteDeparture(session)
        countState(of: session)
        settle(session)
    }

    /// Does what is due for a session that is offline, and sets its timer for the rest.
    func settle(_ session: Session) {
        guard let ending = session.ending, session.move == nil else { return }
        if let due = ending.willDue, due <= now { publishWill(session) }
        // The storage keeps a will together with its session, so that stays until the will has left.
        if ending.sessionEnd <= now, session.isStored, session.dueWills > 0 { return }
        if ending.sessionEnd <= now { return endSession(session, hasExpired: session.expirySeconds > 0) }
        let willDue = session.will == nil ? nil : ending.willDue
        timers.schedule(session, at: min(ending.sessionEnd, willDue ?? .never))
    }

    func removeAtMostOnce(_ session: Session) {
        let removed = changeQueue(session) { $0.removeAtMostOnce() }
        for delivery in removed { dropped(session.client, .clientOffline, delivery.qos) }
    }

    /// A client has come for a session whose old connection may still be open: end that, and decide about its will.
    func takeOver(_ session: Session, cleanStart: Bool) {
        let isOver = session.ending.map { $0.sessionEnd <= now } ?? false
        let endsSession = cleanStart || session.expirySeconds == 0 || isOver
        if let will = session.will?.will {
            let publishes = SessionEnding.publishesWill(onReturnWith: will.delay, endsSession: endsSession)
            // A session that is offline has its will still only while a delay runs, or its expiry has come.
            if publishes { publishWill(session) } else { clearWill(session) }
        }
        publishStoredWills(of: session)
        if let old = session.connection {  // [MQTT-3.1.4-2], [MQTT5-3.1.4-3]
            if endsSession { session.expirySeconds = 0 }
            let error = WireError(.sessionTakenOver, "another connection uses this client identifier")
            end(old, cause: .takenOver, error, keepsWill: false)
        }
        if endsSession, sessions[session.client] === session { endSession(session) }  // [MQTT-3.1.2-6]
    }

    func clearWill(_ session: Session) {
        session.will = nil
        forgetStoredWill(session)
    }

    /// Hands a session's will to the next tick [MQTT-3.1.2-8].
    func publishWill(_ session: Session) {
        guard let will = session.will?.will else { return }
        if !mayPublish(will: will, session) { return clearWill(session) }
        session.will = nil  // [MQTT-3.1.2-10]; the storage forgets it when it has been published
        let message = will.message.published(
            at: now, by: session.client, expirySeconds: effectiveExpiry(will.message.expirySeconds))
        dueWills.append(DueWill(session: session, message: message))
        session.dueWills += 1
        requestTick()
    }

    /// The will of a stored session does not wait for its turn when its place in the storage is needed for another, or
    /// goes: a crash would lose it.
    private func publishStoredWills(of session: Session) {
        guard session.isStored else { return }
        while session.dueWills > 0, let place = dueWills.firstIndex(where: { $0.session === session }) {
            publish(dueWills.remove(at: place))
        }
    }

    /// Ends a session: its will is published, its subscriptions and messages are gone.
    ///
    /// - Parameter hasExpired: its client has been away for too long.
    func endSession(_ session: Session, hasExpired: Bool = false) {
        publishWill(session)
        publishStoredWills(of: session)
        timers.schedule(session, at: .never)
        session.ending = nil
        removeSubscriptions(session)
        discardMessages(session)
        takeAttributes(of: session)
        countState(of: session, isGone: true)
        counters.add(ShardCounters.sessionsEnded)
        sessions.remove(session)
        reportEnd(session.client, epoch: session.epoch)
        if session.isStored { noteEnd(session) }
        if let observer = ports.observer, observer.hearsOfSessionEnds {
            observer.observe(.sessionEnded(session.client, hasExpired: hasExpired))
        }
    }

    private func discardMessages(_ session: Session) {
        counters.add(ShardCounters.inflightSent, -session.outbound.count)
        counters.add(ShardCounters.inflightReceived, -session.inbound.unreleased.count)
        if session.isStored { finishAllStored(session) }
        queuedCount -= session.queue.count
        queuedBytes -= session.queue.memoryBytes
        while let oldest = session.queue.removeOldest() { dropped(session.client, .sessionEnded, oldest.qos) }
        for delivery in session.outbound.deliveries() { dropped(session.client, .sessionEnded, delivery.qos) }
        session.outbound = OutboundWindow()
    }
}
