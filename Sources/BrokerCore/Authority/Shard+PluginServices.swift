package import BrokerValues
package import MQTTWire
import TopicIndex

// What plugins do to messages and subscriptions, apart from what clients ask for.
extension Shard {
    // MARK: - Messages

    /// Publishes a message that no client has sent. The topic must be valid.
    package func publish(_ message: Message, now: Instant) {
        self.now = now
        message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now, templates: templates)
            _ = publish(&source, publisherSlot: nil)
        }
        crowded = nil  // nobody can be made to wait
        journal?.endFanOut()
    }

    /// What became of the wish to do something with a client's session.
    package enum ClientAnswer: Sendable, Hashable {
        /// There is no such session here, or it is on its way to another shard.
        case absent
        case done
        /// It was not possible for this client.
        case refused
    }

    /// Publishes a message to one client only, if it has subscribed to its topic.
    package func publish(_ message: Message, to name: String, now: Instant) -> ClientAnswer {
        self.now = now
        guard let session = sessions[identity(name)], session.move == nil else { return .absent }
        let matching = message.withParts { topic, _, _ in subscriptions.filters(matching: topic) }
        var qos: QualityOfService?
        var retainAsPublished = false
        var identifiers: [UInt32] = []
        for subscription in session.subscriptions.elements where matching.contains(subscription.filter) {
            qos = max(qos ?? .atMostOnce, subscription.options.qos)
            retainAsPublished = retainAsPublished || subscription.options.retainAsPublished
            if subscription.identifier != 0 { identifiers.append(subscription.identifier) }
        }
        guard let qos else { return .refused }
        message.withParts { topic, properties, payload in
            var source = PublishSource(
                message, topic: topic, properties: properties, payload: payload, now: now, templates: templates)
            deliver(
                &source, to: session, qos: qos, retainAsPublished: retainAsPublished,
                identifiers: identifiers.isEmpty ? nil : identifiers)
        }
        crowded = nil
        journal?.endFanOut()
        return .done
    }

    /// The message that is retained for a topic whose home is here.
    package func retainedMessage(at topic: [UInt8], now: Instant) -> Message? {
        self.now = now
        return topic.withByteView { retained.match($0, maximum: 1, now: now).messages.first }
    }

    /// Keeps a message for its topic at its home, or with an empty payload clears that.
    package func setRetained(_ message: Message, now: Instant) {
        self.now = now
        retain(message)
    }

    // MARK: - Subscriptions

    /// Subscribes a client to filters, as if it had sent SUBSCRIBE. The filters must be valid and not shared.
    package func addSubscriptions(
        _ wanted: [(filter: [UInt8], options: SubscriptionOptions)], to name: String, now: Instant
    ) -> ClientAnswer {
        self.now = now
        guard let session = sessions[identity(name)], session.move == nil else { return .absent }
        guard session.subscriptionCount + wanted.count <= limits.maximumSubscriptionsPerClient else { return .refused }
        var wishes = KeyedList<RetainedWish>()
        for entry in wanted {
            entry.filter.withByteView { filter in
                if let wish = add(session, filter, entry.options, 0) { wishes.set(wish) }
            }
            if session.isStored {
                storeSubscription(.set(session.storedNumber, filter: entry.filter, entry.options, identifier: 0))
            }
        }
        if session.connection != nil { startRetained(wishes, session) }
        return .done
    }

    /// Ends subscriptions of a client, as if it had sent UNSUBSCRIBE.
    package func removeSubscriptions(_ filters: [[UInt8]], from name: String, now: Instant) -> ClientAnswer {
        self.now = now
        guard let session = sessions[identity(name)], session.move == nil else { return .absent }
        for filter in filters { endSubscription(session, filter) }
        return .done
    }

    // MARK: - Clients

    /// Some of the clients that are connected, from slot to slot, with what the authority knows of them.
    ///
    /// - Returns: where to go on; nil at the end.
    package func logins(
        from slot: Int, count: Int
    ) -> (found: [(name: String, login: any LoginRecord)], next: Int?) {
        var found: [(name: String, login: any LoginRecord)] = []
        let end = min(sessions.slotCount, slot + count)
        for position in slot..<max(slot, end) {
            guard let session = sessions[SessionSlot(position)], let login = session.connection?.login else { continue }
            found.append((session.client.name, login))
        }
        return (found, end < sessions.slotCount ? end : nil)
    }

    /// What the authority knows of a client that is connected here.
    package func login(of name: String) -> (any LoginRecord)? { sessions[identity(name)]?.connection?.login }
}
