import BrokerCore
import BrokerTransport
import BrokerValues
import Glibc
import Introspection
import Logging
import Monitoring
import NIOCore
import NIOPosix
import SessionStorage
import Settings

/// Monitoring as the broker runs it: what looks, and what shows.
struct MonitoringParts {
    let monitor: Monitor
    let service: MonitorService
    let http: MonitoringHTTPService

    /// - Parameter loop: a loop of its own, for HTTP.
    init(
        settings: LoadedSettings, transport: TransportService, plugins: PluginParts, events: EventHub,
        sockets: any ListeningSockets, loop: any EventLoop, logger: Logger, writer: LogWriter, storage: DurableStorage?
    ) async throws {
        var configuration = MonitorConfiguration(
            version: Skep.version, swiftVersion: Self.swiftVersion, settings: MonitoredSettings(settings),
            processors: ProcessorBudget.cores(), acceptFailures: { transport.counters.pauseCount },
            droppedLogLines: { Int(clamping: writer.leftOutCount) },
            isAccepting: { transport.counters.isAccepting })
        if let storage {
            configuration.storage = { MonitoredStorage(storage.status) }
            configuration.unsafeBytesLimit = Shard.maximumUnsafeBytes
        }
        let gates = transport.gates
        configuration.foundStressLevel = { gates.setStressLevel($0) }
        configuration.stressLevelChanged = { before, after in
            events.publish(
                BrokerEvent(
                    .stressChanged, time: MonitorClock.system.wall(),
                    details: ["from": JSONValue(before), "to": JSONValue(after)]))
        }
        configuration.doors = { transport.doors.map(MonitoredDoor.init) }
        configuration.plugins = { plugins.figures }
        let listeners = settings.effective.transport.listeners.map {
            ShardReader.Listener(name: $0.identity.name, transport: $0.transportName)
        }
        let rules = try await Self.threadRules(transport.runners)
        monitor = Monitor(
            reader: ShardReader(blocks: transport.runners.map(\.counters), listeners: listeners),
            configuration: configuration, threads: rules)
        let monitoring = settings.effective.monitoring
        service = MonitorService(
            monitor: monitor,
            publisher: monitoring.publishesSystemTopics ? ShardSystemPublisher(runner: transport.runners[0]) : nil,
            publishInterval: .seconds(monitoring.systemTopicInterval))
        http = MonitoringHTTPService(
            configuration: monitoring.http, scrapes: monitor, health: monitor, sockets: sockets,
            eventLoop: loop, logger: logger)
    }

    static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// The threads that run event loops have one name with a number each; which name, only they can tell.
    private static func threadRules(_ runners: [ShardRunner]) async throws -> [ThreadRule] {
        guard let first = runners.first else { return [] }
        let name = try await first.eventLoop.submit { threadName() }.get()
        let prefix = String(name.reversed().drop { $0.isNumber }.reversed())
        return prefix.isEmpty ? [] : [ThreadRule(prefix: prefix, label: "event_loop")]
    }

    /// The kernel's name of the thread that asks; empty if it does not say.
    private static func threadName() -> String {
        let file = unsafe open("/proc/thread-self/comm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 32)
        // Safe: the array lives for the call, which is told its size.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self)
    }
}

extension MonitoredSettings {
    /// Settings that are in force from now on.
    init(_ loaded: LoadedSettings) {
        let settings = loaded.effective
        self.init(
            hash: settings.hash, loaded: MonitorClock.system.wall(),
            outboundLimit: settings.limits.maximumBrokerUnsentBytes,
            queueLimit: settings.limits.maximumBrokerQueuedBytes, mailLimit: settings.limits.maximumMailBytes)
        source = loaded.source
        options = settings.shownValues
        origins = settings.origins.mapValues(\.description)
        protectsFromOverload = settings.limits.protectsFromOverload
    }
}

extension MonitoredDoor {
    /// What a listener says of itself.
    init(_ door: Door) {
        self.init(listener: door.listener.identity.name)
        handshakes = Dictionary(
            uniqueKeysWithValues: HandshakeOutcome.allCases.map { ($0, door.handshakes($0)) })
        if door.listener.proxyProtocol != nil {
            proxyRefusals = Dictionary(
                uniqueKeysWithValues: ProxyRefusal.allCases.map { ($0, door.report.count($0)) })
        }
        switch door.listener.transport {
        case .tcp: break
        case .webSocket:
            webSocketRefusals = Dictionary(
                uniqueKeysWithValues: WebSocketRefusal.allCases.map { ($0, door.report.count($0)) })
        }
        guard let found = door.tls else { return }
        var tls = TLS()
        tls.handshakesInProgress = found.handshakesUnderWay
        tls.handshakesWaiting = found.handshakesWaiting
        tls.expiry = found.expiry
        (tls.reloads, tls.failedReloads) = found.reloads
        self.tls = tls
    }
}

extension MonitoredStorage {
    /// What the storage says of itself.
    init(_ status: StorageStatus) {
        self.init()
        tasks = status.tasks
        isBusy = status.isBusy
        isWriting = status.isWriting
        isFull = status.isFull
        let (rows, found, space) = (status.rows, status.recovery, status.space)
        self.rows = [
            "message": rows.messages, "session": rows.sessions, "subscription": rows.subscriptions, "will": rows.wills,
            "retained": rows.retained, "attribute": rows.attributes,
        ]
        databaseBytes = space.fileBytes
        logBytes = space.logBytes
        reusableBytes = space.unusedBytes
        availableBytes = space.freeBytes
        rowsWritten = status.rowsWritten
        bytesWritten = status.bytesWritten
        writeFailures = status.writeFailures
        damagedRecords = status.damagedRecords
        recovered = [
            "message": found.messages, "session": found.sessions, "subscription": found.subscriptions,
            "will": found.wills, "retained": found.retained, "attribute": found.attributes,
        ]
        recoverySeconds = status.recoverySeconds
    }
}
