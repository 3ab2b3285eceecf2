/// Looks at clients and acts on them (`BlockingClientService`, `AsyncClientService`).
public protocol ClientService: Sendable {
    /// Identifiers of clients with a session, a page at a time.
    ///
    /// - Parameters:
    ///   - connected: only clients that are connected (true) or not (false); nil for all.
    ///   - after: the ``ClientPage/next`` of the page before.
    func clients(connected: Bool?, after: String?) async throws(PluginServiceError) -> ClientPage

    func isConnected(_ identifier: String) async throws(PluginServiceError) -> Bool

    /// What is known of a client; nil without a session.
    func session(of identifier: String) async throws(PluginServiceError) -> SessionInformation?

    /// Ends a client's connection.
    ///
    /// - Returns: false if it was not connected.
    func disconnect(_ identifier: String, suppressesWill: Bool) async throws(PluginServiceError) -> Bool

    /// Sets how many seconds the session outlives its connection, `.max` for ever. May be overwritten when the client
    /// connects again.
    func setTimeToLive(_ seconds: UInt32, of identifier: String) async throws(PluginServiceError)

    func timeToLive(of identifier: String) async throws(PluginServiceError) -> UInt32

    /// Ends a client's connection and its session.
    ///
    /// - Returns: whether the client was connected.
    func invalidateSession(_ identifier: String) async throws(PluginServiceError) -> Bool

    /// Changes what a client may do, until it connects again.
    func setRestrictions(_ restrictions: Restrictions, of identifier: String) async throws(PluginServiceError)
}

/// A page of client identifiers.
public struct ClientPage: Sendable, Hashable {
    public let identifiers: [String]
    /// Asks for what comes behind; nil at the end.
    public let next: String?

    /// A page.
    public init(identifiers: [String], next: String?) {
        self.identifiers = identifiers
        self.next = next
    }
}

/// What is known of a session.
public struct SessionInformation: Sendable, Hashable {
    public let identifier: String
    public let isConnected: Bool
    public let userName: String?
    /// The client's address; nil while it is not connected.
    public let address: String?
    public let listener: String?
    /// Seconds that the session outlives its connection; `.max` for ever.
    public let timeToLive: UInt32
    public let queuedMessages: Int
    public let inflightMessages: Int
    public let subscriptionCount: Int
    /// Milliseconds since 1970 of the end of its last connection; nil while it is connected, and if that is not known.
    public let disconnectTimestamp: Int64?
    public let restrictions: Restrictions

    /// A session.
    public init(
        identifier: String, isConnected: Bool, userName: String?, address: String?, listener: String?,
        timeToLive: UInt32, queuedMessages: Int, inflightMessages: Int, subscriptionCount: Int,
        disconnectTimestamp: Int64?, restrictions: Restrictions
    ) {
        self.identifier = identifier
        self.isConnected = isConnected
        self.userName = userName
        self.address = address
        self.listener = listener
        self.timeToLive = timeToLive
        self.queuedMessages = queuedMessages
        self.inflightMessages = inflightMessages
        self.subscriptionCount = subscriptionCount
        self.disconnectTimestamp = disconnectTimestamp
        self.restrictions = restrictions
    }
}
