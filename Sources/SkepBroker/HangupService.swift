import ServiceLifecycle
import UnixSignals

/// Reads the settings again at each SIGHUP.
struct HangupService: Service {
    /// Made when the service starts to run.
    let reload: @Sendable () -> SettingsReload

    /// Runs until the shutdown.
    func run() async throws {
        var reload = reload()
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { reload.run() }
    }
}
