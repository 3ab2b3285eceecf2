/// What a plugin can ask of the broker. Handed to ``Plugin/start(_:)``; good until ``Plugin/stop()`` has returned.
public struct PluginServices: Sendable {
    public let clients: any ClientService
    public let publisher: any PublishService
    public let retained: any RetainedMessageStore
    public let subscriptions: any SubscriptionStore
    public let attributes: any SessionAttributeStore
    public let connectionAttributes: any ConnectionAttributeStore
    public let groups: any ClientGroupService
    public let permissions: any PermissionService
    public let metrics: any MetricService
    public let log: any LogService
    public let scheduler: any SchedulerService
    public let system: any SystemInformation

    /// Services, of the broker or of a test.
    public init(
        clients: any ClientService, publisher: any PublishService, retained: any RetainedMessageStore,
        subscriptions: any SubscriptionStore, attributes: any SessionAttributeStore,
        connectionAttributes: any ConnectionAttributeStore, groups: any ClientGroupService,
        permissions: any PermissionService, metrics: any MetricService, log: any LogService,
        scheduler: any SchedulerService, system: any SystemInformation
    ) {
        self.clients = clients
        self.publisher = publisher
        self.retained = retained
        self.subscriptions = subscriptions
        self.attributes = attributes
        self.connectionAttributes = connectionAttributes
        self.groups = groups
        self.permissions = permissions
        self.metrics = metrics
        self.log = log
        self.scheduler = scheduler
        self.system = system
    }
}

/// Why a service did not do what it was asked.
public enum PluginServiceError: Error, Sendable, Hashable {
    /// More calls a second than `restrictions/plugin-service-rate-limit` allows (`RateLimitExceededException`).
    ///
    /// - Parameter retryAfterMilliseconds: when a call will be taken again.
    case rateLimitExceeded(retryAfterMilliseconds: Int64)
    /// There is no session of that client identifier (`NoSuchClientIdException`).
    case noSuchClient(String)
    /// A value is larger than it may be, or there are too many (`LimitExceededException`).
    case limitExceeded(String)
    /// What was given means nothing, for example a wildcard in a topic to publish to.
    case invalid(String)
    /// The broker is stopping.
    case unavailable
}
