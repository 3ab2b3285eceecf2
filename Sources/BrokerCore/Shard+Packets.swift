package import BrokerValues
package import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel

// What a connection's bytes lead to.
extension Shard {
    /// Acknowledgements that may wait in one connection before its packets have to.
    private static let maximumWaitingAcknowledgements = 2048

    /// A socket was accepted.
    package func accepted(_ link: any ClientLink, listener: ListenerIdentity, now: Instant) -> Connection {
        self.now = now
        let connection = Connection(link: link, listener: listener, limits: limits, now: now)
        connections.insert(connection)
        counters.add(ShardCounters.socketsAccepted)
        lookAtClock(connection)
        if isShuttingDown { close(connection) } else { admit(connection) }
        return connection
    }

    /// Bytes have arrived.
    ///
    /// - Returns: how many were handled. The caller keeps the others and hands them in again, with what comes next or
    ///   when the connection goes on (``ClientLink/setPaused(_:)``).
    package func received(_ connection: Connection, _ bytes: ByteView, now: Instant) -> Int {
        self.now = now
        var offset = 0
        turnCost = 0
        connection.isFrontIncomplete = false
        noteActivity(of: connection)
        do throws(WireError) {
            while canHandlePackets(connection), offset < bytes.count {
                let rest = bytes.dropping(offset)
                if !connection.isLetIn { try checkFirstByte(connection, rest[0]) }
                guard let header = try FixedHeader.parse(rest) else {
                    connection.isFrontIncomplete = true
                    break
                }
                if header.packetLength > connection.smallPacketSize { try checkSize(of: header, connection) }
                guard header.packetLength <= rest.count else {
                    connection.isFrontIncomplete = true
                    break
                }
                if !connection.isLetIn, !mayConnect(connection) { break }
                offset &+= header.packetLength
                try handle(connection, header, rest.slice(0, header.packetLength))
                if isMetering || connection.isMetered { meter(connection, packet: header.packetLength) }
                if turnCost > turn.credits, offset < bytes.count { takeRest(connection) }
            }
        } catch {
            fail(connection, error)
        }
        connection.receivedBytes &+= offset
        if connection.closing != .open { return bytes.count }
        if connection.isInChunk, offset > 0 { endChunk(connection) }
        pauseIfNeeded(connection)
        return offset
    }

    /// Stops reading from a connection that has to wait.
    func pauseIfNeeded(_ connection: Connection) {
        if connection.closing != .open || connection.isPaused || canHandlePackets(connection) { return }
        paused(connection)
        if isMailFull { waitForMail(connection) }
        if isGated { waitForTurn(connection) }
        connection.link.setPaused(true)
        if connection.brakes.contains(.credits) { lookAtClock(connection) }
    }

    private func checkSize(of header: FixedHeader, _ connection: Connection) throws(WireError) {
        var maximum = connection.maximumInboundPacketSize
        if header.type == .publish {
            maximum = min(maximum, connection.maximumPublishSize)
        } else if connection.isLetIn {
            maximum = min(maximum, limits.maximumControlPacketSize)
        }
        if header.packetLength > maximum {
            limitHit(.packetSize, connection)
            throw WireError(.packetTooLarge, "a packet of \(header.packetLength) bytes is larger than \(maximum)")
        }
    }

    @inline(__always)
    private func canHandlePackets(_ connection: Connection) -> Bool {
        connection.closing == .open && connection.openRequests == 0 && !isMailFull
            && (!isGated || connection.turn > 0)
            && connection.acknowledgements.count < Self.maximumWaitingAcknowledgements
            // A client that sends requests but reads no answers.
            && connection.backlog <= limits.maximumUnsentBytes
    }

    /// Lets a connection go on that had to wait.
    func resumeIfPossible(_ connection: Connection) {
        guard connection.isPaused else { return }
        guard canHandlePackets(connection) else {
            // What it waited for has come, but now it has to wait for mail and limits like all others.
            if isMailFull { waitForMail(connection) }
            if isGated, connection.turn <= 0 { waitForTurn(connection) }
            return
        }
        pauseEnded(connection)
        connection.link.setPaused(false)
    }

    private func waitForMail(_ connection: Connection) {
        if connection.isWaitingForMail { return }
        connection.isWaitingForMail = true
        waitingForMail.append(connection)
    }

    /// Something that is not MQTT is recognised by its first byte, not after waiting for a whole packet.
    private func checkFirstByte(_ connection: Connection, _ byte: UInt8) throws(WireError) {
        if case .awaitingConnect = connection.machine.phase, byte != 0x10 {
            let guess = ForeignProtocol.guess(firstByte: byte)
            throw .protocolError("the first byte is \(ReasonCode(rawValue: byte)), not the 0x10 of CONNECT\(guess)")
        }
    }

    @inline(__always)
    private func handle(
        _ connection: Connection, _ header: FixedHeader, _ packet: ByteView
    ) throws(WireError) {
        let type = try connection.machine.packetArrived(header, now: now)
        if type != .publish {
            countReceived(type, bytes: packet.count)
            spend(CreditCost.packet, connection)
        }
        guard let session = connection.session else {
            return try handleBeforeSession(connection, type, packet.dropping(header.length))
        }
        switch type {
        case .publish:
            try publishArrived(connection, session, header, packet)
            countPublishReceived(connection, header)
        case .puback, .pubrec, .pubrel, .pubcomp:
            let acknowledgement = try AcknowledgementPacket.decode(
                packet.dropping(header.length), type: type, version: connection.version)
            acknowledgementArrived(connection, session, type, acknowledgement)
        case .subscribe:
            try subscribeArrived(connection, session, packet.dropping(header.length))
        case .unsubscribe:
            try unsubscribeArrived(connection, session, packet.dropping(header.length))
        case .pingreq:
            if header.remainingLength != 0 { throw .malformed("PINGREQ has a body") }
            let before = connection.out.count
            connection.out.appendPingresp()  // [MQTT-3.12.4-1]
            countSent(.pingresp, connection, since: before)
            if hearsPackets { heard(.pingreq, connection, isSent: false) }
            markDirty(connection)
        case .disconnect:
            try disconnectArrived(connection, packet.dropping(header.length))
        case .auth:
            try authArrived(connection, packet.dropping(header.length))
        case .connect, .connack, .suback, .unsuback, .pingresp:
            throw .protocolError("\(type.name) came where it may not")  // the machine lets none through
        }
    }

    private func handleBeforeSession(
        _ connection: Connection, _ type: PacketType, _ body: ByteView
    ) throws(WireError) {
        switch type {
        case .connect: connectArrived(connection, body)
        case .auth: try authArrived(connection, body)
        case .disconnect:
            // Before CONNACK: the client gave up [MQTT5-3.1.2-30]. There is no session yet that would have a will.
            close(connection)
        case .connack, .publish, .puback, .pubrec, .pubrel, .pubcomp, .subscribe, .suback, .unsubscribe, .unsuback,
            .pingreq, .pingresp:
            throw .protocolError("\(type.name) came before CONNACK")  // the machine lets none through
        }
    }

    // MARK: - Acknowledgements from the client

    @inline(__always)
    private func acknowledgementArrived(
        _ connection: Connection, _ session: Session, _ type: PacketType, _ packet: AcknowledgementPacket
    ) {
        let identifier = packet.packetIdentifier
        if hearsPackets { heard(type, connection, isSent: false, identifier: identifier) }
        switch type {
        case .puback: finish(session, session.outbound.pubackReceived(identifier), connection)
        case .pubcomp: pubcompArrived(connection, session, identifier)
        case .pubrec: pubrecArrived(connection, session, packet)
        default: pubrelArrived(connection, session, identifier)
        }
    }

    @inline(__always)
    private func finish(_ session: Session, _ answer: OutboundWindow.Answer, _ connection: Connection) {
        // An acknowledgement of nothing is ignored [MQTT5-2.2.1-5].
        guard case .completed(let delivery) = answer else { return }
        counters.add(ShardCounters.inflightSent, -1)
        if hasStorage, let delivery { finishStored(delivery.storedNumber, session) }
        if session.outbound.isResending { resend(connection, session) }
        if !session.queue.isEmpty { drainQueue(session) }
    }

    private func pubrecArrived(_ connection: Connection, _ session: Session, _ packet: AcknowledgementPacket) {
        let answer = session.outbound.pubrecReceived(packet.packetIdentifier, isError: packet.reason.isError)
        switch answer {
        case .completed: finish(session, answer, connection)  // the client refused it [MQTT5-4.8.2-6]
        case .release(let finished):  // [MQTT-4.3.3-1]
            if session.isStored {
                finishStored(finished, session)
                journal?.note(session)
                return promise(.pubrel(connection, packetIdentifier: packet.packetIdentifier))
            }
            let before = connection.out.count
            connection.out.appendAcknowledgement(.pubrel, packetIdentifier: packet.packetIdentifier)
            countSent(.pubrel, connection, since: before)
            if hearsPackets { heard(.pubrel, connection, isSent: true, identifier: packet.packetIdentifier) }
            markDirty(connection)
        case .unknown:
            // [MQTT5-2.2.1-5]; in 3.x a PUBREL without reason ends the exchange for the client
            if packet.reason.isError { return }
            write(
                connection,
                .publish(.pubrel, packetIdentifier: packet.packetIdentifier, reason: .packetIdentifierNotFound))
        }
    }

    private func pubcompArrived(_ connection: Connection, _ session: Session, _ identifier: UInt16) {
        let answer = session.outbound.pubcompReceived(identifier, rests: session.isStored)
        if session.isStored, case .completed = answer {
            noteStored(session)
            promise(.release(session, packetIdentifier: identifier))
        }
        finish(session, answer, connection)
    }

    private func pubrelArrived(_ connection: Connection, _ session: Session, _ identifier: UInt16) {
        let isKnown = session.inbound.pubrelReceived(packetIdentifier: identifier)
        if isKnown { counters.add(ShardCounters.inflightReceived, -1) }
        if isKnown, session.isStored { noteStored(session) }
        let reason = isKnown ? ReasonCode.success : .packetIdentifierNotFound  // [MQTT-4.3.3-2]
        // Also that of an unknown one waits: what an earlier PUBREL has changed may not be safe yet.
        acknowledge(
            connection, .publish(.pubcomp, packetIdentifier: identifier, reason: reason), commits: session.isStored)
    }

    // MARK: - Acknowledgements to the client

    /// Sends an acknowledgement once everything recorded so far is safe and all earlier ones have gone.
    @inline(__always)
    func acknowledge(_ connection: Connection, _ acknowledgement: Acknowledgement, commits: Bool) {
        if !commits, connection.acknowledgements.isEmpty {
            return write(connection, acknowledgement)
        }
        acknowledgeLater(connection, acknowledgement, commits: commits)
    }

    private func acknowledgeLater(_ connection: Connection, _ acknowledgement: Acknowledgement, commits: Bool) {
        let token = commits && hasStorage ? promiseAcknowledgement(connection) : nil
        if token != nil, acknowledgement.takesQuotaWhileWaiting { connection.session?.inbound.commitAwaited() }
        connection.acknowledgements.append(acknowledgement, awaiting: token)
        if token == nil { releaseAcknowledgements(connection) }
    }

    /// Writes all acknowledgements that wait for nothing any more.
    func releaseAcknowledgements(_ connection: Connection) {
        while let (next, hasWaited) = connection.acknowledgements.popReadyEntry() {
            if hasWaited, next.takesQuotaWhileWaiting { connection.session?.inbound.commitResolved() }
            write(connection, next)
        }
        resumeIfPossible(connection)
    }

    @inline(__always)
    private func write(_ connection: Connection, _ acknowledgement: Acknowledgement) {
        guard connection.closing == .open else { return }
        let before = connection.out.count
        switch acknowledgement {
        case .publish(let type, let identifier, let reason):
            if reason == .success || connection.version != .v5 {
                connection.out.appendAcknowledgement(type, packetIdentifier: identifier)
            } else {
                connection.out.appendAcknowledgement(
                    type, packetIdentifier: identifier, reason: reason, properties: ServerProperties(),
                    maximumPacketSize: connection.maximumPacketSize)
            }
            countSent(type, connection, since: before)
            if hearsPackets { heard(type, connection, isSent: true, identifier: identifier) }
        case .subscription(let type, let identifier, let codes):
            let fits = connection.out.appendSubscriptionAcknowledgement(
                type, packetIdentifier: identifier, codes: codes, version: connection.version,
                maximumPacketSize: connection.maximumPacketSize)
            if !fits { return fail(connection, WireError(.packetTooLarge, "\(type.name) is too large for the client")) }
            countSent(type, connection, since: before)
            if hearsPackets { heard(type, connection, isSent: true, identifier: identifier) }
        }
        markDirty(connection)
    }
}
