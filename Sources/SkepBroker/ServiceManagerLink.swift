import BrokerTransport
import BrokerValues
import Glibc
import Logging
import Monitoring
import NIOCore
import ServiceLifecycle
import ServiceManager
import Synchronization

/// What the broker and its service manager have to do with each other. Without a service manager it does nothing.
struct ServiceManagerLink: ListeningSockets {
    private let notifier: ServiceNotifier
    private let store: SocketStore
    private let logger: Logger
    private let stop = StopSign()

    init(notifier: ServiceNotifier, logger: Logger) {
        self.notifier = notifier
        self.logger = logger
        store = SocketStore(notifier: notifier)
    }

    /// What tells the service manager how the broker is while it runs and while it stops. They have to stop last.
    ///
    /// - Parameter loop: one more that must answer, for the broker to count as well.
    func services(_ transport: TransportService, _ monitor: Monitor, also loop: any EventLoop) -> [any Service] {
        guard notifier.isPresent else { return [] }
        let loops = transport.runners.map(\.eventLoop) + [loop]
        let watchdog = Watchdog(
            environment: ProcessEnvironment.current, processIdentifier: getpid(),
            probes: loops.map { loop in { try? await loop.submit {}.get() } }, notifier: notifier)
        let reports = StatusReports(monitor: monitor, notifier: notifier, stop: stop)
        return [reports] + (watchdog.map { [$0] } ?? [])
    }

    // MARK: - What the broker goes through

    /// Every listener is open.
    func isReady() {
        if let fault = store.fault {
            logger.log(
                .socketsPassed, .warning, "Sockets were announced (LISTEN_FDS) that cannot be taken over",
                ["detail": "\(fault)"])
        }
        for socket in store.dropUnclaimed() {
            if socket.wasKept {
                logger.log(
                    .socketsPassed, .info, "A socket from before the restart is not needed any more",
                    ["socket": "\(socket.name)"])
            } else {
                logger.log(
                    .socketsPassed, .warning,
                    "A socket was passed that no listener is called like; see FileDescriptorName= of its unit",
                    ["socket": "\(socket.name)"])
            }
        }
        notifier.tell(.ready)
    }

    func isReloading() { notifier.tellReloading() }

    func hasReloaded() { notifier.tell(.ready) }

    func isStopping() {
        stop.set()
        notifier.tell(.stopping, .status("Stopping"))
    }

    // MARK: - ListeningSockets

    func take(_ name: String, endpoint: String) -> [Int32] {
        let sockets = store.take(SocketName(name, endpoint: endpoint))
        if !sockets.isEmpty {
            logger.log(
                .socketsPassed, .debug, "A listener takes over what was open before the broker",
                ["listener": "\(name)", "sockets": "\(sockets.count)"])
        }
        return sockets
    }

    func keep(_ descriptor: Int32, _ name: String, endpoint: String) -> Bool {
        store.keep(descriptor, SocketName(name, endpoint: endpoint))
    }
}

/// Whether a shutdown has begun.
final class StopSign: Sendable {
    private let isUp = Atomic<Bool>(false)

    var isSet: Bool { isUp.load(ordering: .relaxed) }

    func set() { isUp.store(true, ordering: .relaxed) }
}

/// Keeps the line of `systemctl status` current, and while the broker stops, asks for the time that it needs.
struct StatusReports: Service {
    private static let pause = Duration.seconds(2)
    /// More than passes until the next report.
    private static let extensionMicroseconds: UInt64 = 10_000_000

    let monitor: Monitor
    let notifier: ServiceNotifier
    let stop: StopSign

    /// Runs until everything else has stopped.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var rate = StatusLine()
            while !Task.isCancelled {
                let line = rate.next(monitor.snapshot(), now: ContinuousClock.now)
                if stop.isSet {
                    notifier.tell(
                        .extendTimeout(microseconds: Self.extensionMicroseconds), .status("Stopping: \(line)"))
                } else {
                    notifier.tell(.status(line))
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
