import BrokerTransport
import BrokerValues
import Introspection
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
    let apply: (LoadedSettings) -> Void

    /// A file with faults changes nothing.
    @discardableResult
    mutating func run() -> ReloadReport {
        let loaded: LoadedSettings
        do throws(SettingsFailure) {
            loaded = try read()
        } catch {
            for warning in error.warnings { logger.log(.settingsWarning, .warning, "\(warning)") }
            for fault in error.faults { logger.log(.settingsFault, .error, "\(fault)") }
            logger.log(
                .settingsFault, .error, "The settings were read again and have faults: nothing has changed",
                ["faults": "\(error.faults.count)"])
            return ReloadReport(faults: error.faults, warnings: error.warnings)
        }
        for warning in loaded.effective.warnings { logger.log(.settingsWarning, .warning, "\(warning)") }
        let changes = current.changes(to: loaded.effective)
        current = current.takingOver(loaded.effective)
        apply(LoadedSettings(effective: current, source: loaded.source, isFromFile: loaded.isFromFile))
        for change in changes {
            logger.log(
                .settingChanged, .notice, change.needsRestart ? "Needs a restart: \(change)" : "Changed: \(change)")
        }
        let pending = changes.count { $0.needsRestart }
        logger.log(
            .settingsRead, .notice,
            changes.isEmpty ? "The settings were read again: nothing has changed" : "The settings were read again",
            [
                "settings": "\(loaded.source)", "changed": "\(changes.count - pending)", "need-restart": "\(pending)",
            ])
        return ReloadReport(
            changes: changes.map { change in
                ReloadReport.Change(
                    option: change.path, old: change.old, new: change.new, needsRestart: change.needsRestart)
            }, warnings: loaded.effective.warnings)
    }
}

/// Reads the settings again, for whoever asks: one after the other.
actor SettingsReloads {
    private var reload: SettingsReload
    private let begun: @Sendable () -> Void
    private let done: @Sendable (ReloadReport) -> Void

    /// - Parameters:
    ///   - begun: told when one begins.
    ///   - reload: made once, for this object alone.
    ///   - done: told what came of each.
    init(
        begun: @escaping @Sendable () -> Void, reload: @Sendable () -> SettingsReload,
        done: @escaping @Sendable (ReloadReport) -> Void
    ) {
        self.reload = reload()
        self.begun = begun
        self.done = done
    }

    func run() -> ReloadReport {
        begun()
        let report = reload.run()
        done(report)
        return report
    }
}
