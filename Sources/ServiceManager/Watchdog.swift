import ServiceLifecycle

/// Tells the service manager that the broker is well, but only while everybody whom it asks answers: when one hangs,
/// nothing is told any more, and the broker is killed and started again (`WatchdogSec=`, sd_watchdog_enabled(3)).
package struct Watchdog: Service {
    /// Of a service manager's interval: so a round may be late and still be in time.
    private static let roundsPerInterval = 3
    /// A service manager that wants to hear more often hears it so often.
    private static let shortestPause = Duration.milliseconds(10)

    private let pause: Duration
    private let probes: [@Sendable () async -> Void]
    private let feed: @Sendable () -> Void

    /// - Parameters:
    ///   - probes: each returns when the one whom it asks has answered, and only then.
    /// - Returns: nil if no service manager waits to hear it.
    package init?(
        environment: [String: String], processIdentifier: Int32, probes: [@Sendable () async -> Void],
        notifier: ServiceNotifier
    ) {
        guard notifier.isPresent,
            let interval = Self.interval(environment: environment, processIdentifier: processIdentifier)
        else { return nil }
        self.init(interval: interval, probes: probes) { notifier.tell(.watchdog) }
    }

    init(interval: Duration, probes: [@Sendable () async -> Void], feed: @escaping @Sendable () -> Void) {
        pause = max(interval / Self.roundsPerInterval, Self.shortestPause)
        self.probes = probes
        self.feed = feed
    }

    /// How long the service manager waits to hear it; nil if it does not.
    static func interval(environment: [String: String], processIdentifier: Int32) -> Duration? {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
            return nil
        }
        // Whom the variable was set for; it passes to children.
        if let owner = environment["WATCHDOG_PID"], Int32(owner) != processIdentifier { return nil }
        return .microseconds(min(microseconds, 86_400_000_000))
    }

    /// Asks all and feeds until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await withDiscardingTaskGroup { group in
                    for probe in probes { group.addTask { await probe() } }
                }
                if Task.isCancelled { return }
                feed()
                try? await Task.sleep(for: pause)
            }
        }
    }
}
