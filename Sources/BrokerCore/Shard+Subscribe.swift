import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import TopicIndex

/// A SUBSCRIBE or UNSUBSCRIBE that is answered when all shards know of it.
struct PendingSubscription {
    let connection: Connection
    let session: Session
    /// Token of its acknowledgement.
    let token: UInt64
    /// Barriers and groups that have not answered yet.
    var waitsFor: Int
    /// Filters whose retained messages the session wants then.
    let retainedFilters: [RetainedWish]
}

/// A filter whose retained messages are due.
struct RetainedWish {
    let filter: [UInt8]
    let options: SubscriptionOptions
    let identifier: UInt32
}

// SUBSCRIBE and UNSUBSCRIBE.
extension Shard {
    func subscribeArrived(_ connection: Connection, _ session: Session, _ body: ByteView) throws(WireError) {
        let packet = try SubscribeView.decode(body, version: connection.version)
        if packet.subscriptionIdentifier != nil, !limits.subscriptionIdentifiersAvailable {
            throw WireError(.subscriptionIdentifiersNotSupported, "subscription identifiers are not supported")
        }
        for entry in packet.entries {  // [MQTT5-3.8.3-4]
            if entry.options.noLocal, let parts = FilterParts.split(entry.filter), parts.shareName != nil {
                throw .protocolError("a shared subscription has No Local set")
            }
        }
        guard let authority = ports.authority else {
            return subscribe(connection, session, packet, verdicts: [])
        }
        let number = makeNumber()
        let filters = packet.entries.map { (filter: $0.filter.bytes, options: $0.options) }
        switch authority.subscribe(session.client, filters: filters, number) {
        case .now(let verdicts): subscribe(connection, session, packet, verdicts: verdicts)
        case .pending:
            connection.openRequests += 1
            add(.subscribe(connection, body: body.bytes), number: number)
        }
    }

    /// Subscribes to what is allowed, and answers.
    ///
    /// - Parameter verdicts: the authority's, one for each filter; empty allows all.
    func subscribe(
        _ connection: Connection, _ session: Session, _ packet: SubscribeView, verdicts: [ReasonCode?]
    ) {
        var codes: [UInt8] = []
        var wishes: [RetainedWish] = []
        var joins: [SharedSubscription] = []
        let identifier = packet.subscriptionIdentifier ?? 0
        for (position, entry) in packet.entries.enumerated() {
            let verdict = position < verdicts.count ? verdicts[position] : nil
            if ports.authority != nil {
                let outcome = verdict == nil ? 3 : isAnsweringExpired ? 5 : 4
                counters.add(ShardCounters.authorizations.base + outcome)
            }
            let (parts, refusal) = check(entry.filter, session, verdict: verdict)
            guard let parts else {
                codes.append(connection.version == .v5 ? refusal.rawValue : 0x80)
                let filter = entry.filter.text
                let text = "SUBSCRIBE was refused"
                ports.observer?.observe(.subscriptionRefused(session.client, filter: filter, refusal, text))
                continue
            }
            var options = entry.options
            options.qos = min(options.qos, limits.maximumQoS)  // [MQTT5-3.2.2-10]
            codes.append(options.qos.rawValue)
            if parts.shareName != nil {
                joins.append(addShared(session, parts, options, identifier))
            } else if let wish = add(session, entry.filter, options, identifier) {
                wishes.append(wish)
            }
            ports.storage?.record(
                .subscribed(session.client, filter: entry.filter.bytes, options, identifier: identifier))
        }
        // 3.1 has no code for a refusal, so the connection must speak [MQTT-3.9.3-2].
        if connection.version == .v3_1, codes.contains(0x80) {
            let error = WireError(.notAuthorized, "a topic filter was refused")
            return end(connection, cause: .protocolError(reasonCode: error.reason.rawValue), error)
        }
        let suback = Acknowledgement.subscription(.suback, packetIdentifier: packet.packetIdentifier, codes: codes)
        let keys = joins.map { $0.key }
        answer(connection, session, suback, groups: keys, wishes: wishes) { number, key in
            guard let join = joins.last(where: { $0.key == key }) else { return }
            self.post(
                .groupJoin(key, self.member(session, join), request: number), to: self.home(of: key))
        }
    }

    /// Takes a filter apart and says whether the session may have it.
    private func check(
        _ filter: ByteView, _ session: Session, verdict: ReasonCode?
    ) -> (FilterParts?, ReasonCode) {
        if let verdict { return (nil, verdict) }
        guard let parts = FilterParts.split(filter) else { return (nil, .topicFilterInvalid) }  // [MQTT5-4.8.2-2]
        let fault = TopicSyntax.faultInFilter(
            parts.filter, maximumLength: limits.maximumTopicLength, maximumLevels: limits.maximumTopicLevels)
        if fault != nil { return (nil, .topicFilterInvalid) }
        if parts.shareName != nil, !limits.sharedSubscriptionsAvailable {
            return (nil, .sharedSubscriptionsNotSupported)
        }
        if !limits.wildcardSubscriptionsAvailable, TopicSyntax.hasWildcard(parts.filter) {  // [MQTT-3.8.3-2]
            return (nil, .wildcardSubscriptionsNotSupported)
        }
        if session.subscriptionCount >= limits.maximumSubscriptionsPerClient, !has(session, parts) {
            return (nil, .quotaExceeded)
        }
        return (parts, .success)
    }

    /// Whether the session subscribes to this filter already, so that the new subscription replaces it.
    private func has(_ session: Session, _ parts: FilterParts) -> Bool {
        guard parts.shareName == nil else {
            let key = GroupKey(parts)
            return session.sharedSubscriptions.contains { $0.key == key }
        }
        guard let number = subscriptions.number(of: parts.filter) else { return false }
        return session.subscriptionIndex(number).isThere
    }

    /// Subscribes to one filter. Returns what retained messages are due.
    private func add(
        _ session: Session, _ filter: ByteView, _ options: SubscriptionOptions, _ identifier: UInt32
    ) -> RetainedWish? {
        let isNew = insert(session, filter, options, identifier)
        switch options.retainHandling {  // [MQTT5-3.3.1-9] to [MQTT5-3.3.1-11]
        case .always: break
        case .onlyIfNew: if !isNew { return nil }
        case .never: return nil
        }
        return RetainedWish(filter: filter.bytes, options: options, identifier: identifier)
    }

    /// Puts a subscription into session and index. Returns whether the session did not have it before.
    @discardableResult
    func insert(_ session: Session, _ filter: ByteView, _ options: SubscriptionOptions, _ identifier: UInt32) -> Bool {
        let change = subscriptions.insert(
            filter, Subscriber(slot: session.slot, options: options, identifier: identifier))
        let record = SessionSubscription(filter: change.filter, options: options, identifier: identifier)
        let (position, isThere) = session.subscriptionIndex(change.filter)
        if isThere {
            session.subscriptions[position] = record
        } else {
            session.subscriptions.insert(record, at: position)
            countSubscription(change.filter, 1)
        }
        if change.changedInterest { interestChanged(filter.bytes, isInterested: true) }
        return change.isNew
    }

    /// A subscription to a filter has come (1) or goes (-1): exact, or with wildcards.
    private func countSubscription(_ filter: Int32, _ amount: Int) {
        counters.add(ShardCounters.subscriptions.base + (subscriptions.hasWildcard(filter) ? 1 : 0), amount)
    }

    // MARK: - UNSUBSCRIBE

    func unsubscribeArrived(_ connection: Connection, _ session: Session, _ body: ByteView) throws(WireError) {
        let packet = try UnsubscribeView.decode(body, version: connection.version)
        var codes: [UInt8] = []
        var leaves: [GroupKey] = []
        for filter in packet.filters {
            let text = filter.bytes
            if let key = removeShared(session, filter) {
                leaves.append(key)
                codes.append(ReasonCode.success.rawValue)
            } else if remove(session, filter) {
                codes.append(ReasonCode.success.rawValue)
            } else {
                codes.append(ReasonCode.noSubscriptionExisted.rawValue)  // [MQTT5-3.10.4-5]
                continue
            }
            ports.storage?.record(.unsubscribed(session.client, filter: text))
        }
        let unsuback = Acknowledgement.subscription(
            .unsuback, packetIdentifier: packet.packetIdentifier, codes: codes)
        answer(connection, session, unsuback, groups: leaves, wishes: []) { number, key in
            self.post(.groupLeave(key, session.client, request: number), to: self.home(of: key))
        }
    }

    /// Forgets a shared subscription. Returns its group if there was one.
    private func removeShared(_ session: Session, _ filter: ByteView) -> GroupKey? {
        guard let parts = FilterParts.split(filter), parts.shareName != nil else { return nil }
        let key = GroupKey(parts)
        guard let position = session.sharedSubscriptions.firstIndex(where: { $0.key == key }) else { return nil }
        counters.add(ShardCounters.subscriptions.base + 2, -1)
        return session.sharedSubscriptions.remove(at: position).key
    }

    /// Ends one subscription [MQTT-3.10.4-1]. Returns whether there was one.
    private func remove(_ session: Session, _ filter: ByteView) -> Bool {
        guard let number = subscriptions.number(of: filter) else { return false }
        let (position, isThere) = session.subscriptionIndex(number)
        guard isThere else { return false }
        session.subscriptions.remove(at: position)
        countSubscription(number, -1)
        let text = filter.bytes
        if let change = subscriptions.remove(number, session.slot), change.changedInterest {
            interestChanged(text, isInterested: false)
        }
        return true
    }

    /// Ends all subscriptions of a session.
    func removeSubscriptions(_ session: Session) {
        for subscription in session.subscriptions {
            countSubscription(subscription.filter, -1)
            let text = shardCount > 1 || ports.peers != nil ? subscriptions.text(of: subscription.filter) : []
            if let change = subscriptions.remove(subscription.filter, session.slot), change.changedInterest {
                interestChanged(text, isInterested: false)
            }
        }
        session.subscriptions = []
        counters.add(ShardCounters.subscriptions.base + 2, -session.sharedSubscriptions.count)
        for shared in session.sharedSubscriptions {
            post(.groupLeave(shared.key, session.client, request: 0), to: home(of: shared.key))
        }
        session.sharedSubscriptions = []
    }

    // MARK: - The answer

    /// Acknowledges once all shards know of the change, then sends retained messages.
    ///
    /// - Parameter ask: sends the change of one group to the group's home, which answers with the number.
    private func answer(
        _ connection: Connection, _ session: Session, _ acknowledgement: Acknowledgement, groups: [GroupKey],
        wishes: [RetainedWish], ask: (RequestNumber, GroupKey) -> Void
    ) {
        let token = makeNumber()
        let barrier = barrierNeeded
        let commit = commitNeeded(for: token)
        // Within one shard a group is there at once.
        let waitsFor = (shardCount > 1 ? groups.count : 0) + (barrier == nil ? 0 : 1) + (commit ? 1 : 0)
        if waitsFor == 0 {
            for key in groups { ask(0, key) }
            acknowledge(connection, acknowledgement, commits: false)
            return startRetained(wishes, session)
        }
        // From now on live messages wait, so that none overtakes an older retained one.
        if !wishes.isEmpty { session.holds += 1 }
        let pending = PendingSubscription(
            connection: connection, session: session, token: token, waitsFor: waitsFor, retainedFilters: wishes)
        requests[token] = .subscription(pending)
        connection.acknowledgements.append(acknowledgement, awaiting: token)
        if let barrier { barrierWaiters.append((barrier, .subscription(token))) }
        for key in groups { ask(shardCount > 1 ? token : 0, key) }
    }

    /// Asks for what was recorded to be made safe. Returns whether the answer comes later.
    private func commitNeeded(for token: UInt64) -> Bool {
        guard let storage = ports.storage else { return false }
        let number = makeNumber()
        guard case .pending = storage.commit(number) else { return false }
        add(.subscriptionCommit(token), number: number, hasDeadline: false)
        return true
    }

    /// One of the things that a SUBSCRIBE or UNSUBSCRIBE waited for has come.
    func subscriptionProgressed(_ token: UInt64) {
        guard case .subscription(var pending) = requests[token] else { return }
        pending.waitsFor -= 1
        guard pending.waitsFor == 0 else {
            requests[token] = .subscription(pending)
            return
        }
        requests[token] = nil
        pending.connection.acknowledgements.resolve(token)
        releaseAcknowledgements(pending.connection)
        if pending.session.connection != nil { startRetained(pending.retainedFilters, pending.session) }
        if !pending.retainedFilters.isEmpty { releaseHold(pending.session) }
    }

    /// Live messages of a session may go on if nothing else holds them.
    func releaseHold(_ session: Session) {
        session.holds = max(0, session.holds - 1)
        drainQueue(session)
    }
}
