import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel
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
    let retainedFilters: KeyedList<RetainedWish>
}

/// A filter whose retained messages are due.
struct RetainedWish: Identifiable {
    /// Number of the filter in the shard's index, as it was when the wish was made.
    let id: Int32
    let filter: [UInt8]
    let options: SubscriptionOptions
    let identifier: UInt32
}

/// What the filters of one SUBSCRIBE have led to so far.
private struct SubscribeOutcome {
    /// One for each filter of the packet.
    var codes: [UInt8] = []
    /// One for each filter, however often the packet has it: the last of equal ones counts.
    var wishes = KeyedList<RetainedWish>()
    var joins = KeyedList<SharedSubscription>()
    /// How many filters were refused, and the first of them.
    var refused: (count: Int, filter: String, reason: ReasonCode)?

    mutating func refuse(_ filter: ByteView, _ reason: ReasonCode, count: Int = 1, version: ProtocolVersion) {
        codes.append(contentsOf: repeatElement(version == .v5 ? reason.rawValue : 0x80, count: count))
        if let first = refused {
            refused = (first.count + count, first.filter, first.reason)
        } else {
            refused = (count, filter.text, reason)
        }
    }
}

// SUBSCRIBE and UNSUBSCRIBE.
extension Shard {
    func subscribeArrived(_ connection: Connection, _ session: Session, _ body: ByteView) throws(WireError) {
        let packet = try decodeSubscribe(body, connection)
        if packet.subscriptionIdentifier != nil, !limits.subscriptionIdentifiersAvailable,
            !connection.promised.subscriptionIdentifiers
        {
            limitHit(.subscriptionKind, connection)
            throw WireError(.subscriptionIdentifiersNotSupported, "subscription identifiers are not supported")
        }
        for entry in packet.entries {  // [MQTT5-3.8.3-4]
            if entry.options.noLocal, let parts = FilterParts.split(entry.filter), parts.shareName != nil {
                throw .protocolError("a shared subscription has No Local set")
            }
        }
        guard asksAboutSubscriptions, let authority = ports.authority else {
            return subscribe(connection, session, packet, verdicts: [])
        }
        let number = makeNumber()
        let filters = packet.entries.map { (filter: $0.filter.bytes, options: $0.options) }
        switch authority.subscribe(session.client, filters: filters, connection.login, number) {
        case .now(let verdicts): subscribe(connection, session, packet, verdicts: verdicts)
        case .pending:
            connection.openRequests += 1
            add(.subscribe(connection, body: body.bytes), number: number)
        }
    }

    func decodeSubscribe(_ body: ByteView, _ connection: Connection) throws(WireError) -> SubscribeView {
        try SubscribeView.decode(
            body, version: connection.version, maximumFilters: limits.maximumFiltersPerPacket)
    }

    /// Subscribes to what is allowed, and answers.
    ///
    /// - Parameter verdicts: the authority's, one for each filter; empty allows all.
    func subscribe(
        _ connection: Connection, _ session: Session, _ packet: SubscribeView, verdicts: [ReasonCode?]
    ) {
        spend((packet.entries.count + (packet.excess?.count ?? 0)) * CreditCost.filter, connection)
        var outcome = SubscribeOutcome()
        outcome.codes.reserveCapacity(packet.entries.count + (packet.excess?.count ?? 0))
        let identifier = packet.subscriptionIdentifier ?? 0
        for (position, entry) in packet.entries.enumerated() {
            let verdict = position < verdicts.count ? verdicts[position] : nil
            let (parts, refusal) = check(entry, session, verdict: verdict)
            if connection.rights != nil || asksAboutSubscriptions {
                let isRefused = parts == nil && refusal == .notAuthorized || verdict != nil
                let outcome = !isRefused ? 3 : isAnsweringExpired ? 5 : 4
                counters.add(ShardCounters.authorizations.base + outcome)
                if isRefused { tellRefused(connection, isPublish: false, entry.filter.bytes, entry.options.qos) }
            }
            guard let parts else {
                outcome.refuse(entry.filter, refusal, version: connection.version)
                continue
            }
            var options = entry.options
            options.qos = min(options.qos, limits.maximumQoS)  // [MQTT5-3.2.2-10]
            outcome.codes.append(options.qos.rawValue)
            if parts.shareName != nil {
                outcome.joins.set(addShared(session, parts, options, identifier))
            } else if let wish = add(session, entry.filter, options, identifier) {
                outcome.wishes.set(wish)
            }
            if session.isStored {
                storeSubscription(
                    .set(session.storedNumber, filter: entry.filter.bytes, options, identifier: identifier))
            }
        }
        if let excess = packet.excess {
            limitHit(.filtersPerPacket, connection)
            outcome.refuse(excess.first, .quotaExceeded, count: excess.count, version: connection.version)
        }
        if hookEvents.contains(.subscriptions), let login = connection.login {
            let granted = zip(packet.entries, outcome.codes).filter { $0.1 < 0x80 }.map {
                (filter: $0.0.filter.bytes, options: $0.0.options)
            }
            if !granted.isEmpty { ports.hooks?.subscribed(login, granted) }
        }
        answer(connection, session, packet, outcome)
    }

    private func answer(
        _ connection: Connection, _ session: Session, _ packet: SubscribeView, _ outcome: SubscribeOutcome
    ) {
        if let (count, filter, reason) = outcome.refused {
            ports.observer?.observe(.subscriptionsRefused(session.client, count: count, filter: filter, reason))
            // 3.1 has no code for a refusal, so the connection must speak [MQTT-3.9.3-2].
            if connection.version == .v3_1 {
                let error = WireError(.notAuthorized, "a topic filter was refused")
                return end(connection, cause: .protocolError(reasonCode: error.reason.rawValue), error)
            }
        }
        let suback = Acknowledgement.subscription(
            .suback, packetIdentifier: packet.packetIdentifier, codes: outcome.codes)
        let joins = outcome.joins.elements
        answer(connection, session, suback, groupCount: joins.count, wishes: outcome.wishes) { number in
            for join in joins {
                self.post(
                    .groupJoin(join.key, self.member(session, join), request: number), to: self.home(of: join.key))
            }
        }
    }

    /// Takes a filter apart and says whether the session may have it.
    private func check(
        _ entry: (filter: ByteView, options: SubscriptionOptions), _ session: Session, verdict: ReasonCode?
    ) -> (FilterParts?, ReasonCode) {
        let filter = entry.filter
        if let verdict { return (nil, verdict) }
        guard let parts = FilterParts.split(filter) else { return (nil, .topicFilterInvalid) }  // [MQTT5-4.8.2-2]
        let fault = TopicSyntax.faultInFilter(
            parts.filter, maximumLength: limits.maximumTopicLength, maximumLevels: limits.maximumTopicLevels)
        if fault != nil {
            if isTooLong(parts.filter) { limitHit(.topicLength, client: session.client.name) }
            return (nil, .topicFilterInvalid)
        }
        if let rights = session.rights, !rights.maySubscribe(parts.filter, qos: entry.options.qos) {
            return (nil, .notAuthorized)
        }
        let promised = session.connection?.promised ?? PromisedFeatures()
        if parts.shareName != nil, !limits.sharedSubscriptionsAvailable, !promised.sharedSubscriptions {
            limitHit(.subscriptionKind, client: session.client.name)
            return (nil, .sharedSubscriptionsNotSupported)
        }
        if !limits.wildcardSubscriptionsAvailable, !promised.wildcards,
            TopicSyntax.hasWildcard(parts.filter)  // [MQTT-3.8.3-2]
        {
            limitHit(.subscriptionKind, client: session.client.name)
            return (nil, .wildcardSubscriptionsNotSupported)
        }
        if session.subscriptionCount >= limits.maximumSubscriptionsPerClient, !has(session, parts) {
            limitHit(.subscriptions, client: session.client.name)
            return (nil, .quotaExceeded)
        }
        return (parts, .success)
    }

    /// Whether the session subscribes to this filter already, so that the new subscription replaces it.
    private func has(_ session: Session, _ parts: FilterParts) -> Bool {
        guard parts.shareName == nil else {
            return session.sharedSubscriptions.contains(GroupKey(parts))
        }
        guard let number = subscriptions.number(of: parts.filter) else { return false }
        return session.subscriptions.contains(number)
    }

    /// Subscribes to one filter. Returns what retained messages are due.
    func add(
        _ session: Session, _ filter: ByteView, _ options: SubscriptionOptions, _ identifier: UInt32
    ) -> RetainedWish? {
        let change = insert(session, filter, options, identifier)
        switch options.retainHandling {  // [MQTT5-3.3.1-9] to [MQTT5-3.3.1-11]
        case .always: break
        case .onlyIfNew: if !change.isNew { return nil }
        case .never: return nil
        }
        return RetainedWish(id: change.filter, filter: filter.bytes, options: options, identifier: identifier)
    }

    /// Puts a subscription into session and index.
    @discardableResult
    func insert(
        _ session: Session, _ filter: ByteView, _ options: SubscriptionOptions, _ identifier: UInt32
    ) -> SubscriptionIndex.Change {
        let change = subscriptions.insert(
            filter, Subscriber(slot: session.slot, options: options, identifier: identifier))
        let record = SessionSubscription(filter: change.filter, options: options, identifier: identifier)
        if session.subscriptions.set(record) { countSubscription(change.filter, 1) }
        if change.changedInterest { interestChanged(filter.bytes, isInterested: true) }
        return change
    }

    /// A subscription to a filter has come (1) or goes (-1): exact, or with wildcards.
    private func countSubscription(_ filter: Int32, _ amount: Int) {
        counters.add(ShardCounters.subscriptions.base + (subscriptions.hasWildcard(filter) ? 1 : 0), amount)
    }

    // MARK: - UNSUBSCRIBE

    func unsubscribeArrived(_ connection: Connection, _ session: Session, _ body: ByteView) throws(WireError) {
        let packet: UnsubscribeView
        do {
            packet = try UnsubscribeView.decode(
                body, version: connection.version, maximumFilters: limits.maximumFiltersPerPacket)
        } catch {
            if error.reason == .quotaExceeded { limitHit(.filtersPerPacket, connection) }
            throw error
        }
        spend(packet.filters.count * CreditCost.filter, connection)
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
            if session.isStored { storeSubscription(.removed(session.storedNumber, filter: text)) }
        }
        if hookEvents.contains(.subscriptions), let login = connection.login {
            ports.hooks?.unsubscribed(login, packet.filters.map(\.bytes))
        }
        let unsuback = Acknowledgement.subscription(
            .unsuback, packetIdentifier: packet.packetIdentifier, codes: codes)
        answer(connection, session, unsuback, groupCount: leaves.count, wishes: KeyedList()) { number in
            for key in leaves {
                self.post(.groupLeave(key, session.client, request: number), to: self.home(of: key))
            }
        }
    }

    /// Ends a subscription that its client may not have any more, or that is taken from it.
    func endSubscription(_ session: Session, _ filter: [UInt8]) {
        let isThere = filter.withByteView { bytes in
            if let key = removeShared(session, bytes) {
                post(.groupLeave(key, session.client, request: 0), to: home(of: key))
                return true
            }
            return remove(session, bytes)
        }
        if isThere, session.isStored { storeSubscription(.removed(session.storedNumber, filter: filter)) }
    }

    /// Forgets a shared subscription. Returns its group if there was one.
    private func removeShared(_ session: Session, _ filter: ByteView) -> GroupKey? {
        guard let parts = FilterParts.split(filter), parts.shareName != nil else { return nil }
        guard let removed = session.sharedSubscriptions.remove(GroupKey(parts)) else { return nil }
        counters.add(ShardCounters.subscriptions.base + 2, -1)
        return removed.key
    }

    /// Ends one subscription [MQTT-3.10.4-1]. Returns whether there was one.
    private func remove(_ session: Session, _ filter: ByteView) -> Bool {
        guard let number = subscriptions.number(of: filter) else { return false }
        guard session.subscriptions.remove(number) != nil else { return false }
        countSubscription(number, -1)
        let text = filter.bytes
        if let change = subscriptions.remove(number, session.slot), change.changedInterest {
            interestChanged(text, isInterested: false)
        }
        return true
    }

    /// Ends all subscriptions of a session.
    func removeSubscriptions(_ session: Session) {
        for subscription in session.subscriptions.elements {
            countSubscription(subscription.filter, -1)
            let text = shardCount > 1 || ports.peers != nil ? subscriptions.text(of: subscription.filter) : []
            if let change = subscriptions.remove(subscription.filter, session.slot), change.changedInterest {
                interestChanged(text, isInterested: false)
            }
        }
        session.subscriptions = KeyedList()
        counters.add(ShardCounters.subscriptions.base + 2, -session.sharedSubscriptions.count)
        for shared in session.sharedSubscriptions.elements {
            post(.groupLeave(shared.key, session.client, request: 0), to: home(of: shared.key))
        }
        session.sharedSubscriptions = KeyedList()
    }

    // MARK: - The answer

    /// Acknowledges once all shards know of the change, then sends retained messages.
    ///
    /// - Parameter ask: sends the changes of so many groups to their homes, each of which answers with the number.
    private func answer(
        _ connection: Connection, _ session: Session, _ acknowledgement: Acknowledgement, groupCount: Int,
        wishes: KeyedList<RetainedWish>, ask: (RequestNumber) -> Void
    ) {
        let token = makeNumber()
        let barrier = barrierNeeded
        let commit = session.isStored
        if commit { promise(.subscription(token: token)) }
        // Within one shard a group is there at once.
        let waitsFor = (shardCount > 1 ? groupCount : 0) + (barrier == nil ? 0 : 1) + (commit ? 1 : 0)
        if waitsFor == 0 {
            ask(0)
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
        ask(shardCount > 1 ? token : 0)
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
