/// Hears of sessions that are ready and of connections that end (`OnSessionReadyCallback`, `OnDisconnectCallback`).
public protocol ConnectionObserver: Plugin {
    /// CONNACK is about to be sent.
    ///
    /// - Parameter isResumed: whether the session was there before.
    func sessionReady(_ client: Client, isResumed: Bool) async
    func disconnected(_ client: Client, _ end: Disconnection) async
}

extension ConnectionObserver {
    /// Does nothing.
    public func sessionReady(_ client: Client, isResumed: Bool) async {}
    /// Does nothing.
    public func disconnected(_ client: Client, _ end: Disconnection) async {}
}

/// How a connection has ended.
public struct Disconnection: Sendable, Hashable {
    /// Milliseconds since 1970 of the moment in which it ended: good for ``SessionAttributeStore/putIfNewer(_:_:_:timestamp:)``.
    public let timestamp: Int64
    /// Whether the client has sent DISCONNECT before.
    public let isGraceful: Bool
    /// The cause in the spelling of logs and metrics, such as `keep_alive` or `taken_over`.
    public let cause: String

    /// An end.
    public init(timestamp: Int64, isGraceful: Bool, cause: String) {
        self.timestamp = timestamp
        self.isGraceful = isGraceful
        self.cause = cause
    }
}
