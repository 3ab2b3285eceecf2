/// What came of reading the settings again.
package struct ReloadReport: Sendable, Hashable {
    /// One option that is not what it was.
    package struct Change: Sendable, Hashable {
        package let option: String
        /// The values as a settings file would write them; secrets are masked.
        package let old: String
        package let new: String
        /// Whether the running broker keeps the old value.
        package let needsRestart: Bool

        /// A change.
        package init(option: String, old: String, new: String, needsRestart: Bool) {
            self.option = option
            self.old = old
            self.new = new
            self.needsRestart = needsRestart
        }
    }

    package let changes: [Change]
    /// Why nothing was changed, a line each; empty if all is well.
    package let faults: [String]
    package let warnings: [String]

    /// What came of it.
    package init(changes: [Change] = [], faults: [String] = [], warnings: [String] = []) {
        self.changes = changes
        self.faults = faults
        self.warnings = warnings
    }
}

/// A backup that was made.
package struct BackupReport: Sendable, Hashable {
    /// Bytes of the file.
    package let bytes: Int
    /// How long it took.
    package let seconds: Double

    /// What was made.
    package init(bytes: Int, seconds: Double) {
        self.bytes = bytes
        self.seconds = seconds
    }
}

/// What operators may do to the broker as a whole.
package protocol BrokerControls: Sendable {
    /// Reads the settings again, as at SIGHUP.
    func reload() async -> ReloadReport

    /// Begins to stop: no new clients, wills, farewells, the end; as at SIGTERM. Returns at once.
    func drain()

    /// Copies what is kept through restarts into a file while the broker runs. Returns when the file is safe on disk.
    ///
    /// - Parameter path: from the root on; nothing may be there yet.
    func backUp(to path: String) async throws(BeanError) -> BackupReport

    /// The levels that there are, from the most to the least that is logged.
    var logLevels: [String] { get }

    /// The least level that is logged.
    var logLevel: String { get }

    /// - Returns: false if there is no such level.
    func setLogLevel(_ level: String) -> Bool

    /// Clients with a level of their own.
    var clientLogLevels: [String: String] { get }

    /// What is logged about one client.
    ///
    /// - Parameter level: nil for the level of all others.
    /// - Returns: why it could not be set; nil if it was.
    func setClientLogLevel(_ level: String?, of client: String) -> BeanError?
}
