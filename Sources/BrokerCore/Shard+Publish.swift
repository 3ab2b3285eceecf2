package import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel
import TopicIndex

// A PUBLISH from a client: checks, authority, and the acknowledgement after routing.
extension Shard {
    @inline(__always)
    func publishArrived(
        _ connection: Connection, _ session: Session, _ header: FixedHeader, _ packet: ByteView
    ) throws(WireError) {
        let view = try PublishView.decode(packet, header: header, version: connection.version)
        if view.properties.topicAlias != nil || view.topic.isEmpty {
            return try aliasedPublishArrived(connection, session, view)
        }
        try publishArrived(connection, session, view, topic: view.topic)
    }

    /// Topic aliases (MQTT 5 section 3.3.2.3.4).
    private func aliasedPublishArrived(
        _ connection: Connection, _ session: Session, _ view: PublishView
    ) throws(WireError) {
        guard let alias = view.properties.topicAlias else {  // [MQTT5-4.7.3-1]
            throw .protocolError("PUBLISH has neither a topic name nor a topic alias")
        }
        var aliases =
            connection.inboundAliases
            ?? InboundTopicAliases(maximum: connection.machine.terms?.inboundAliasMaximum ?? 0)
        if !view.topic.isEmpty {
            try checkTopic(view.topic, connection)  // an alias never stands for a topic that may not be published to
            try aliases.set(alias, view.topic)
            counters.add(ShardCounters.topicAliases.base)
            connection.inboundAliases = aliases
            return try publishArrived(connection, session, view, topic: view.topic)
        }
        let topic = try aliases.topic(of: alias)
        counters.add(ShardCounters.topicAliases.base + 1)
        try topic.withByteView { (bytes) throws(WireError) in
            try publishArrived(connection, session, view, topic: bytes)
        }
    }

    private func checkTopic(_ topic: ByteView, _ connection: Connection) throws(WireError) {
        let fault = TopicSyntax.faultInName(
            topic, maximumLength: limits.maximumTopicLength, maximumLevels: limits.maximumTopicLevels)
        if let fault {
            if isTooLong(topic) { limitHit(.topicLength, connection) }
            throw WireError(.topicNameInvalid, fault)
        }
    }

    /// Whether a topic name or filter has more bytes or levels than it may.
    func isTooLong(_ topic: ByteView) -> Bool {
        if topic.count > limits.maximumTopicLength { return true }
        var levels = 1
        for index in 0..<topic.count where topic[index] == UInt8(ascii: "/") { levels += 1 }
        return levels > limits.maximumTopicLevels
    }

    @inline(__always)
    private func publishArrived(
        _ connection: Connection, _ session: Session, _ view: PublishView, topic: ByteView
    ) throws(WireError) {
        // A topic that is in the match cache has passed the check before.
        let entry = subscriptions.cached(topic)
        if entry == nil { try checkTopic(topic, connection) }
        if view.qos > limits.maximumQoS, view.qos > connection.promised.maximumQoS {  // [MQTT5-3.2.2-11]
            limitHit(.qos, connection)
            throw WireError(.qosNotSupported, "PUBLISH has a QoS above the broker's maximum")
        }
        if view.retain, !limits.retainAvailable, !connection.promised.retained {  // [MQTT5-3.2.2-14]
            limitHit(.retained, connection)
            throw WireError(.retainNotSupported, "PUBLISH is retained, which is not supported")
        }
        if view.qos != .atMostOnce {
            let decision = session.inbound.publishReceived(
                qos: view.qos, packetIdentifier: view.packetIdentifier, receiveMaximum: connection.receiveMaximum)
            switch decision {
            case .route: if view.qos == .exactlyOnce { counters.add(ShardCounters.inflightReceived) }
            case .acknowledgeOnly:
                spend(CreditCost.packet, connection)
                let pubrec = Acknowledgement.publish(
                    .pubrec, packetIdentifier: view.packetIdentifier, reason: .success)
                return acknowledge(connection, pubrec, commits: hasStorage)  // what it led to may not be safe yet
            case .identifierInUse:  // [MQTT5-2.2.1-3]
                spend(CreditCost.packet, connection)
                let puback = Acknowledgement.publish(
                    .puback, packetIdentifier: view.packetIdentifier, reason: .packetIdentifierInUse)
                return acknowledge(connection, puback, commits: false)
            case .receiveMaximumExceeded:
                limitHit(.receiveMaximum, connection)
                throw WireError(.receiveMaximumExceeded, "more publishes are open than the Receive Maximum allows")
            }
        }
        if hasStorage, view.qos != .atMostOnce, gates.isStorageFull, refuseForRoom(connection, session, view) { return }
        if TopicSyntax.isReserved(topic) {
            return refuse(connection, session, view.qos, view.packetIdentifier, .notAuthorized)
        }
        if let rights = connection.rights, !mayPublish(rights, connection, view, topic: topic) {
            return refuse(connection, session, view.qos, view.packetIdentifier, .notAuthorized)
        }
        if asksAboutPublishes, let authority = ports.authority {
            guard ask(authority, connection, session, view, topic: topic) else { return }
        }
        accept(connection, session, view, topic: topic, entry)
    }

    /// The storage has no room. A client of version 5 is told; of others this message is taken, and no more before there
    /// is room. Returns whether it was refused.
    private func refuseForRoom(_ connection: Connection, _ session: Session, _ view: PublishView) -> Bool {
        counters.add(ShardCounters.storageRefusals)
        guard connection.version == .v5 else {
            waitForStorage(connection)
            return false
        }
        if view.qos == .exactlyOnce { forget(view.packetIdentifier, session) }
        spend(CreditCost.packet, connection)
        let type = view.qos == .exactlyOnce ? PacketType.pubrec : .puback
        acknowledge(
            connection, .publish(type, packetIdentifier: view.packetIdentifier, reason: .quotaExceeded),
            commits: false)
        return true
    }

    /// Routes a publish that is allowed, and acknowledges it.
    @inline(__always)
    private func accept(
        _ connection: Connection, _ session: Session, _ view: PublishView, topic: ByteView, _ entry: MatchEntry?
    ) {
        let expiry = effectiveExpiry(view.properties.messageExpiry)
        if view.properties.isForwardedWhole {
            var source = PublishSource(
                view, topic: topic, properties: view.properties.section, expirySeconds: expiry,
                version: connection.version, publisher: session, now: now, templates: templates)
            accept(connection, session, &source, packetIdentifier: view.packetIdentifier, entry)
        } else {
            view.properties.forwarded().withByteView { properties in
                var source = PublishSource(
                    view, topic: topic, properties: properties, expirySeconds: expiry, version: connection.version,
                    publisher: session, now: now, templates: templates)
                accept(connection, session, &source, packetIdentifier: view.packetIdentifier, entry)
            }
        }
    }

    /// The publisher's expiry, cut to the broker's maximum.
    @inline(__always)
    func effectiveExpiry(_ wish: UInt32?) -> UInt32? {
        guard let maximum = limits.maximumMessageExpiry else { return wish }
        return min(wish ?? maximum, maximum)
    }

    @inline(__always)
    private func accept(
        _ connection: Connection, _ session: Session, _ source: inout PublishSource, packetIdentifier: UInt16,
        _ entry: MatchEntry?
    ) {
        let queued = queuedCount
        lastFanOut = 0
        lastRefusals = 0
        mayBeTakenElsewhere = false
        searchCost = 0
        let changes = storedChanges
        let hasReceiver = publish(&source, publisherSlot: session.slot, entry)
        spend(
            CreditCost.publish(
                bytes: source.topic.count &+ source.payload.count, receivers: lastFanOut,
                queued: queuedCount &- queued, isRetained: source.retain) &+ searchCost, connection)
        if crowded != nil { holdPublisher(connection) }
        if !hasReceiver { counters.add(ShardCounters.publishesUnmatched) }
        switch source.qos {
        case .atMostOnce: break
        case .atLeastOnce:
            acknowledge(
                connection,
                .publish(.puback, packetIdentifier: packetIdentifier, reason: outcome(hasReceiver: hasReceiver)),
                commits: storedChanges != changes)
            if hasStorage, isStorageBehind { waitForStorage(connection) }
        case .exactlyOnce:
            let reason = outcome(hasReceiver: hasReceiver)
            if reason.isError, connection.version == .v5 {
                forget(packetIdentifier, session)
            } else if session.isStored {
                noteStored(session)
            }
            acknowledge(
                connection, .publish(.pubrec, packetIdentifier: packetIdentifier, reason: reason),
                commits: storedChanges != changes)
            if hasStorage, isStorageBehind { waitForStorage(connection) }
        }
    }

    /// What the publisher of a message is told: also that the queue of every receiver has refused it.
    @inline(__always)
    private func outcome(hasReceiver: Bool) -> ReasonCode {
        if !hasReceiver { return .noMatchingSubscribers }
        return lastRefusals > 0 && lastRefusals == lastFanOut && !mayBeTakenElsewhere ? .quotaExceeded : .success
    }

    /// Keeps a retained message and routes it. Returns whether anybody gets it or may get it.
    ///
    /// - Parameter entry: what the topic matches, if that is known already.
    @inline(__always)
    func publish(_ source: inout PublishSource, publisherSlot: UInt32?, _ entry: MatchEntry? = nil) -> Bool {
        if source.retain { retain(source.own()) }  // [MQTT-3.3.1-5]; an expired one still replaces the older message
        if source.expirySeconds == 0 {  // over before delivery begins [MQTT5-3.3.2-5]
            dropped(nil, .expired, source.qos)
            return true
        }
        if hasPeers, let peers = ports.peers { peers.published(source.own()) }
        return route(&source, publisherSlot: publisherSlot, entry ?? search(source.topic))
    }

    /// Publishes what the broker tells of itself, and keeps it for later subscribers.
    ///
    /// - Parameter topic: below `$SYS`, where no client may publish.
    package func publishOwn(topic: String, payload: [UInt8], now: Instant) {
        self.now = now
        let message = Array(topic.utf8).withByteView { topic in
            payload.withByteView { payload in
                Message.make(
                    topic: topic, properties: .empty, payload: payload, qos: .atMostOnce, retain: true, arrival: now)
            }
        }
        message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now, templates: templates)
            _ = publish(&source, publisherSlot: nil)
        }
    }

    /// A publish that is not allowed: MQTT 5 is told, 3.x gets the usual acknowledgement [MQTT-3.3.5-2].
    private func refuse(
        _ connection: Connection, _ session: Session, _ qos: QualityOfService, _ packetIdentifier: UInt16,
        _ reason: ReasonCode
    ) {
        spend(CreditCost.packet, connection)
        dropped(session.client, .notAuthorized, qos)
        switch qos {
        case .atMostOnce: break
        case .atLeastOnce:
            acknowledge(
                connection, .publish(.puback, packetIdentifier: packetIdentifier, reason: reason), commits: false)
        case .exactlyOnce:
            if connection.version == .v5 { forget(packetIdentifier, session) }
            acknowledge(
                connection, .publish(.pubrec, packetIdentifier: packetIdentifier, reason: reason), commits: false)
        }
    }

    /// The identifier of a QoS 2 publish that nobody has taken is free again.
    private func forget(_ packetIdentifier: UInt16, _ session: Session) {
        if session.inbound.pubrelReceived(packetIdentifier: packetIdentifier) {
            counters.add(ShardCounters.inflightReceived, -1)
        }
    }

    // MARK: - Authority

    /// Asks about a publish. Returns whether it may go on at once; otherwise it was refused or waits.
    private func ask(
        _ authority: any AuthorityPort, _ connection: Connection, _ session: Session, _ view: PublishView,
        topic: ByteView
    ) -> Bool {
        let number = makeNumber()
        let message = view.properties.forwarded().withByteView { properties in
            Message.make(
                topic: topic, properties: properties, payload: view.payload, qos: view.qos, retain: view.retain,
                expirySeconds: effectiveExpiry(view.properties.messageExpiry), arrival: now,
                publisher: session.client)
        }
        let answer = message.withParts { topic, properties, payload in
            authority.publish(
                PublishQuestion(
                    client: session.client, topic: topic, properties: properties, payload: payload, qos: view.qos,
                    retain: view.retain, expirySeconds: message.expirySeconds, login: connection.login), number)
        }
        switch answer {
        case .now(.accept):
            counters.add(ShardCounters.authorizations.base)
            return true
        case .now(let verdict):
            take(verdict, message, connection, session, packetIdentifier: view.packetIdentifier)
        case .pending:
            // Nobody has taken the message yet: should the connection be lost, the client must be able to send it again.
            if view.qos == .exactlyOnce { forget(view.packetIdentifier, session) }
            connection.openRequests += 1
            add(.publish(connection, message, packetIdentifier: view.packetIdentifier), number: number)
        }
        return false
    }

    /// The authority has answered a question about a publish.
    func resolvedPublish(
        _ connection: Connection, _ message: Message, packetIdentifier: UInt16, _ verdict: PublishVerdict
    ) {
        defer { requestDone(connection) }
        guard connection.closing == .open, let session = connection.session else { return }
        if message.qos == .exactlyOnce {
            let decision = session.inbound.publishReceived(
                qos: message.qos, packetIdentifier: packetIdentifier, receiveMaximum: nil)
            if decision == .route { counters.add(ShardCounters.inflightReceived) }
        }
        take(verdict, message, connection, session, packetIdentifier: packetIdentifier)
    }

    private func take(
        _ verdict: PublishVerdict, _ message: Message, _ connection: Connection, _ session: Session,
        packetIdentifier: UInt16
    ) {
        var message = message
        switch verdict {
        case .accept: break
        case .change(let topic, let payload):
            guard let changed = changed(message, topic: topic, payload: payload) else {
                counters.add(ShardCounters.authorizations.base + 1)
                return refuse(connection, session, message.qos, packetIdentifier, .implementationSpecificError)
            }
            message = changed
        case .refuse(let reason):
            counters.add(ShardCounters.authorizations.base + (isAnsweringExpired ? 2 : 1))
            return refuse(connection, session, message.qos, packetIdentifier, reason)
        case .disconnect(let reason, let text):
            counters.add(ShardCounters.authorizations.base + 1)
            dropped(session.client, .notAuthorized, message.qos)
            let code = ReasonCode.serverMayDisconnect(with: reason) ? reason : .notAuthorized
            return end(connection, cause: .administrative, WireError(code, text))
        }
        counters.add(ShardCounters.authorizations.base)
        message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now, templates: templates)
            accept(connection, session, &source, packetIdentifier: packetIdentifier, nil)
        }
    }
}
