import BrokerCore
import BrokerTransport
import BrokerValues
import Introspection
import MQTTWire
import PluginAPI

/// Publishes for plugins.
struct BrokerPublishService: PublishService {
    let reach: BrokerReach

    func publish(_ message: PublishedMessage) async throws(PluginServiceError) {
        let made = try reach.message(message, retain: message.isRetained)
        guard let first = reach.runners.first,
            await first.ask({ $0.publish(made, now: ShardRunner.now()) }) != nil
        else { throw .unavailable }
    }

    func publish(_ message: PublishedMessage, to identifier: String) async throws(PluginServiceError) -> Bool {
        let made = try reach.message(message, retain: false)
        return try await reach.find(identifier) { $0.publish(made, to: identifier, now: $1) }
    }
}

/// The retained messages for plugins.
struct BrokerRetainedMessages: RetainedMessageStore {
    let reach: BrokerReach

    func count() async throws(PluginServiceError) -> Int {
        var count = 0
        for runner in reach.runners { count += await runner.ask { $0.retainedCount } ?? 0 }
        return count
    }

    func message(at topic: String) async throws(PluginServiceError) -> PublishedMessage? {
        try reach.rate.take()
        let bytes = Array(topic.utf8)
        let fault = bytes.withByteView {
            TopicSyntax.faultInName($0, maximumLength: 65_535, maximumLevels: .max)
        }
        if let fault { throw .invalid(fault) }
        for runner in reach.runners {
            let found = await runner.ask { $0.retainedMessage(at: bytes, now: ShardRunner.now()) }
            if let found, let found { return PublishedMessage(found, qos: found.qos, retain: true) }
        }
        return nil
    }

    func topics(matching filter: String, after: String?) async throws(PluginServiceError) -> TopicPage {
        try reach.rate.take()
        do {
            let page = try await reach.inspector.retained(
                matching: filter, cursor: after, limit: ClientQuery.maximumLimit)
            return TopicPage(topics: page.elements.map(\.topic), next: page.next)
        } catch {
            throw .invalid("\(error)")
        }
    }

    func set(_ message: PublishedMessage) async throws(PluginServiceError) {
        try reach.rate.take()
        guard !message.payload.isEmpty else { throw .invalid("a message without payload is none that is retained") }
        let made = try reach.message(message, retain: true)
        try await keep(made)
    }

    func remove(_ topic: String) async throws(PluginServiceError) -> Bool {
        guard try await message(at: topic) != nil else { return false }
        let empty = try reach.message(PublishedMessage(topic: topic, payload: [], isRetained: true), retain: true)
        try await keep(empty)
        return true
    }

    /// Any shard hands it to the one that is the topic's home; the others are asked after that, so that it is there.
    private func keep(_ message: Message) async throws(PluginServiceError) {
        guard let first = reach.runners.first,
            await first.ask({ $0.setRetained(message, now: ShardRunner.now()) }) != nil
        else { throw .unavailable }
        for runner in reach.runners { _ = await runner.ask { _ in } }
    }

    func removeAll() async throws(PluginServiceError) -> Int {
        do { return try await reach.inspector.deleteRetained(matching: "#") } catch { throw .invalid("\(error)") }
    }
}

/// The subscriptions for plugins.
struct BrokerSubscriptions: SubscriptionStore {
    let reach: BrokerReach

    /// Subscriptions that are told of for one client.
    private static let maximum = 100_000

    func subscriptions(of identifier: String) async throws(PluginServiceError) -> [PluginAPI.Subscription] {
        try reach.rate.take()
        var all: [PluginAPI.Subscription] = []
        var cursor: String?
        repeat {
            let page: Page<SubscriptionSnapshot>?
            do {
                page = try await reach.inspector.subscriptions(
                    of: identifier, cursor: cursor, limit: ClientQuery.maximumLimit)
            } catch {
                throw .invalid("\(error)")
            }
            guard let page else { throw .noSuchClient(identifier) }
            all += page.elements.map {
                PluginAPI.Subscription(
                    filter: $0.filter, qos: QoS(rawValue: UInt8(clamping: $0.qos)) ?? .atMostOnce,
                    noLocal: $0.noLocal, retainAsPublished: $0.retainAsPublished)
            }
            cursor = page.next
        } while cursor != nil && all.count < Self.maximum
        return all
    }

    func subscribers(of topic: String) async throws(PluginServiceError) -> [String] {
        try reach.rate.take()
        do {
            let found = try await reach.inspector.receivers(of: topic, limit: ClientQuery.maximumLimit)
            return found.receivers.map(\.clientIdentifier)
        } catch {
            throw .invalid("\(error)")
        }
    }

    func add(_ subscriptions: [PluginAPI.Subscription], to identifier: String) async throws(PluginServiceError) {
        try reach.rate.take()
        let filters = try reach.filters(subscriptions.map(\.filter))
        let wanted = zip(filters, subscriptions).map { filter, subscription in
            var options = SubscriptionOptions(qos: QualityOfService(subscription.qos))
            options.noLocal = subscription.noLocal
            options.retainAsPublished = subscription.retainAsPublished
            return (filter: filter, options: options)
        }
        let isDone = try await reach.find(identifier) { $0.addSubscriptions(wanted, to: identifier, now: $1) }
        if !isDone { throw .limitExceeded("the client would have too many subscriptions") }
    }

    func remove(_ filters: [String], from identifier: String) async throws(PluginServiceError) {
        try reach.rate.take()
        let bytes = try reach.filters(filters)
        _ = try await reach.find(identifier) { $0.removeSubscriptions(bytes, from: identifier, now: $1) }
    }
}
