/// Publishes messages as the broker's own (`PublishService`). Not counted by the rate limit.
public protocol PublishService: Sendable {
    /// To all who have subscribed.
    func publish(_ message: PublishedMessage) async throws(PluginServiceError)

    /// To one client, if it has subscribed to the topic.
    ///
    /// - Returns: whether it has.
    func publish(_ message: PublishedMessage, to identifier: String) async throws(PluginServiceError) -> Bool
}

/// The retained messages.
public protocol RetainedMessageStore: Sendable {
    /// How many there are. Not counted by the rate limit.
    func count() async throws(PluginServiceError) -> Int

    /// The message that is retained for a topic.
    func message(at topic: String) async throws(PluginServiceError) -> PublishedMessage?

    /// Topics with a retained message that a filter matches, a page at a time.
    func topics(matching filter: String, after: String?) async throws(PluginServiceError) -> TopicPage

    /// Keeps a message for its topic, without publishing it.
    func set(_ message: PublishedMessage) async throws(PluginServiceError)

    /// - Returns: whether there was one.
    func remove(_ topic: String) async throws(PluginServiceError) -> Bool

    /// Removes all but the broker's own. Not counted by the rate limit.
    ///
    /// - Returns: how many there were.
    func removeAll() async throws(PluginServiceError) -> Int
}

/// A page of topics.
public struct TopicPage: Sendable, Hashable {
    public let topics: [String]
    /// Asks for what comes behind; nil at the end.
    public let next: String?

    /// A page.
    public init(topics: [String], next: String?) {
        self.topics = topics
        self.next = next
    }
}

/// The subscriptions of clients.
public protocol SubscriptionStore: Sendable {
    func subscriptions(of identifier: String) async throws(PluginServiceError) -> [Subscription]

    /// Clients that would get a message published under the topic, 1,000 at most.
    func subscribers(of topic: String) async throws(PluginServiceError) -> [String]

    /// Subscribes a client to filters, as if it had sent SUBSCRIBE. Shared subscriptions are not taken.
    func add(_ subscriptions: [Subscription], to identifier: String) async throws(PluginServiceError)

    func remove(_ filters: [String], from identifier: String) async throws(PluginServiceError)
}
