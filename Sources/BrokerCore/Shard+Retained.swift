import BrokerValues
import DequeModule
import MQTTWire
import MetricCatalog
import SessionMachine
import StressModel
import TopicIndex

/// A wish for retained messages that waits because the broker is overloaded.
struct WaitingWish {
    let wish: RetainedWish
    let session: Session
}

/// A session's question to the retained messages of other shards.
struct PendingRetained {
    let session: Session
    let wish: RetainedWish
    /// Shards that have not answered yet.
    var waitsFor: Int
}

// Retained messages: each topic has a home shard, which keeps its message.
extension Shard {
    /// Keeps or clears a retained message at its home.
    func retain(_ message: Message) {
        let home = message.withParts { topic, _, _ in self.home(topic.hash(seed: seed)) }
        if home == index { return retainHere(message) }
        post(.retain(message), to: home)
    }

    func retainHere(_ message: Message) {
        guard retained.store(message) else {
            storeRetained(message.withoutPayload)
            limitHit(.retained, client: message.publisher?.name ?? "")
            return dropped(nil, .retainedStoreFull, message.qos)
        }
        let isOwn = message.withParts { topic, _, _ in TopicSyntax.isReserved(topic) }
        // What the broker tells of itself is out of date after a restart.
        if !isOwn { storeRetained(message) }
        guard message.payloadCount > 0, !isOwn else { return }
        counters.add(ShardCounters.retainedStored)
        counters.observe(.retainedSize, message.payloadCount)
    }

    /// Asks for the retained messages of new subscriptions and sends them [MQTT-3.3.1-6].
    func startRetained(_ wishes: KeyedList<RetainedWish>, _ session: Session) {
        for wish in wishes.elements {
            if mayStartRetained, waitingWishes.isEmpty {
                startRetained(wish, session)
            } else if session.waitingWishes < limits.maximumFiltersPerPacket {
                // Live messages and a move of the session wait for them, as they do for other shards' answers.
                session.holds += 1
                session.retainedQuestions += 1
                session.waitingWishes += 1
                waitingWishes.append(WaitingWish(wish: wish, session: session))
                wake(at: now)
            } else {
                dropped(session.client, .retainedBacklogFull, wish.options.qos)
            }
        }
    }

    /// Whether retained messages may be looked for now: the turn is not over, and the stress level allows it.
    private var mayStartRetained: Bool {
        turnCost <= turn.credits && (shedding.retainedPerTick == nil || retainedBudget > 0)
    }

    /// Grants wishes that wait.
    func startWaitingWishes() {
        while mayStartRetained, let waiting = waitingWishes.popFirst() {
            let session = waiting.session
            session.waitingWishes -= 1
            startRetained(waiting.wish, session)
            session.retainedQuestions -= 1
            releaseHold(session)
            sendCargoIfReady(session)
        }
        if !waitingWishes.isEmpty, shedding.retainedPerTick == nil || retainedBudget > 0 { wake(at: now) }
    }

    private func startRetained(_ wish: RetainedWish, _ session: Session) {
        let homes = homesOfRetained(wish.filter)
        if homes == [index] {
            let (messages, isComplete, cost) = matchRetained(wish.filter)
            deliverRetained(messages, wish, session, searchCost: cost)
            if !isComplete { dropped(session.client, .retainedBacklogFull, wish.options.qos) }
            return
        }
        let number = makeNumber()
        session.holds += 1
        session.retainedQuestions += 1
        requests[number] = .retained(PendingRetained(session: session, wish: wish, waitsFor: homes.count))
        for home in homes { post(.retainedQuery(filter: wish.filter, request: number), to: home) }
    }

    private func homesOfRetained(_ filter: [UInt8]) -> [ShardIndex] {
        filter.withByteView { bytes in
            if shardCount == 1 { return [index] }
            if !TopicSyntax.hasWildcard(bytes) { return [home(bytes.hash(seed: seed))] }
            return (0..<shardCount).map { ShardIndex($0) }
        }
    }

    /// The messages that a filter matches, whether these are all, and what it cost to find them: to find nothing among
    /// many costs most.
    private func matchRetained(_ filter: [UInt8]) -> (messages: [Message], isComplete: Bool, cost: Int) {
        let began = host.instant()
        let (messages, isComplete) = filter.withByteView {
            retained.match($0, maximum: limits.maximumRetainedPerSubscription, now: now)
        }
        return (messages, isComplete, CreditCost.time(nanoseconds: host.instant().nanoseconds(since: began)))
    }

    /// Another shard (or this one) asks.
    func retainedAsked(_ filter: [UInt8], request: RequestNumber, by shard: ShardIndex) {
        let (messages, isComplete, cost) = matchRetained(filter)
        post(.retainedReply(messages, isComplete: isComplete, cost: cost, request: request), to: shard)
    }

    func retainedAnswered(_ messages: [Message], isComplete: Bool, cost: Int, request: RequestNumber) {
        guard case .retained(var pending) = requests[request] else { return }
        pending.waitsFor -= 1
        requests[request] = pending.waitsFor == 0 ? nil : .retained(pending)
        deliverRetained(messages, pending.wish, pending.session, searchCost: cost)
        if !isComplete { dropped(pending.session.client, .retainedBacklogFull, pending.wish.options.qos) }
        guard pending.waitsFor == 0 else { return }
        pending.session.retainedQuestions -= 1
        releaseHold(pending.session)
        sendCargoIfReady(pending.session)
    }

    /// Sends retained messages in answer to a subscription, marked as such [MQTT-3.3.1-8].
    private func deliverRetained(
        _ messages: [Message], _ wish: RetainedWish, _ session: Session, searchCost: Int
    ) {
        retainedBudget -= messages.count + searchCost / CreditCost.retainedDelivery
        if let connection = session.connection {
            spend(messages.count * CreditCost.retainedDelivery + searchCost, connection)
        }
        for message in messages {
            if wish.options.noLocal, message.publisher == session.client { continue }  // [MQTT5-3.8.3-3]
            let delivery = Delivery(
                message: message, qos: min(wish.options.qos, message.qos), retain: true,
                subscriptionIdentifiers: wish.identifier == 0 ? nil : [wish.identifier])
            deliverFirst(delivery, session)
        }
    }

    /// Sends at once what fits, whatever live messages wait behind a hold; lets the rest wait in the queue.
    private func deliverFirst(_ delivery: Delivery, _ session: Session) {
        if session.isWatched {
            let isAllowed = delivery.message.withParts { topic, _, _ in mayReceive(session, topic, delivery.qos) }
            guard isAllowed else { return dropped(session.client, .notAuthorized, delivery.qos) }
            if asksBeforeSending {
                enqueueRetained(delivery, session)
                return drainWatched(session)
            }
        }
        guard let connection = session.connection, !connection.isCongested else {
            return enqueueRetained(delivery, session)
        }
        if delivery.qos != .atMostOnce, !session.outbound.isOpen { return enqueueRetained(delivery, session) }
        journal?.endFanOut()
        send(delivery, connection, session)
        journal?.endFanOut()  // the same message may come once more, as a live one
    }

    /// A retained message that must wait. The limit for them is their own: a subscription to ten thousand topics must
    /// not be cut to the length of the queue for live messages.
    private func enqueueRetained(_ delivery: Delivery, _ session: Session) {
        if session.connection == nil, delivery.qos == .atMostOnce { return }
        journal?.endFanOut()
        enqueue(delivery, session, maximumCount: limits.maximumQueuedMessages + limits.maximumRetainedPerSubscription)
        journal?.endFanOut()
    }
}
