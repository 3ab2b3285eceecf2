package import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import TopicIndex

// What clients may publish and get: see ``ClientRights``.
extension Shard {
    /// A client that is let in gets its rights. What it has subscribed to before and may not any more ends; what waits
    /// for it or was in flight is looked at before it is sent.
    func take(_ rights: ClientRights?, _ connection: Connection, _ session: Session, isResumed: Bool) {
        let before = session.rights
        connection.rights = rights
        session.rights = rights
        session.checksDelivery = rights.map { $0.filtersDelivery || session.hasMessages } ?? false
        setWatched(session)
        if let rights, isResumed, rights != before { endForbiddenSubscriptions(session, rights) }
        if let will = session.will?.will, !mayPublish(will: will, session) { clearWill(session) }
    }

    func setWatched(_ session: Session) {
        let isWatched = session.checksDelivery || asksBeforeSending
        if session.isWatched != isWatched { session.isWatched = isWatched }
    }

    /// Gives a client other rights, in force from now on.
    ///
    /// - Returns: false if it is not connected to this shard.
    package func setRights(_ rights: ClientRights?, of name: String, now: Instant) -> Bool {
        self.now = now
        guard let session = sessions[identity(name)], let connection = session.connection else { return false }
        let before = session.rights
        connection.rights = rights
        session.rights = rights
        // What is already on its way here was granted by the old ones.
        session.checksDelivery = rights != nil
        setWatched(session)
        if let rights, rights != before { endForbiddenSubscriptions(session, rights) }
        return true
    }

    private func endForbiddenSubscriptions(_ session: Session, _ rights: ClientRights) {
        var forbidden: [[UInt8]] = []
        for subscription in session.subscriptions.elements {
            let filter = subscriptions.text(of: subscription.filter)
            let isAllowed = filter.withByteView { rights.maySubscribe($0, qos: subscription.options.qos) }
            if !isAllowed { forbidden.append(filter) }
        }
        for subscription in session.sharedSubscriptions.elements {
            let isAllowed = subscription.key.filter.withByteView {
                rights.maySubscribe($0, qos: subscription.options.qos)
            }
            if !isAllowed { forbidden.append(Array(subscription.key.text.utf8)) }
        }
        for filter in forbidden { endSubscription(session, filter) }
        if let first = forbidden.first {
            ports.observer?.observe(
                .subscriptionsRefused(
                    session.client, count: forbidden.count, filter: String(decoding: first, as: UTF8.self),
                    .notAuthorized))
        }
    }

    // MARK: - Questions

    /// Whether a PUBLISH is allowed; counts it, and tells whoever wants to know if it is not.
    @inline(never)
    func mayPublish(_ rights: ClientRights, _ connection: Connection, _ view: PublishView, topic: ByteView) -> Bool {
        let isAllowed = rights.mayPublish(topic, qos: view.qos, retain: view.retain)
        counters.add(ShardCounters.authorizations.base + (isAllowed ? 0 : 1))
        if !isAllowed { tellRefused(connection, isPublish: true, topic.bytes, view.qos) }
        return isAllowed
    }

    func tellRefused(_ connection: Connection, isPublish: Bool, _ topic: [UInt8], _ qos: QualityOfService) {
        guard hookEvents.contains(.refusals), let login = connection.login else { return }
        ports.hooks?.refused(login, isPublish: isPublish, topic: topic, qos)
    }

    /// Whether a will may be published: by the rights as they are now, not as they were when it was left.
    func mayPublish(will: WillPacket, _ session: Session) -> Bool {
        guard let rights = session.rights else { return true }
        let isAllowed = will.message.withParts { topic, _, _ in
            rights.mayPublish(topic, qos: will.message.qos, retain: will.message.retain)
        }
        if !isAllowed { dropped(session.client, .notAuthorized, will.message.qos) }
        return isAllowed
    }

    /// Whether a message may be delivered to a session that is watched.
    func mayReceive(_ session: Session, _ topic: ByteView, _ qos: QualityOfService) -> Bool {
        guard session.checksDelivery, let rights = session.rights else { return true }
        return rights.mayReceive(topic, qos: qos)
    }

    /// Tells of a single packet.
    @inline(never)
    func heard(_ type: PacketType, _ connection: Connection, isSent: Bool, identifier: UInt16 = 0) {
        if let login = connection.login { ports.hooks?.packet(login, type, isSent: isSent, identifier: identifier) }
    }
}

extension Session {
    /// Whether messages wait for it or are in flight, in memory or in the storage.
    fileprivate var hasMessages: Bool { !queue.isEmpty || !outbound.isEmpty || outbound.hasUnread }
}
