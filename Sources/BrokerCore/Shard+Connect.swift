import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

// CONNECT, authentication, and the opening of the session.
extension Shard {
    func connectArrived(_ connection: Connection, _ body: ByteView) {
        let packet: ConnectPacket
        do throws(ConnectError) {
            packet = try ConnectPacket.decode(body, limits: limits)
        } catch {
            if error.error.reason == .topicNameInvalid, isOnlyTooLong(body) { limitHit(.topicLength, connection) }
            return refuse(connection, error.error, answer: error.answer)
        }
        connection.version = packet.version
        connection.connectPacket = packet
        switch connection.machine.connectReceived(packet, limits: limits, now: now) {
        case .refuse(let reason, let text):
            countConnectRefusal(connection, packet, reason)
            refuse(connection, WireError(reason, text))
        case .authenticate: askAboutConnect(connection, packet)
        }
    }

    /// Whether a CONNECT that was refused for the topic of its will would be all right without the limits on topics.
    private func isOnlyTooLong(_ body: ByteView) -> Bool {
        var generous = limits
        generous.maximumTopicLength = .max
        generous.maximumTopicLevels = .max
        return (try? ConnectPacket.decode(body, limits: generous)) != nil
    }

    /// Counts which limit a CONNECT has broken, if any.
    private func countConnectRefusal(_ connection: Connection, _ packet: ConnectPacket, _ reason: ReasonCode) {
        if packet.clientIdentifier.utf8.count > limits.maximumClientIdentifierLength {
            limitHit(.clientIdentifierLength, connection)
        } else if reason == .qosNotSupported {
            limitHit(.qos, connection)
        } else if reason == .retainNotSupported {
            limitHit(.retained, connection)
        }
    }

    private func askAboutConnect(_ connection: Connection, _ packet: ConnectPacket) {
        let name = packet.clientIdentifier.isEmpty ? assignedIdentifier() : packet.clientIdentifier
        connection.client = identity(name)
        guard let authority = ports.authority else {
            if let method = packet.properties.authenticationMethod {  // [MQTT5-4.12.0-1]
                let text = "the authentication method \(method) is not supported"
                return refuse(connection, WireError(.badAuthenticationMethod, text))
            }
            return judged(connection, .accept(data: nil))
        }
        let number = makeNumber()
        switch authority.connect(question(connection), number) {
        case .now(let verdict): judged(connection, verdict)
        case .pending:
            connection.openRequests += 1
            add(.connect(connection), number: number)
        }
    }

    /// What is known of who asks to be let in, or has been.
    private func question(_ connection: Connection) -> ConnectQuestion {
        let packet = connection.connectPacket
        return ConnectQuestion(
            clientIdentifier: connection.clientName, userName: packet?.userName ?? connection.userName,
            password: packet?.password, listener: connection.listener, origin: connection.link.origin,
            version: connection.version, userProperties: packet?.properties.userProperties ?? [],
            authenticationMethod: packet?.properties.authenticationMethod,
            authenticationData: packet?.properties.authenticationData, login: connection.login)
    }

    /// The authority has decided about CONNECT, or about the client's answer to a challenge.
    func judged(_ connection: Connection, _ verdict: ConnectVerdict) {
        if ports.authority != nil { countAuthentication(verdict) }
        switch verdict {
        case .refuse(let reason, let text): refuse(connection, WireError(reason, text))
        case .challenge(let data):  // [MQTT5-4.12.0-2]
            guard connection.machine.terms?.authenticationMethod != nil else {  // [MQTT5-4.12.0-6]
                let text = "the authority asks a client that named no authentication method"
                return refuse(connection, WireError(.implementationSpecificError, text))
            }
            connection.machine.challenged(limits: limits, now: now)
            sendAuth(connection, .continueAuthentication, data)
            lookAtClock(connection)
        case .accept(let grant):
            connection.machine.authenticated()
            connection.grant = grant
            openSession(connection)
        }
    }

    // MARK: - AUTH

    func authArrived(_ connection: Connection, _ body: ByteView) throws(WireError) {
        let packet = try AuthPacket.decode(body)
        let decision = try connection.machine.authReceived(packet)
        guard let authority = ports.authority else {  // without one CONNECT was refused
            throw WireError(.badAuthenticationMethod, "the authentication method is not supported")
        }
        let isReauthentication = decision == .reauthenticate
        let number = makeNumber()
        var question = question(connection)
        question.authenticationMethod = packet.method
        question.authenticationData = packet.data
        switch authority.authenticate(question, isReauthentication: isReauthentication, number) {
        case .now(let verdict):
            if isReauthentication { rejudged(connection, verdict) } else { judged(connection, verdict) }
        case .pending:
            connection.openRequests += 1
            add(.authenticate(connection, isReauthentication: isReauthentication), number: number)
        }
    }

    /// The authority has decided about a re-authentication [MQTT5-4.12.1-2].
    func rejudged(_ connection: Connection, _ verdict: ConnectVerdict) {
        countAuthentication(verdict)
        switch verdict {
        case .accept(let grant):
            connection.machine.reauthenticated()
            sendAuth(connection, .success, grant.data)
        case .challenge(let data): sendAuth(connection, .continueAuthentication, data)
        case .refuse(let reason, let text):
            let code = ReasonCode.serverMayDisconnect(with: reason) ? reason : .notAuthorized  // [MQTT5-3.14.2-1]
            end(connection, cause: .limitExceeded(reasonCode: code.rawValue), WireError(code, text))
        }
    }

    private func countAuthentication(_ verdict: ConnectVerdict) {
        let outcome: Int
        switch verdict {
        case .accept: outcome = 0
        case .refuse: outcome = isAnsweringExpired ? 3 : 1
        case .challenge: outcome = 2
        }
        counters.add(ShardCounters.authentications.base + outcome)
    }

    private func sendAuth(_ connection: Connection, _ reason: ReasonCode, _ data: [UInt8]?) {
        var properties = ServerProperties()
        // [MQTT5-4.12.0-5]
        if let method = connection.machine.terms?.authenticationMethod {
            properties.add(.authenticationMethod, string: method)
        }
        if let data { properties.add(.authenticationData, binary: data) }
        let before = connection.out.count
        connection.out.appendAuth(
            reason: reason, properties: properties,
            maximumPacketSize: connection.machine.terms?.maximumPacketSize ?? .max)
        countSent(.auth, connection, since: before)
        markDirty(connection)
    }

    // MARK: - Session

    /// Asks the registry for the client's session. No packet is handled until it is there.
    private func openSession(_ connection: Connection) {
        guard let packet = connection.connectPacket, let client = connection.client else { return }
        connection.number = makeNumber()
        connection.openRequests += 1
        opening[connection.number] = connection
        let ticket = OpenTicket(
            client: client, shard: index, connection: connection.number, cleanStart: packet.cleanStart)
        post(.open(ticket), to: home(client.seededHash))
    }

    /// 128 bits that nobody can guess: another client must not be able to take the session over [MQTT5-3.2.2-16].
    private func assignedIdentifier() -> String {
        let digits = [host.randomNumber(), host.randomNumber()].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "skep-" + digits.joined()
    }

    /// The registry says where the session is.
    func granted(_ ticket: OpenTicket, _ grant: Grant, epoch: UInt64) {
        let existing = sessions[ticket.client]
        guard let connection = opening.removeValue(forKey: ticket.connection), connection.closing == .open else {
            // The client has gone meanwhile. A session that was there stays as it is.
            if let existing { existing.epoch = epoch } else { reportEnd(ticket.client, epoch: epoch) }
            return
        }
        if let existing {
            takeOver(existing, cleanStart: ticket.cleanStart)
            if let kept = sessions[ticket.client], kept === existing {
                kept.epoch = epoch  // not before: the end of the old session is no news about the new grant
                guard hasRoom(connection, ticket.client) else { return settle(kept) }
                return attach(connection, kept, isPresent: true)
            }
        }
        guard sessions.count < max(1, limits.maximumSessions / shardCount) else {
            reportEnd(ticket.client, epoch: epoch)
            limitHit(.sessions, connection)
            requestDone(connection)
            return refuse(connection, WireError(.quotaExceeded, "the broker holds its maximum number of sessions"))
        }
        guard hasRoom(connection, ticket.client) else {
            reportEnd(ticket.client, epoch: epoch)
            return
        }
        let session = sessions.make(
            ticket.client, epoch: epoch, expirySeconds: connection.machine.terms?.sessionExpiry ?? 0)
        attach(connection, session, isPresent: false)
    }

    /// Counts a client among those connected, or refuses it because there are too many. An older connection of its own
    /// has ended before.
    func hasRoom(_ connection: Connection, _ client: ClientIdentity) -> Bool {
        let limit = limits.maximumConnections
        guard let count = gates.enter(limit: limit) else {
            limitHit(.connections, connection)
            requestDone(connection)
            refuse(connection, WireError(.quotaExceeded, "the broker has its maximum number of connections"))
            return false
        }
        if limit > 0, count * 10 >= limit * 9 {
            ports.observer?.observe(.connectionsNearLimit(client, count: count, limit: limit))
        }
        return true
    }

    /// Connects a session with its client and answers CONNECT.
    func attach(_ connection: Connection, _ session: Session, isPresent: Bool) {
        guard var terms = connection.machine.terms, let packet = connection.connectPacket else { return }
        timers.schedule(session, at: .never)
        session.ending = nil
        session.connection = connection
        session.expirySeconds = terms.sessionExpiry
        session.will = packet.will.map { Session.WillBox($0) }  // [MQTT-3.1.2-8]
        session.outbound.connectionStarted(limit: terms.outboundLimit)
        connection.session = session
        if connection.keptBytes > 0 { setKept(connection, connection.keptBytes) }
        connection.client = session.client
        connection.connectedAt = now
        let grant = connection.grant ?? LoginGrant()
        connection.userName = grant.userName ?? packet.userName
        connection.login = grant.login
        countAccepted(connection)
        countState(of: session)
        connection.maximumInboundPacketSize = limits.maximumPacketSize
        restrict(connection, session, grant.restrictions)
        take(grant.rights, connection, session, isResumed: isPresent)
        connection.connectPacket = nil
        recallDebt(connection, session.client)
        connection.receiveMaximum = terms.version == .v5 ? limits.serverReceiveMaximum : nil
        connection.promised = terms.version == .v5 ? PromisedFeatures(limits) : PromisedFeatures()
        connection.maximumPacketSize = terms.maximumPacketSize
        if terms.outboundAliasMaximum > 0 {
            connection.outboundAliases = OutboundTopicAliases(maximum: terms.outboundAliasMaximum)
        }
        terms = connection.machine.terms ?? terms
        noteArrival(session)
        let assigned = packet.clientIdentifier.isEmpty ? session.client.name : nil
        if hookEvents.contains(.connections), let login = connection.login {
            ports.hooks?.sessionReady(login, isResumed: isPresent)
        }
        guard sendConnack(connection, terms, isPresent: isPresent, assigned: assigned) else {  // [MQTT5-3.1.2-24]
            let error = WireError(.packetTooLarge, "the client's Maximum Packet Size leaves no room for CONNACK")
            let cause = DisconnectCause.protocolError(reasonCode: error.reason.rawValue)
            return end(connection, cause: cause, error, tellsClient: false)
        }
        connection.grant = nil
        connection.machine.opened(now: now)
        if hearsPackets { heard(.connack, connection, isSent: true) }
        lookAtClock(connection)
        announceOnline(session, isOnline: true)
        if let observer = ports.observer, observer.hearsOfConnects {
            observer.observe(
                .clientConnected(
                    session.client, address: connection.link.remoteAddress, listener: connection.listener,
                    terms.version, resumed: isPresent))
        }
        resend(connection, session)  // [MQTT-4.4.0-1]
        drainQueue(session)
        requestDone(connection)
    }

    /// Returns false if the client takes no packet as large as that.
    private func sendConnack(
        _ connection: Connection, _ terms: ConnectionTerms, isPresent: Bool, assigned: String?
    ) -> Bool {
        guard terms.version == .v5 else {
            // 3.1 has no session-present flag: the byte is reserved there.
            let before = connection.out.count
            connection.out.appendConnack(sessionPresent: isPresent && terms.version == .v3_1_1, returnCode: .accepted)
            countSent(.connack, connection, since: before)
            markDirty(connection)
            return true
        }
        var announced = limits
        announced.maximumPacketSize = min(limits.maximumPacketSize, connection.maximumPublishSize)
        var properties = terms.connackProperties(limits: announced, assignedIdentifier: assigned)
        if terms.authenticationMethod != nil, let data = connection.grant?.data {
            properties.add(.authenticationData, binary: data)
        }
        let before = connection.out.count
        let fits = connection.out.appendConnack(
            sessionPresent: isPresent, reason: .success, properties: properties,
            maximumPacketSize: terms.maximumPacketSize)
        countSent(.connack, connection, since: before)
        markDirty(connection)
        return fits
    }
}
