package import Introspection
import ServiceLifecycle

/// Lets a ``Monitor`` look ten times a second, and publishes `$SYS` when it is time.
package struct MonitorService: Service {
    private let monitor: Monitor
    private let publisher: (any SystemPublisher)?
    private let publishInterval: Duration

    /// - Parameters:
    ///   - publisher: nil if `$SYS` is switched off.
    ///   - publishInterval: between two times that `$SYS` is published.
    package init(monitor: Monitor, publisher: (any SystemPublisher)?, publishInterval: Duration) {
        self.monitor = monitor
        self.publisher = publisher
        self.publishInterval = publishInterval
    }

    /// Looks until a graceful shutdown begins.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            let clock = ContinuousClock()
            var next = clock.now
            var publishing = clock.now
            while !Task.isCancelled {
                monitor.tick()
                if let publisher, clock.now >= publishing {
                    publisher.publish(monitor.systemTopics())
                    publishing += publishInterval
                    if publishing < clock.now { publishing = clock.now + publishInterval }
                }
                next += .milliseconds(100)
                // After a stop of the whole process the looks that were missed are not made up for.
                if next < clock.now { next = clock.now }
                try? await clock.sleep(until: next, tolerance: .milliseconds(10))
            }
        }
    }
}
