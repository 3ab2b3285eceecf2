package import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

// Sessions whose messages are looked at one by one: their rights are held against each, or the authority is asked before
// each is sent. They never are on the short way of a message.
extension Shard {
    /// A message for a session that is watched.
    func deliverWatched(
        _ source: inout PublishSource, _ session: Session, qos: QualityOfService, retain: Bool, identifiers: [UInt32]?
    ) {
        enqueue(
            Delivery(message: source.own(), qos: qos, retain: retain, subscriptionIdentifiers: identifiers), session)
        if session.holds == 0 { drainWatched(session) }
    }

    /// Sends what waits in its order, one after the other, as far as window, socket and authority allow.
    func drainWatched(_ session: Session) {
        guard session.holds == 0, let connection = session.connection, connection.closing == .open else { return }
        while session.sendQuestion == 0, let first = session.queue.first, !connection.isCongested {
            if first.qos != .atMostOnce, !session.outbound.isOpen { break }
            guard !isForbiddenOrExpired(first, session) else { continue }
            guard asksBeforeSending, let authority = ports.authority else {
                sendFirst(session, connection)
                continue
            }
            let number = makeNumber()
            switch authority.send(first, connection.login, number) {
            case .now(let verdict): take(verdict, session, connection)
            case .pending:
                session.sendQuestion = number
                add(.send(session, connection, first.message), number: number)
            }
        }
        if session.queue.hasStored { readQueue(session) }
        if session.backpressure != nil || session.isTooSlow { notePressure(session) }
    }

    /// Drops the first message of the queue if it must not be sent.
    private func isForbiddenOrExpired(_ first: Delivery, _ session: Session) -> Bool {
        let isExpired = first.message.isExpired(at: now)
        if !isExpired, first.message.withParts({ topic, _, _ in mayReceive(session, topic, first.qos) }) {
            return false
        }
        dropFirst(session, isExpired ? .expired : .notAuthorized)
        return true
    }

    private func dropFirst(_ session: Session, _ reason: DropReason) {
        guard let delivery = changeQueue(session, { $0.removeFirst() }) else { return }
        dropped(session.client, reason, delivery.qos)
        finishStored(delivery.storedNumber, session)
    }

    private func sendFirst(_ session: Session, _ connection: Connection) {
        guard let delivery = changeQueue(session, { $0.removeFirst() }) else { return }
        send(delivery, connection, session)
    }

    private func take(_ verdict: SendVerdict, _ session: Session, _ connection: Connection) {
        switch verdict {
        case .send: sendFirst(session, connection)
        case .drop: dropFirst(session, .refusedBeforeSending)
        case .change(let topic, let payload):
            guard let delivery = changeQueue(session, { $0.removeFirst() }) else { return }
            guard let changed = changed(delivery.message, topic: topic, payload: payload) else {
                dropped(session.client, .refusedBeforeSending, delivery.qos)
                return finishStored(delivery.storedNumber, session)
            }
            send(delivery.with(changed), connection, session)
        }
    }

    /// The same message with another topic and payload; nil if nobody may publish to that topic.
    func changed(_ message: Message, topic: [UInt8], payload: [UInt8]) -> Message? {
        topic.withByteView { topic in
            let fault = TopicSyntax.faultInName(
                topic, maximumLength: limits.maximumTopicLength, maximumLevels: limits.maximumTopicLevels)
            guard fault == nil, !TopicSyntax.isReserved(topic) else { return nil }
            return payload.withByteView { payload in
                message.withParts { _, properties, _ in
                    Message.make(
                        topic: topic, properties: properties, payload: payload, qos: message.qos,
                        retain: message.retain, expirySeconds: message.expirySeconds, arrival: message.arrival,
                        publisher: message.publisher)
                }
            }
        }
    }

    /// The authority has answered a question about a message to one client.
    package func sendResolved(_ number: RequestNumber, _ verdict: SendVerdict, now: Instant) {
        self.now = now
        guard case .send(let session, let connection, let message) = requests.removeValue(forKey: number),
            session.sendQuestion == number
        else { return }
        session.sendQuestion = 0
        // Meanwhile the message may have made room for others, or the client may have come by another connection.
        if session.connection === connection, let first = session.queue.first, first.message.isSame(as: message) {
            take(verdict, session, connection)
        }
        drainWatched(session)
    }
}
