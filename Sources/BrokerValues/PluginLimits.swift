/// What plugins may take.
package struct PluginLimits: Sendable, Hashable {
    /// Calls of services a second that all plugins together may make; 0 for as many as they like.
    package var serviceCallsPerSecond = 0
    /// Milliseconds after which the broker goes on without the answer of a plugin.
    package var callMilliseconds: Int64 = 5_000
    /// Calls of one plugin that may be open at a time.
    package var maximumOpenCalls = 10_000
    /// Failed logins from one address within a minute that are answered at once; those behind them are slowed.
    package var freeLoginFailures = 5
    /// Milliseconds that a login is slowed by at most, after many that failed from its address.
    package var maximumLoginDelayMilliseconds: Int64 = 5_000

    /// The defaults.
    package init() {}
}
