package import BrokerValues
package import Introspection
import MQTTWire
import TopicIndex

// Who gets what is published under a topic, and which retained messages there are; all in steps.
extension Shard {
    // MARK: - Receivers

    /// Searches some subscriptions of this shard.
    ///
    /// The first step finds the filters that match, which costs what it costs for a message.
    /// - Parameter count: how many subscriptions and filters to look at.
    /// - Returns: whether there is more.
    package func findReceivers(_ search: inout ReceiverSearch, count: Int) -> Bool {
        let filters = search.filters ?? matchingFilters(search.topic)
        search.filters = filters
        var budget = count
        while search.filter < filters.count {
            if budget <= 0 { return true }
            let (number, text) = filters[search.filter]
            // Nobody may have it any more, and its number may have another.
            guard text.withByteView({ subscriptions.number(of: $0) }) == number else {
                (search.filter, search.position) = (search.filter + 1, 0)
                budget -= 1
                continue
            }
            let name = String(decoding: text, as: UTF8.self)
            if search.position == 0 { noteFilter(&search, number, name) }
            let next = subscriptions.subscribers(of: number, from: search.position, count: budget) { subscriber in
                budget -= 1
                guard let session = sessions[subscriber.slot], !session.isArriving else { return }
                search.found(subscriber, session, filter: name)
            }
            search.position = next ?? 0
            if next == nil {
                search.filter += 1
                budget -= 1
            }
        }
        return false
    }

    private func matchingFilters(_ topic: [UInt8]) -> [(number: Int32, text: [UInt8])] {
        topic.withByteView { subscriptions.filters(matching: $0) }
            .map { (number: $0, text: subscriptions.text(of: $0)) }
    }

    private func noteFilter(_ search: inout ReceiverSearch, _ number: Int32, _ name: String) {
        search.found(filter: name, clients: subscriptions.subscriberCount(of: number))
        for group in subscriptions.groups(of: number) {
            if let group = groups[group] { search.found(group) }
        }
    }

    // MARK: - Retained messages

    /// What one step has found.
    package struct RetainedStep: Sendable {
        package fileprivate(set) var messages: [RetainedSnapshot] = []
        /// The position to go on at; nil if there are no more.
        package fileprivate(set) var next: Int?
        /// Whether it ended because the message at ``next`` is asked for and there was no room for it.
        package fileprivate(set) var isFull = false
    }

    /// Looks at some retained messages and tells of those that a valid filter matches.
    ///
    /// A topic keeps its position for as long as it has a message, also when that is replaced: a walk over the positions
    /// meets each that is there all the time exactly once.
    /// - Parameters:
    ///   - position: where to begin; below 0 or beyond the end is all right.
    ///   - count: how many to look at.
    ///   - maximum: how many to tell of; 0 only finds out whether there is one more.
    package func retained(
        matching filter: [UInt8], from position: Int, count: Int, maximum: Int, now: Instant
    ) -> RetainedStep {
        self.now = now
        var step = RetainedStep()
        step.next = filter.withByteView { filter in
            retained.walk(filter, from: position, count: count) { message in
                if message.isExpired(at: now) { return true }
                if step.messages.count >= maximum {
                    step.isFull = true
                    return false
                }
                step.messages.append(snapshot(of: message))
                return true
            }
        }
        return step
    }

    private func snapshot(of message: Message) -> RetainedSnapshot {
        message.withParts { topic, _, payload in
            let preview = payload.slice(0, min(payload.count, RetainedSnapshot.maximumPreview)).bytes
            return RetainedSnapshot(
                topic: topic.text, qos: Int(message.qos.rawValue), payloadSize: payload.count, preview: preview,
                expiresIn: message.remainingExpiry(at: now).map { Int($0) })
        }
    }

    /// Looks at some retained messages and removes those that a valid filter matches, as an empty message of a client
    /// does; nobody is sent one. What the broker tells of itself stays.
    ///
    /// - Returns: how many were removed, and the position to go on at; nil if there are no more.
    package func deleteRetained(
        matching filter: [UInt8], from position: Int, count: Int, maximum: Int, now: Instant
    ) -> (deleted: Int, next: Int?) {
        self.now = now
        var found: [Message] = []
        let next = filter.withByteView { filter in
            retained.walk(filter, from: position, count: count) { message in
                if found.count >= maximum { return false }
                if !message.withParts({ topic, _, _ in TopicSyntax.isReserved(topic) }) { found.append(message) }
                return true
            }
        }
        for message in found { retain(emptyMessage(like: message)) }
        return (found.count { !$0.isExpired(at: now) }, next)
    }

    private func emptyMessage(like message: Message) -> Message {
        message.withParts { topic, _, _ in
            Message.make(
                topic: topic, properties: .empty, payload: .empty, qos: .atMostOnce, retain: true, arrival: now)
        }
    }
}
