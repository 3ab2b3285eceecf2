import ServiceLifecycle
import UnixSignals

/// Reads the settings again at each SIGHUP.
struct HangupService: Service {
    let reloads: SettingsReloads

    /// Runs until the shutdown.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            _ = await reloads.run()
        }
    }
}
