/// Decides about each filter of a SUBSCRIBE that the permissions allow (`OnTopicSubscriptionCallback`).
public protocol SubscribeInterceptor: Plugin {
    /// One that throws, or does not answer in time, refuses the filter.
    ///
    /// - Returns: nil to grant it.
    func subscribe(_ subscription: Subscription, of client: Client) async throws -> RefusalReason?
}

/// Hears of subscriptions that have begun or ended (`OnSubscribeCallback`, `OnUnsubscribeCallback`).
public protocol SubscriptionObserver: Plugin {
    func subscribed(_ client: Client, to subscriptions: [Subscription]) async
    func unsubscribed(_ client: Client, from filters: [String]) async
}

/// A subscription.
public struct Subscription: Sendable, Hashable {
    /// The filter, with its `$share/<group>/` if it is shared.
    public let filter: String
    public let qos: QoS
    /// Whether the client does not want its own messages.
    public let noLocal: Bool
    /// Whether messages keep the RETAIN flag that they were published with.
    public let retainAsPublished: Bool

    /// A subscription.
    public init(filter: String, qos: QoS, noLocal: Bool = false, retainAsPublished: Bool = false) {
        self.filter = filter
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
    }
}
