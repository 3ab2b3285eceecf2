import BrokerValues

/// What plugins may take, and how logins that fail are slowed.
extension OptionTable {
    static let pluginOptions: [SettingsOption] = [
        .broker(
            "restrictions/plugin-service-rate-limit", .integer(\.pluginLimits.serviceCallsPerSecond, 0...100_000_000),
            unit: "calls a second", reloadable: true,
            "Calls of services that all plugins together may make; 0 for as many as they like."),
        .broker(
            "plugins/call-timeout-millis", .integer(\.pluginLimits.callMilliseconds, 10...600_000),
            unit: "milliseconds",
            "How long a plugin may take to answer; then the broker goes on without its answer."),
        .broker(
            "plugins/max-open-calls", .integer(\.pluginLimits.maximumOpenCalls, 1...1_000_000), unit: "calls",
            "Calls of one plugin that may be open at a time; beyond them it counts as failed."),
        .broker(
            "authentication/free-failures", .integer(\.pluginLimits.freeLoginFailures, 0...1_000_000), unit: "logins",
            """
            Logins of one address that may fail within a minute for nothing; after each further one the next login from \
            there waits, twice as long as the last.
            """),
        .broker(
            "authentication/max-delay-millis", .integer(\.pluginLimits.maximumLoginDelayMilliseconds, 0...60_000),
            unit: "milliseconds", "The longest such wait; 0 for none at all."),
    ]
}
