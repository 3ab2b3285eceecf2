/// What monitoring has to know of the broker that it watches.
package struct MonitorConfiguration: Sendable {
    package var version: String
    package var swiftVersion: String
    /// The settings at the start, see ``Monitor/settingsChanged(_:)``.
    package var settings: MonitoredSettings
    /// Processors that the process may use.
    package var processors: Int
    /// How often accepting a socket has failed.
    package var acceptFailures: @Sendable () -> Int
    /// How many log lines were left out.
    package var droppedLogLines: @Sendable () -> Int
    /// Whether clients are accepted: every listener is open, and no shutdown has begun.
    package var isAccepting: @Sendable () -> Bool
    /// The durable storage now; nil where nothing is kept through restarts. Asked ten times a second.
    package var storage: @Sendable () -> MonitoredStorage? = { nil }
    /// The listeners now, in the order of the settings.
    package var doors: @Sendable () -> [MonitoredDoor] = { [] }
    /// The plugins now, in the order in which they are asked.
    package var plugins: @Sendable () -> MonitoredPlugins = { MonitoredPlugins() }
    /// Bytes of one shard's changes that are not safe yet at which publishers wait for the storage; 0 if there is none.
    package var unsafeBytesLimit = 0
    /// Told the stress level each time that it has been found.
    package var foundStressLevel: @Sendable (Int) -> Void = { _ in }
    /// Told the stress levels before and after a change.
    package var stressLevelChanged: @Sendable (_ before: Int, _ after: Int) -> Void = { _, _ in }

    /// Everything about one broker.
    package init(
        version: String, swiftVersion: String, settings: MonitoredSettings, processors: Int,
        acceptFailures: @escaping @Sendable () -> Int, droppedLogLines: @escaping @Sendable () -> Int,
        isAccepting: @escaping @Sendable () -> Bool
    ) {
        self.version = version
        self.swiftVersion = swiftVersion
        self.settings = settings
        self.processors = processors
        self.acceptFailures = acceptFailures
        self.droppedLogLines = droppedLogLines
        self.isAccepting = isAccepting
    }
}

/// What monitoring has to know of the settings; it changes when they are read again.
package struct MonitoredSettings: Sendable, Hashable {
    /// Changes when any setting does.
    package var hash: String
    /// When the settings were read, in seconds since the Unix epoch.
    package var loaded: Double
    /// Bytes that all out buffers may hold together.
    package var outboundLimit: Int
    /// Bytes that all queues may hold together.
    package var queueLimit: Int
    /// Bytes that one shard may have under way to the others.
    package var mailLimit: Int
    /// The file, or that there is none.
    package var source = ""
    /// Every option's value as text, with secrets masked; and where those come from that somebody has set.
    package var options: [String: String] = [:]
    package var origins: [String: String] = [:]
    /// Whether load is shed at high stress levels.
    package var protectsFromOverload = true

    /// Everything about one set of settings.
    package init(hash: String, loaded: Double, outboundLimit: Int, queueLimit: Int, mailLimit: Int) {
        self.hash = hash
        self.loaded = loaded
        self.outboundLimit = outboundLimit
        self.queueLimit = queueLimit
        self.mailLimit = mailLimit
    }
}
