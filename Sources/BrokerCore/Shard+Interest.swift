import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine
import TopicIndex

/// What a barrier releases.
enum BarrierAction {
    case subscription(UInt64)
    /// Tells another shard that its member's change in a group that lives here is known everywhere.
    case group(shard: ShardIndex, request: RequestNumber)
}

// Which shards want which topics, and when all of them know.
extension Shard {
    /// This shard has (or has no more) subscribers for a filter.
    func interestChanged(_ filter: [UInt8], isInterested: Bool) {
        ports.peers?.interestChanged(filter, isInterested: isInterested)
        guard shardCount > 1 else { return }
        hasInterestChange = true
        postToOthers(.interest(filter: filter, isInterested: isInterested))
    }

    /// The barrier that has to be reached until all shards know what this one wants now; nil if they do.
    var barrierNeeded: UInt64? {
        if hasInterestChange { return barrierSent + 1 }
        return allReached(barrierSent) ? nil : barrierSent
    }

    private func allReached(_ barrier: UInt64) -> Bool {
        for other in 0..<shardCount where other != index.rawValue && barrierReached[other] < barrier { return false }
        return true
    }

    /// At the end of a tick: one barrier for all changes of the tick.
    func sendBarrier() {
        guard hasInterestChange else { return }
        hasInterestChange = false
        barrierSent += 1
        postToOthers(.barrier(barrierSent))
    }

    func barrierWasReached(_ barrier: UInt64, by shard: ShardIndex) {
        barrierReached[shard.rawValue] = barrier
        while let first = barrierWaiters.first, allReached(first.barrier) {
            barrierWaiters.removeFirst()
            switch first.action {
            case .subscription(let token): subscriptionProgressed(token)
            case .group(let shard, let request): post(.groupReady(request: request), to: shard)
            }
        }
    }

    // MARK: - Shared groups

    /// The shard where a group lives.
    func home(of key: GroupKey) -> ShardIndex {
        if shardCount == 1 { return index }
        let hash = key.name.withByteView { $0.hash(seed: seed) } ^ key.filter.withByteView { $0.hash(seed: ~seed) }
        return home(hash)
    }

    func member(_ session: Session, _ shared: SharedSubscription) -> GroupMember {
        GroupMember(
            client: session.client, shard: index, slot: session.slot, generation: session.generation,
            options: shared.options, identifier: shared.identifier, isOnline: session.connection != nil)
    }

    /// Remembers a shared subscription in its session.
    func addShared(
        _ session: Session, _ parts: FilterParts, _ options: SubscriptionOptions,
        _ identifier: UInt32
    ) -> SharedSubscription {
        let key = GroupKey(parts)
        let shared = SharedSubscription(key: key, options: options, identifier: identifier)
        if session.sharedSubscriptions.set(shared) { counters.add(ShardCounters.subscriptions.base + 2) }
        return shared
    }

    /// Tells the homes of a session's groups whether its client is there.
    func announceOnline(_ session: Session, isOnline: Bool) {
        for shared in session.sharedSubscriptions.elements {
            post(.groupMemberOnline(shared.key, session.client, isOnline: isOnline), to: home(of: shared.key))
        }
    }

    func groupJoined(_ key: GroupKey, _ member: GroupMember, request: RequestNumber, from shard: ShardIndex) {
        let number: GroupNumber
        if let known = groupNumbers[key] {
            number = known
        } else {
            number = nextGroup
            nextGroup &+= 1
            let change = key.filter.withByteView { subscriptions.insertGroup($0, number) }
            groups[number] = SharedGroup(key: key, filter: change.filter)
            groupNumbers[key] = number
            if change.changedInterest { interestChanged(key.filter, isInterested: true) }
        }
        groups[number]?.set(member)
        confirmGroup(request, to: shard)
    }

    func groupLeft(_ key: GroupKey, _ client: ClientIdentity, request: RequestNumber, from shard: ShardIndex) {
        if let number = groupNumbers[key] {
            groups[number]?.remove(client, shard: shard)
            if let group = groups[number], group.isEmpty {
                let change = subscriptions.removeGroup(group.filter, number)
                groups[number] = nil
                groupNumbers[key] = nil
                if change.changedInterest { interestChanged(key.filter, isInterested: false) }
            }
        }
        confirmGroup(request, to: shard)
    }

    private func confirmGroup(_ request: RequestNumber, to shard: ShardIndex) {
        guard request != 0 else { return }
        if let barrier = barrierNeeded {
            barrierWaiters.append((barrier, .group(shard: shard, request: request)))
        } else {
            post(.groupReady(request: request), to: shard)
        }
    }

    func groupMemberChanged(_ key: GroupKey, _ client: ClientIdentity, isOnline: Bool, from shard: ShardIndex) {
        guard let number = groupNumbers[key] else { return }
        groups[number]?.setOnline(client, shard: shard, isOnline: isOnline)
    }

    /// Gives a message to the member of a group whose turn it is.
    func deliver(_ source: inout PublishSource, toGroup number: GroupNumber, attempts: Int = 0) {
        let qos = source.qos
        guard let member = groups[number]?.next(qos: qos, canTake: { canTake($0) }), let key = groups[number]?.key
        else {
            return dropped(nil, .noGroupMember, qos)
        }
        if member.shard == index {
            if !deliver(&source, to: member) { dropped(member.client, .noGroupMember, qos) }
        } else {
            post(.deliverToMember(source.own(), key, member, attempts: attempts), to: member.shard)
        }
    }

    private func canTake(_ member: GroupMember) -> Bool {
        guard member.shard == index else { return true }
        guard let session = sessions.find(member.slot, generation: member.generation),
            let connection = session.connection
        else { return false }
        return session.queue.isEmpty && session.outbound.isOpen && !connection.isCongested
    }

    /// Delivers to a member whose session is on this shard. Returns false if it is not.
    private func deliver(_ source: inout PublishSource, to member: GroupMember) -> Bool {
        guard let session = sessions.find(member.slot, generation: member.generation) else { return false }
        // It may have the same message by a subscription of its own as well.
        journal?.endFanOut()
        // A session that is leaving takes the message along: it waits in the queue, which goes with the cargo.
        deliver(
            &source, to: session, qos: member.options.qos, retainAsPublished: member.options.retainAsPublished,
            identifiers: member.identifier == 0 ? nil : [member.identifier])
        return true
    }

    /// A group's home chose a member here.
    func deliverToMember(_ message: Message, _ key: GroupKey, _ member: GroupMember, attempts: Int, home: ShardIndex) {
        let isDone = message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now,
                templates: templates)
            return deliver(&source, to: member)
        }
        crowded = nil  // the home chooses a member that has room, if there is one
        journal?.endFanOut()
        if !isDone { post(.memberMissed(message, key, attempts: attempts + 1), to: home) }
    }

    /// The chosen member had gone: choose again, a few times at most.
    func memberMissed(_ message: Message, _ key: GroupKey, attempts: Int) {
        guard attempts < 4, let number = groupNumbers[key] else { return dropped(nil, .noGroupMember, message.qos) }
        message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now,
                templates: templates)
            deliver(&source, toGroup: number, attempts: attempts)
        }
        crowded = nil
    }
}
