/// Asks for permissions anew.
public protocol PermissionService: Sendable {
    /// All authorizers are asked again about all clients that are connected. What a client may do no more, it may not do
    /// from the moment in which its answer is there.
    ///
    /// - Returns: how many clients there were.
    func refresh() async throws(PluginServiceError) -> Int

    /// The same for one client.
    ///
    /// - Returns: false if it is not connected.
    func refresh(_ identifier: String) async throws(PluginServiceError) -> Bool
}

/// The broker's metrics (`MetricService`). Not counted by the rate limit.
public protocol MetricService: Sendable {
    /// The value of a metric by its native name, such as `skep_connections`, summed over its labels; nil if there is none.
    func value(of name: String) async -> Double?

    /// A counter of the plugin's own: `skep_plugin_counter_total{plugin="…",name="…"}`, of which each plugin has 32 at most.
    func counter(_ name: String) throws(PluginServiceError) -> any PluginCounter
}

/// A counter that only grows.
public protocol PluginCounter: Sendable {
    func add(_ count: Int)
}

/// The log (`LogService`).
public protocol LogService: Sendable {
    /// Writes a line under the plugin's name.
    func log(_ level: PluginLogLevel, _ text: String)
    /// Least level of what is logged.
    var level: PluginLogLevel { get }
    func setLevel(_ level: PluginLogLevel)
}

/// Levels of log lines.
public enum PluginLogLevel: String, Sendable, Hashable, CaseIterable {
    case trace, debug, info, notice, warning, error
}

/// Runs work apart from callbacks (`PluginExecutorService`).
public protocol SchedulerService: Sendable {
    /// Runs what blocks or computes for long, such as a slow hash, on threads of its own, two at a time.
    ///
    /// - Throws: ``PluginServiceError/limitExceeded(_:)`` if more than 1,000 calls wait, and what the work throws.
    func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value

    /// Runs something once, after a while.
    func once(afterMilliseconds delay: Int64, _ work: @escaping @Sendable () async -> Void) throws(PluginServiceError)

    /// Runs something again and again until the broker stops or the result is told to end.
    func repeatedly(
        everyMilliseconds period: Int64, _ work: @escaping @Sendable () async -> Void
    ) throws(PluginServiceError) -> any ScheduledWork
}

/// Work that is done again and again.
public protocol ScheduledWork: Sendable {
    func end()
}

/// Where the broker runs, and since when (`SystemInformation`).
public protocol SystemInformation: Sendable {
    var version: String { get }
    /// The settings file; nil if the broker runs without one.
    var settingsFile: String? { get }
    /// Where what is kept through restarts is.
    var dataDirectory: String { get }
    /// Milliseconds since 1970.
    var startTime: Int64 { get }
}
