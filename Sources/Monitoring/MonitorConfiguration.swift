/// What monitoring has to know of the broker that it watches.
package struct MonitorConfiguration: Sendable {
    package var version: String
    package var swiftVersion: String
    /// Changes when any setting does.
    package var configurationHash: String
    /// When the settings were read, in seconds since the Unix epoch.
    package var configurationLoaded: Double
    /// Processors that the process may use.
    package var processors: Int
    /// Bytes that all out buffers may hold together.
    package var outboundLimit: Int
    /// Bytes that all queues may hold together.
    package var queueLimit: Int
    /// Bytes that one shard may have under way to the others.
    package var mailLimit: Int
    /// How often accepting a socket has failed.
    package var acceptFailures: @Sendable () -> Int
    /// How many log lines were left out.
    package var droppedLogLines: @Sendable () -> Int
    /// Whether clients are accepted: every listener is open, and no shutdown has begun.
    package var isAccepting: @Sendable () -> Bool

    /// Everything about one broker.
    package init(
        version: String, swiftVersion: String, configurationHash: String, configurationLoaded: Double, processors: Int,
        outboundLimit: Int, queueLimit: Int, mailLimit: Int, acceptFailures: @escaping @Sendable () -> Int,
        droppedLogLines: @escaping @Sendable () -> Int,
        isAccepting: @escaping @Sendable () -> Bool
    ) {
        self.version = version
        self.swiftVersion = swiftVersion
        self.configurationHash = configurationHash
        self.configurationLoaded = configurationLoaded
        self.processors = processors
        self.outboundLimit = outboundLimit
        self.queueLimit = queueLimit
        self.mailLimit = mailLimit
        self.acceptFailures = acceptFailures
        self.droppedLogLines = droppedLogLines
        self.isAccepting = isAccepting
    }
}
