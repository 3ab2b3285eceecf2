import BrokerTransport
import BrokerValues
import Logging
import Settings

/// Reads the settings again while the broker runs, takes on what can change without a restart, and logs all of it.
struct SettingsReload {
    /// What is in force; what needs a restart stays in it as it was at the start.
    private(set) var current: EffectiveSettings
    let logger: Logger
    /// Looks for the file by the rules of the start, and reads it.
    let read: () throws(SettingsFailure) -> LoadedSettings
    /// Brings settings into force.
    let apply: (EffectiveSettings) -> Void

    /// A file with faults changes nothing.
    mutating func run() {
        let loaded: LoadedSettings
        do throws(SettingsFailure) {
            loaded = try read()
        } catch {
            for warning in error.warnings { logger.warning("\(warning)") }
            for fault in error.faults { logger.error("\(fault)") }
            logger.error(
                "The settings were read again and have faults: nothing has changed",
                metadata: ["faults": "\(error.faults.count)"])
            return
        }
        for warning in loaded.effective.warnings { logger.warning("\(warning)") }
        let changes = current.changes(to: loaded.effective)
        current = current.takingOver(loaded.effective)
        apply(current)
        for change in changes {
            logger.notice(change.needsRestart ? "Needs a restart: \(change)" : "Changed: \(change)")
        }
        let pending = changes.count { $0.needsRestart }
        logger.notice(
            changes.isEmpty ? "The settings were read again: nothing has changed" : "The settings were read again",
            metadata: [
                "settings": "\(loaded.source)", "changed": "\(changes.count - pending)", "need-restart": "\(pending)",
            ])
    }
}
