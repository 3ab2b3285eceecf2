import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel
import TopicIndex

// From a message to the out buffers of its receivers.
extension Shard {
    /// Routes a message that was published on this shard. Returns whether anybody matched.
    @inline(__always)
    func route(_ source: inout PublishSource, publisherSlot: UInt32?, _ entry: MatchEntry) -> Bool {
        deliverMatches(entry, &source, publisherSlot: publisherSlot, from: index)
        if entry.result.remoteShards != 0 {
            postToShards(entry.result.remoteShards, source.own())
            // What the queues of receivers on other shards do with it is not known here.
            mayBeTakenElsewhere = true
        }
        return !entry.result.isEmpty
    }

    /// Routes a message that another shard sent.
    func routeFromShard(_ message: Message, from shard: ShardIndex) {
        let queued = queuedCount
        lastFanOut = 0
        searchCost = 0
        chargeOutput()
        message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now,
                templates: templates)
            if source.expirySeconds == 0 { return dropped(nil, .expired, source.qos) }
            deliverMatches(subscriptions.cached(topic) ?? search(topic), &source, publisherSlot: nil, from: shard)
        }
        let cost = CreditCost.publish(
            bytes: message.chargedBytes, receivers: lastFanOut, queued: queuedCount - queued, isRetained: false)
        chargeRemotely(
            message.publisher, cost + searchCost, sent: max(0, chargeOutput() - message.chargedBytes), on: shard)
        if crowded != nil { holdRemotePublisher(message.publisher, on: shard) }
    }

    /// Looks up a topic that is not in the match cache. Most are found within a microsecond; with many overlapping wildcard
    /// filters it can be a thousand, so what it took is measured.
    @inline(never)
    func search(_ topic: ByteView) -> MatchEntry {
        let began = host.instant()
        let entry = subscriptions.match(topic)
        searchCost = CreditCost.time(nanoseconds: host.instant().nanoseconds(since: began))
        return entry
    }

    private func postToShards(_ shards: UInt64, _ message: Message) {
        var rest = shards
        while rest != 0 {
            let shard = rest.trailingZeroBitCount
            rest &= rest &- 1
            if shard == index.rawValue { continue }
            post(.publish(message), to: ShardIndex(shard))
        }
    }

    @inline(__always)
    private func deliverMatches(
        _ entry: MatchEntry, _ source: inout PublishSource, publisherSlot: UInt32?, from shard: ShardIndex
    ) {
        let count = entry.result.matches.count
        lastFanOut = count &+ entry.result.groups.count
        if count > Self.bulkFanOut { isBulk = gates.isProtecting }
        defer { isBulk = false }
        var position = 0
        while position < count {
            let match = entry.result.matches[position]
            position &+= 1
            if match.detail.isEmpty {
                let qos = min(match.qos, source.qos)
                let retain = match.retainAsPublished && source.retain
                let isDone = sessions.withReady(match.slot) { session, connection in
                    deliver(&source, session, connection, qos: qos, retain: retain, identifiers: nil)
                }
                if isDone { continue }
            }
            guard let session = sessions[match.slot] else { continue }
            if session.move != nil, !takesMessages(session, from: shard) { continue }
            if match.detail.isEmpty {
                deliver(&source, to: session, qos: match.qos, retainAsPublished: match.retainAsPublished)
            } else {
                let isOwn = match.hasNoLocal && (session.slot == publisherSlot || session.client == source.publisher)
                deliver(&source, to: session, match, entry.result, isOwn: isOwn)
            }
        }
        if !entry.result.groups.isEmpty { deliverToGroups(entry.result, &source) }
    }

    private func deliverToGroups(_ result: MatchResult, _ source: inout PublishSource) {
        for number in result.groups { deliver(&source, toGroup: number) }
    }

    /// A match with subscription identifiers or No Local.
    ///
    /// - Parameter isOwn: the session is the publisher's, so its subscriptions with No Local do not count
    ///   [MQTT5-3.8.3-3].
    private func deliver(
        _ source: inout PublishSource, to session: Session, _ match: Match, _ result: MatchResult, isOwn: Bool
    ) {
        let identifiers = result.identifiers(of: match, isOwn: isOwn)
        guard isOwn else {
            return deliver(
                &source, to: session, qos: match.qos, retainAsPublished: match.retainAsPublished,
                identifiers: identifiers)
        }
        var qos: QualityOfService?
        var retainAsPublished = false
        for index in match.detail {
            let subscriber = result.subscriptions[Int(index)]
            if subscriber.noLocal { continue }
            qos = max(qos ?? .atMostOnce, subscriber.qos)
            retainAsPublished = retainAsPublished || subscriber.retainAsPublished
        }
        guard let qos else { return }
        deliver(&source, to: session, qos: qos, retainAsPublished: retainAsPublished, identifiers: identifiers)
    }

    // MARK: - One receiver

    /// Sends a message to a session, or queues it, or drops it with a reason.
    @inline(__always)
    func deliver(
        _ source: inout PublishSource, to session: Session, qos granted: QualityOfService, retainAsPublished: Bool,
        identifiers: [UInt32]? = nil
    ) {
        let qos = min(granted, source.qos)  // [MQTT-3.8.4-6]
        let retain = retainAsPublished && source.retain  // [MQTT-3.3.1-9], [MQTT5-3.3.1-13]
        if session.isWatched || session.checksDelivery {
            if !mayReceive(session, source.topic, qos) { return dropped(session.client, .notAuthorized, qos) }
            if asksBeforeSending, session.connection != nil {
                return deliverWatched(&source, session, qos: qos, retain: retain, identifiers: identifiers)
            }
        }
        guard let connection = session.connection, session.holds == 0 else {
            return deliverLater(&source, to: session, qos: qos, retain: retain, identifiers: identifiers)
        }
        deliver(&source, session, connection, qos: qos, retain: retain, identifiers: identifiers)
    }

    /// Sends a message to a session that is ready for messages, or queues it if window or socket do not take it now.
    @inline(__always)
    private func deliver(
        _ source: inout PublishSource, _ session: Session, _ connection: Connection, qos: QualityOfService,
        retain: Bool, identifiers: [UInt32]?
    ) {
        if qos == .atMostOnce {
            sendAtMostOnce(&source, connection, retain: retain, identifiers: identifiers)
        } else if session.queue.isEmpty, session.outbound.isOpen, !connection.isCongested {
            let delivery = Delivery(
                message: source.own(), qos: qos, retain: retain, subscriptionIdentifiers: identifiers)
            if session.isStored { return storeAndSend(delivery, &source, connection, session) }
            send(delivery, &source, connection, session)
        } else {
            let delivery = Delivery(
                message: source.own(), qos: qos, retain: retain, subscriptionIdentifiers: identifiers)
            enqueue(delivery, session)
        }
    }

    /// The session is offline or messages have to wait.
    private func deliverLater(
        _ source: inout PublishSource, to session: Session, qos: QualityOfService, retain: Bool, identifiers: [UInt32]?
    ) {
        if qos == .atMostOnce, session.connection == nil, session.holds == 0 {
            return dropped(session.client, .clientOffline, qos)
        }
        enqueue(
            Delivery(message: source.own(), qos: qos, retain: retain, subscriptionIdentifiers: identifiers), session)
    }

    @inline(__always)
    private func sendAtMostOnce(
        _ source: inout PublishSource, _ connection: Connection, retain: Bool, identifiers: [UInt32]?
    ) {
        let size = source.topic.count &+ source.payload.count &+ source.properties.count
        if connection.backlog &+ size > unsentThreshold, isTooFarBehind(connection, for: size) {
            return dropped(connection.client, .connectionNotWritable, .atMostOnce)
        }
        var envelope = PublishEnvelope(qos: .atMostOnce, retain: retain)
        envelope.subscriptionIdentifiers = identifiers
        if !write(envelope, &source, connection) { dropped(connection.client, .packetTooLarge, .atMostOnce) }
    }

    /// Sends a new QoS 1 or 2 message: the window must be open.
    @inline(__always)
    private func send(
        _ delivery: consuming Delivery, _ source: inout PublishSource, _ connection: Connection, _ session: Session
    ) {
        var envelope = PublishEnvelope(qos: delivery.qos, retain: delivery.retain)
        envelope.subscriptionIdentifiers = delivery.subscriptionIdentifiers
        let identifier = session.outbound.publishSent(delivery)
        counters.add(ShardCounters.inflightSent)
        envelope.packetIdentifier = identifier
        if !write(envelope, &source, connection) {  // [MQTT5-3.1.2-25]
            giveUp(identifier, session, 0, envelope.qos)
        }
    }

    /// The same for a session that is stored. Apart from the other way, which is that of most messages.
    @inline(never)
    private func storeAndSend(
        _ delivery: consuming Delivery, _ source: inout PublishSource, _ connection: Connection, _ session: Session
    ) {
        store(&delivery, session)
        let number = delivery.storedNumber
        if number == 0 { return send(delivery, &source, connection, session) }
        session.cursor = max(session.cursor, number &+ 1)
        var envelope = PublishEnvelope(qos: delivery.qos, retain: delivery.retain)
        envelope.subscriptionIdentifiers = delivery.subscriptionIdentifiers
        let identifier = session.outbound.publishSent(delivery)
        counters.add(ShardCounters.inflightSent)
        if envelope.qos == .exactlyOnce {
            // After a crash it must come under the same identifier, so that is stored before.
            noteStored(session)
            return promise(.publish(connection, packetIdentifier: identifier, isRepeat: false))
        }
        envelope.packetIdentifier = identifier
        if !write(envelope, &source, connection) { giveUp(identifier, session, number, envelope.qos) }
    }

    /// A message in flight cannot be sent to this client.
    private func giveUp(
        _ identifier: UInt16, _ session: Session, _ number: MessageNumber, _ qos: QualityOfService,
        _ reason: DropReason = .packetTooLarge
    ) {
        session.outbound.dropped(identifier)
        counters.add(ShardCounters.inflightSent, -1)
        dropped(session.client, reason, qos)
        finishStored(number, session)
    }

    /// The identifier of a QoS 2 message is stored: it may be sent, if it still waits for that.
    func sendStored(_ identifier: UInt16, _ connection: Connection, isRepeat: Bool) {
        guard connection.closing == .open, let session = connection.session,
            let delivery = session.outbound.unsentDelivery(identifier)
        else { return }
        delivery.message.withParts { topic, properties, payload in
            var source = PublishSource(
                delivery.message, topic: topic, properties: properties, payload: payload, now: now,
                templates: templates)
            var envelope = PublishEnvelope(qos: delivery.qos, retain: delivery.retain)
            envelope.subscriptionIdentifiers = delivery.subscriptionIdentifiers
            envelope.packetIdentifier = identifier
            envelope.duplicate = isRepeat  // [MQTT-3.3.1-1]
            if isRepeat { counters.add(ShardCounters.publishesResent) }
            if !write(envelope, &source, connection) {
                giveUp(identifier, session, delivery.storedNumber, delivery.qos)
            }
        }
    }

    // MARK: - Encoding

    /// Writes a PUBLISH into a connection's out buffer. Returns false if it is too large for the client.
    @inline(__always)
    func write(_ envelope: PublishEnvelope, _ source: inout PublishSource, _ connection: Connection) -> Bool {
        let isPlain =
            connection.outboundAliases == nil && envelope.subscriptionIdentifiers == nil
            && (source.expirySeconds == nil || connection.version != .v5)
            && source.properties.count &+ source.payload.count < Message.sharedBodyThreshold
        guard isPlain else { return writeInParts(envelope, &source, connection) }
        let number = PublishTemplates.form(
            version: connection.version, hasIdentifier: envelope.qos != .atMostOnce)
        let form = templates.form(
            number, topic: source.topic, properties: source.properties, payload: source.payload)
        if form.packet.count > connection.maximumPacketSize { return false }
        prepareToWrite(connection)
        connection.out.appendPublish(
            copyOf: form.packet, firstByte: envelope.firstByte, packetIdentifierOffset: form.packetIdentifierOffset,
            packetIdentifier: envelope.packetIdentifier)
        countPublishSent(envelope, connection, bytes: form.packet.count)
        noteWritten(connection)
        return true
    }

    @inline(__always)
    private func prepareToWrite(_ connection: Connection) {
        if connection.out.isWithoutMemory { connection.out = bufferPool.take() }
    }

    @inline(__always)
    private func noteWritten(_ connection: Connection) {
        if connection.backlog > connection.congestionThreshold ?? congestionThreshold, !connection.isCongested {
            connection.isCongested = true
            counters.add(ShardCounters.connectionsCongested)
        }
        markDirty(connection)
    }

    /// The general way: aliases, expiry, subscription identifiers, large properties and payloads.
    private func writeInParts(
        _ envelope: PublishEnvelope, _ source: inout PublishSource, _ connection: Connection
    ) -> Bool {
        var envelope = envelope
        let version = connection.version
        if version == .v5 { envelope.expirySeconds = source.expirySeconds }  // [MQTT5-3.3.2-6]
        let properties = version == .v5 ? source.properties.count : 0
        let size = envelope.packetSize(
            version: version, topicCount: source.topic.count, propertiesCount: properties,
            payloadCount: source.payload.count)
        if size > connection.maximumPacketSize || size > FixedHeader.maximumPacketLength { return false }
        // With the alias beside the topic the packet may grow by three bytes and one more of length each.
        if size + 5 <= connection.maximumPacketSize, let use = connection.outboundAliases?.use(for: source.topic) {
            switch use {
            case .topic: break
            case .set(let alias):
                envelope.topicAlias = alias
                counters.add(ShardCounters.topicAliases.base + 2)
            case .alias(let alias):
                counters.add(ShardCounters.topicAliases.base + 3)
                envelope.topicAlias = alias
                envelope.omitsTopic = true
            }
        }
        prepareToWrite(connection)
        let before = connection.out.count
        // What is sent of the body: a client of version 3 gets no properties, and copies what is small without them.
        let isLarge = properties + source.payload.count >= Message.sharedBodyThreshold
        connection.out.appendPublish(
            envelope, version: version, topic: source.topic, properties: source.properties, payload: source.payload,
            sharedBody: isLarge ? source.own().sharedBody : nil)
        countPublishSent(envelope, connection, bytes: connection.out.count - before)
        noteWritten(connection)
        return true
    }

    // MARK: - Queue

    /// Lets a message wait for its client, within the limits.
    ///
    /// - Parameter maximumCount: nil for the limit of live messages.
    func enqueue(_ delivery: Delivery, _ session: Session, maximumCount: Int? = nil) {
        // Its session may just have ended, for example because SUBACK was too large for the client.
        guard sessions[session.slot] === session else { return dropped(session.client, .sessionEnded, delivery.qos) }
        let size = delivery.chargedBytes
        while let reason = refusal(of: size, session, maximumCount: maximumCount ?? maximumQueuedMessages(of: session))
        {
            guard queueStrategy(of: session) == .discardOldest,
                let oldest = changeQueue(session, { $0.removeOldest() })
            else {
                lastRefusals &+= 1
                return dropped(session.client, reason, delivery.qos)
            }
            dropped(session.client, reason, oldest.qos)
            finishStored(oldest.storedNumber, session)
        }
        var delivery = delivery
        store(&delivery, session)
        // Nobody takes it soon, so its content need not be here.
        let isAway = delivery.storedNumber != 0 && session.connection == nil && session.move == nil
        changeQueue(session) { queue in
            if isAway { queue.append(StoredEntry(delivery)) } else { queue.append(delivery) }
        }
        counters.add(ShardCounters.messagesQueued)
        if session.connection != nil, maximumCount == nil { noteCrowding(session) }
    }

    /// Which limit a message of this size would break.
    private func refusal(of size: Int, _ session: Session, maximumCount: Int) -> DropReason? {
        if session.queue.count >= maximumCount { return .clientQueueFull }
        if session.queue.bytes + size > limits.maximumQueuedBytes { return .clientQueueBytesFull }
        if queuedBytes + size > limits.maximumBrokerQueuedBytes / shardCount { return .brokerQueueBytesFull }
        return nil
    }

    /// Changes a session's queue, and keeps count.
    @inline(__always)
    @discardableResult
    func changeQueue<Value>(_ session: Session, _ change: (inout MessageQueue) -> Value) -> Value {
        let (count, bytes) = (session.queue.count, session.queue.memoryBytes)
        let value = change(&session.queue)
        queueChanged(session, count: session.queue.count &- count, bytes: session.queue.memoryBytes &- bytes)
        return value
    }

    /// Sends what waits, as far as window and socket allow.
    func drainQueue(_ session: Session) {
        if session.isWatched { return drainWatched(session) }
        guard session.holds == 0, let connection = session.connection, connection.closing == .open else { return }
        while let first = session.queue.first, !connection.isCongested {
            if first.qos != .atMostOnce, !session.outbound.isOpen { break }
            guard let delivery = changeQueue(session, { $0.removeFirst() }) else { return }
            if delivery.message.isExpired(at: now) {  // [MQTT5-3.3.2-5]
                dropped(session.client, .expired, delivery.qos)
                finishStored(delivery.storedNumber, session)
                continue
            }
            send(delivery, connection, session)
        }
        if session.queue.atMostOnceCount > 0 { drainAtMostOnce(session, connection) }
        if session.queue.hasStored { readQueue(session) }
        if session.backpressure != nil || session.isTooSlow { notePressure(session) }
    }

    /// QoS 0 came into the queue only because of a hold. It waits for no window, and later QoS 0 must not overtake it.
    private func drainAtMostOnce(_ session: Session, _ connection: Connection) {
        for delivery in changeQueue(session, { $0.removeAtMostOnce() }) { send(delivery, connection, session) }
    }

    /// Sends a message that owns its bytes. For QoS 1 and 2 the window must be open.
    func send(_ delivery: Delivery, _ connection: Connection, _ session: Session) {
        delivery.message.withParts { topic, properties, payload in
            var source = PublishSource(
                delivery.message, topic: topic, properties: properties, payload: payload, now: now,
                templates: templates)
            if delivery.qos == .atMostOnce {
                sendAtMostOnce(
                    &source, connection, retain: delivery.retain, identifiers: delivery.subscriptionIdentifiers)
            } else if session.isStored {
                storeAndSend(delivery, &source, connection, session)
            } else {
                send(delivery, &source, connection, session)
            }
        }
    }

    /// Sends again what was in flight when an earlier connection ended, in its order [MQTT-4.6.0-1].
    func resend(_ connection: Connection, _ session: Session) {
        while let next = session.outbound.nextResend() {
            switch next {
            case .pubrel(let identifier) where session.isStored:
                counters.add(ShardCounters.pubrelsResent)
                promise(.pubrel(connection, packetIdentifier: identifier))
            case .pubrel(let identifier):
                let before = connection.out.count
                connection.out.appendAcknowledgement(.pubrel, packetIdentifier: identifier)
                countSent(.pubrel, connection, since: before)
                if hearsPackets { heard(.pubrel, connection, isSent: true, identifier: identifier) }
                counters.add(ShardCounters.pubrelsResent)
                markDirty(connection)
            case .publish(let identifier, let delivery)
            where !delivery.message.withParts({ topic, _, _ in mayReceive(session, topic, delivery.qos) }):
                giveUp(identifier, session, delivery.storedNumber, delivery.qos, .notAuthorized)
            case .publish(let identifier, let delivery)
            where delivery.qos == .exactlyOnce && session.isStored && journal?.lastNeeded != nil:
                // It was to be sent when its identifier is stored, which may not be so yet.
                promise(.publish(connection, packetIdentifier: identifier, isRepeat: true))
            case .publish(let identifier, let delivery):
                delivery.message.withParts { topic, properties, payload in
                    // Once sent there is no expiry any more: the exchange goes on [MQTT5-4.3.3-7].
                    var source = PublishSource(
                        delivery.message, topic: topic, properties: properties, payload: payload, now: now,
                        templates: templates)
                    var envelope = PublishEnvelope(qos: delivery.qos, retain: delivery.retain)
                    envelope.duplicate = true  // [MQTT-3.3.1-1]
                    counters.add(ShardCounters.publishesResent)
                    envelope.packetIdentifier = identifier
                    envelope.subscriptionIdentifiers = delivery.subscriptionIdentifiers
                    if !write(envelope, &source, connection) {
                        giveUp(identifier, session, delivery.storedNumber, delivery.qos)
                    }
                }
            }
        }
        if session.outbound.hasUnread, session.outbound.isResending { readInFlight(session) }
    }
}
