import Logging
import ServiceLifecycle
import UnixSignals

/// Keeps SIGHUP from ending the broker without a shutdown, and says what has to be done instead.
struct HangupService: Service {
    let logger: Logger

    /// Runs until the shutdown.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            logger.notice("Settings are read only at start; restart to apply", metadata: ["signal": "SIGHUP"])
        }
    }
}
