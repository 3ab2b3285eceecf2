import BrokerCore
import BrokerTransport
import BrokerValues
import Introspection
import Logging
import MQTTWire
import Monitoring
import NIOCore
import NIOPosix
import SessionStorage
import Settings
import Synchronization

/// The storage as the broker runs it: its thread, and its way to the shards, which are made after it.
final class DurableStorage: Sendable {
    /// The storage cannot be opened, or not read.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Target {
        var runners: [ShardRunner] = []
        var gates: BrokerGates?
    }

    /// Where answers go.
    private final class Way: Sendable {
        let target = Mutex(Target())

        func answer(_ shard: ShardIndex, _ body: @escaping @Sendable (Shard) -> Void) {
            let runner = target.withLock {
                $0.runners.indices.contains(shard.rawValue) ? $0.runners[shard.rawValue] : nil
            }
            runner?.eventLoop.execute { if let runner { body(runner.shard) } }
        }

        func setFull(_ isFull: Bool) { target.withLock { $0.gates }?.setStorageFull(isFull) }
    }

    private let thread: StorageThread
    private let group: MultiThreadedEventLoopGroup
    private let way: Way
    private let configuration: StorageConfiguration
    private let seed: UInt64
    private let logger: Logger

    private init(
        _ thread: StorageThread, _ group: MultiThreadedEventLoopGroup, _ way: Way,
        _ configuration: StorageConfiguration, seed: UInt64, _ logger: Logger
    ) {
        self.thread = thread
        self.group = group
        self.way = way
        self.configuration = configuration
        self.seed = seed
        self.logger = logger
    }

    /// Opens the storage.
    ///
    /// - Parameters:
    ///   - seed: the secret of the broker, see ``Shard``.
    ///   - events: told when it ceases to write or has no room, and when that is over.
    /// - Returns: nil if the settings say that nothing is kept.
    static func open(
        _ configuration: StorageConfiguration, directory: String, shardCount: Int, seed: UInt64, logger: Logger,
        events: EventHub
    ) async throws -> DurableStorage? {
        if configuration.kinds.isEmpty { return nil }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let way = Way()
        do {
            let thread = try await StorageThread.open(
                directory: directory, shardCount: shardCount, options: configuration.options(identitySeed: seed),
                limits: configuration.limits,
                wallClock: UInt64(max(0, MonitorClock.system.wall()) * 1000), now: ShardRunner.now(),
                syncInterval: .milliseconds(Int64(configuration.syncIntervalMilliseconds)), eventLoop: group.next(),
                isFull: { way.setFull($0) },
                event: { event in
                    Self.log(event, logger)
                    Self.publish(event, events)
                })
            return DurableStorage(thread, group, way, configuration, seed: seed, logger)
        } catch {
            try? await group.shutdownGracefully()
            throw Failure(description: "The storage cannot be opened: \(error)")
        }
    }

    /// The port of one shard.
    func port(of shard: ShardIndex) -> any StoragePort {
        thread.port(
            of: shard, kinds: configuration.kinds, willGraceSeconds: configuration.willGraceSeconds
        ) { [way] shard, body in way.answer(shard, body) }
    }

    /// What operators see of it.
    var status: StorageStatus { thread.status }

    /// Gives the shards what is stored; returns when they have it.
    func recover(into runners: [ShardRunner], gates: BrokerGates) async throws {
        way.target.withLock { $0 = Target(runners: runners, gates: gates) }
        let now = ShardRunner.now()
        let (seed, count, lastStamp) = (seed, runners.count, thread.lastStamp)
        let status: StorageStatus
        do {
            status = try await thread.recover(now: now) { session in
                let home = Shard.homeOfStored(Array(session.record.client.utf8), shardCount: count, seed: seed)
                let runner = runners[home.rawValue]
                runner.eventLoop.execute { runner.shard.restore(session, lastStamp: lastStamp, now: now) }
            } retained: { message in
                let topic = Array(message.topicText.utf8)
                let runner = runners[Shard.homeOfStored(topic, shardCount: count, seed: seed).rawValue]
                runner.eventLoop.execute { runner.shard.restoreRetained(message, now: now) }
            }
        } catch {
            throw Failure(description: "What is stored cannot be read: \(error)")
        }
        // Behind what was just handed over, then behind the mail that it has led to.
        for _ in 0..<3 {
            for runner in runners { try await runner.eventLoop.submit {}.get() }
        }
        tell(status)
    }

    private func tell(_ status: StorageStatus) {
        let found = status.recovery
        logger.log(
            .storageOpened, .info, "What was stored is here again",
            [
                "sessions": "\(found.sessions)", "queued": "\(found.queued)", "messages": "\(found.messages)",
                "retained": "\(found.retained)", "seconds": "\(Double(Int(status.recoverySeconds * 1000)) / 1000)",
            ])
        if thread.clockBehind > 0 {
            logger.log(
                .storageOpened, .warning,
                "The clock is behind what was stored: no time counts as having passed since",
                ["milliseconds": "\(thread.clockBehind)"])
        }
        if found.faults.count > 0 {
            logger.log(
                .storageFailed, .error, "Some of what was stored cannot be read; it was left as it is",
                ["records": "\(found.faults.count)", "first": "\(found.faults.first.joined(separator: "; "))"])
        }
    }

    /// Copies the database into a file while it is in use.
    ///
    /// - Returns: bytes of the file.
    func backup(to path: String) async throws -> Int {
        try await thread.backup(to: path)
        guard let bytes = StorageDatabase.size(of: path) else {
            throw Failure(description: "the broker stopped before the backup was whole: there is no \(path)")
        }
        return bytes
    }

    /// Writes what is left and closes the database.
    func close() async throws {
        do {
            try await thread.close()
        } catch {
            logger.log(.storageFailed, .error, "The storage was not closed cleanly", ["failure": "\(error)"])
        }
        try await group.shutdownGracefully()
    }

    private static func publish(_ event: StorageEvent, _ events: EventHub) {
        let details: [String: JSONValue]
        switch event {
        case .writeFailed(let failure): details = ["state": "failing", "failure": .string("\(failure)")]
        case .writesAgain(let seconds): details = ["state": "writing", "seconds": JSONValue(seconds)]
        case .fullnessChanged(let isFull, let space):
            details = [
                "state": isFull ? "full" : "has-room", "bytes": JSONValue(space.fileBytes + space.logBytes),
                "available": space.freeBytes.map { JSONValue($0) } ?? .null,
            ]
        case .failed(let failure): details = ["state": "problem", "failure": .string("\(failure)")]
        }
        events.publish(BrokerEvent(.storageChanged, time: MonitorClock.system.wall(), details: details))
    }

    private static func log(_ event: StorageEvent, _ logger: Logger) {
        switch event {
        case .writeFailed(let failure):
            logger.log(
                .storageFailed, .error,
                "The storage cannot write: nothing that it has to keep is acknowledged until it can; it goes on trying",
                ["failure": "\(failure)"])
        case .writesAgain(let seconds):
            logger.log(
                .storageFailed, .notice, "The storage writes again; nothing was lost",
                ["seconds": "\(Double(Int(seconds * 1000)) / 1000)"])
        case .failed(let failure):
            logger.log(.storageFailed, .error, "The storage has a problem", ["failure": "\(failure)"])
        case .fullnessChanged(let isFull, let space):
            let free = space.freeBytes.map { "\($0)" } ?? "unknown"
            logger.log(
                .storageFull, isFull ? .error : .notice,
                isFull
                    ? "The storage has no room: QoS 1 and 2 messages are refused" : "The storage has room again",
                ["bytes": "\(space.fileBytes + space.logBytes)", "free": "\(free)"])
        }
    }
}
