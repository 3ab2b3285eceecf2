/// Small values that belong to a session and live as long as it, through restarts like the session itself
/// (`SessionAttributeStore`).
///
/// A key has 256 bytes at most, a value 10,240; a session has 100 attributes at most.
public protocol SessionAttributeStore: Sendable {
    func put(_ identifier: String, _ key: String, _ value: [UInt8]) async throws(PluginServiceError)

    func get(_ identifier: String, _ key: String) async throws(PluginServiceError) -> [UInt8]?

    func all(_ identifier: String) async throws(PluginServiceError) -> [String: [UInt8]]

    /// - Returns: the value that was there.
    func remove(_ identifier: String, _ key: String) async throws(PluginServiceError) -> [UInt8]?

    func removeAll(_ identifier: String) async throws(PluginServiceError)

    /// Stores a value if its time stamp is greater than that of the value that is there, or if there is none. A value that
    /// ``put(_:_:_:)`` has stored has the time stamp of that moment.
    func putIfNewer(
        _ identifier: String, _ key: String, _ value: [UInt8], timestamp: Int64
    ) async throws(PluginServiceError) -> AttributeOutcome

    /// The same, also for an equal time stamp.
    func putIfNewerOrEquals(
        _ identifier: String, _ key: String, _ value: [UInt8], timestamp: Int64
    ) async throws(PluginServiceError) -> AttributeOutcome
}

/// What came of a conditional put (`OptionalAttribute`).
public struct AttributeOutcome: Sendable, Hashable {
    /// The value that was there before.
    public let previous: [UInt8]?
    /// Whether the new one has taken its place.
    public let isReplaced: Bool

    /// What came of it.
    public init(previous: [UInt8]?, isReplaced: Bool) {
        self.previous = previous
        self.isReplaced = isReplaced
    }
}

/// Small values that belong to a connection and go with it (`ConnectionAttributeStore`). Not counted by the rate limit.
///
/// A key has 256 bytes at most, a value 10,240; a connection has 100 attributes at most.
public protocol ConnectionAttributeStore: Sendable {
    /// Whether the client is connected, so that it can have attributes.
    func isAccessible(_ identifier: String) async -> Bool

    func put(_ identifier: String, _ key: String, _ value: [UInt8]) async throws(PluginServiceError)

    func get(_ identifier: String, _ key: String) async -> [UInt8]?

    func all(_ identifier: String) async -> [String: [UInt8]]

    /// - Returns: the value that was there.
    func remove(_ identifier: String, _ key: String) async -> [UInt8]?

    func removeAll(_ identifier: String) async
}

/// Groups of clients by name, kept in memory (`ClientGroupService`).
public protocol ClientGroupService: Sendable {
    func add(_ identifier: String, to group: String) async throws(PluginServiceError)
    func remove(_ identifier: String, from group: String) async throws(PluginServiceError)
    func clients(of group: String) async throws(PluginServiceError) -> [String]
    func groups() async throws(PluginServiceError) -> [String]
}
