package import BrokerCore
package import BrokerValues
import DequeModule
package import MQTTWire
package import NIOCore
import Synchronization

/// The one thread that has the database: takes the batches of all shards, writes those that are there together in one
/// transaction, and answers.
///
/// A batch that cannot be written stays first in the line and is tried again, at most every two seconds. Nothing behind it
/// is answered before it is safe, so nothing is ever acknowledged that is not. Shards limit what they hand over.
package final class StorageThread: Sendable {
    /// Runs something with a shard on the shard's own loop.
    package typealias Answer = @Sendable (ShardIndex, @escaping @Sendable (Shard) -> Void) -> Void

    private struct Inbox {
        var tasks: [(shard: ShardIndex, task: StorageTask)] = []
        var isScheduled = false
        var status = StorageStatus()
    }

    private let eventLoop: any EventLoop
    private let worker: NIOLoopBoundBox<StorageWorker?>
    private let inbox = Mutex(Inbox())
    /// The clock and first number of the shards' ports; set when it is opened.
    private let start: StorageStart

    private init(eventLoop: any EventLoop, worker: NIOLoopBoundBox<StorageWorker?>, start: StorageStart) {
        self.eventLoop = eventLoop
        self.worker = worker
        self.start = start
    }

    /// Opens the database.
    ///
    /// - Parameters:
    ///   - eventLoop: a loop of its own, which is blocked while the disk works.
    ///   - syncInterval: how often what was written is made safe with ``StorageOptions/Durability/interval``.
    ///   - isFull: told when a limit is reached and when it no longer is.
    ///   - event: called on the loop; must not block.
    package static func open(
        directory: String, shardCount: Int, options: StorageOptions, limits: StorageLimits, wallClock: StorageStamp,
        now: Instant,
        syncInterval: TimeAmount, eventLoop: any EventLoop, isFull: @escaping @Sendable (Bool) -> Void,
        event: @escaping @Sendable (StorageEvent) -> Void
    ) async throws -> StorageThread {
        let opened = try await eventLoop.submit { () throws -> (NIOLoopBoundBox<StorageWorker?>, StorageStart) in
            let database = try StorageDatabase.open(
                directory: directory, options: options, wallClock: wallClock, now: now)
            let worker = StorageWorker(
                database, shardCount: shardCount, limits: limits, isFull: isFull, event: event)
            return (
                NIOLoopBoundBox(worker, eventLoop: eventLoop),
                StorageStart(
                    clock: database.clock, lastStamp: database.lastStamp, firstSequence: database.firstSequence,
                    clockBehind: database.clockBehind)
            )
        }.get()
        let thread = StorageThread(eventLoop: eventLoop, worker: opened.0, start: opened.1)
        thread.scheduleUpkeep(options.durability == .interval ? syncInterval : nil)
        return thread
    }

    /// Milliseconds that the wall clock was behind the last stamp.
    package var clockBehind: UInt64 { start.clockBehind }

    /// When the broker that stored all this was last known to run.
    package var lastStamp: StorageStamp { start.lastStamp }

    /// What operators see.
    package var status: StorageStatus {
        inbox.withLock { inbox in
            var status = inbox.status
            status.tasks += inbox.tasks.count
            return status
        }
    }

    /// The port of one shard.
    package func port(
        of shard: ShardIndex, kinds: StoredKinds, willGraceSeconds: UInt32, answer: @escaping Answer
    ) -> any StoragePort {
        ShardStoragePort(
            shard: shard, kinds: kinds, willGraceSeconds: willGraceSeconds, thread: self, start: start, answer: answer)
    }

    // MARK: - Life

    /// Hands what is stored to the shards; to be called once, before anything is submitted.
    ///
    /// - Parameters:
    ///   - session: gets each session, on the thread.
    ///   - retained: gets each retained message that has not expired, on the thread.
    package func recover(
        now: Instant, session: @escaping @Sendable (RestoredSession) -> Void,
        retained: @escaping @Sendable (Message) -> Void
    ) async throws -> StorageStatus {
        try await eventLoop.submit {
            guard let worker = self.worker.value else { return self.status }
            let status = try worker.recover(now: now, session: session, retained: retained)
            self.inbox.withLock { $0.status = status }
            return status
        }.get()
    }

    /// Writes what is there and closes the database.
    package func close() async throws {
        try await eventLoop.submit {
            defer { self.worker.value = nil }
            try self.worker.value?.close()
        }.get()
    }

    /// Copies the database into a file while it is in use.
    package func backup(to path: String) async throws {
        try await eventLoop.submit {
            guard let worker = self.worker.value else {
                throw StorageFailure.inputOutput(path: path, reason: "the storage is closed")
            }
            try worker.beginBackup(to: path)
        }.get()
        while try await eventLoop.submit({ try self.worker.value?.stepBackup() ?? true }).get() == false {
            // Others have their turn: the steps are tasks of the loop like those that write.
        }
    }

    /// New limits are in force.
    package func apply(_ limits: StorageLimits) {
        eventLoop.execute { self.worker.value?.limits = limits }
    }

    // MARK: - Work

    /// Adds a task; never blocks for longer than it takes to add one.
    func add(_ task: StorageTask, from shard: ShardIndex) {
        let isFirst = inbox.withLock { inbox in
            inbox.tasks.append((shard, task))
            defer { inbox.isScheduled = true }
            return !inbox.isScheduled
        }
        if isFirst { eventLoop.execute { self.run() } }
    }

    private func run() {
        guard let worker = worker.value else { return }
        let tasks = inbox.withLock { inbox in
            defer { inbox.tasks = [] }
            inbox.isScheduled = false
            inbox.status.tasks += inbox.tasks.count
            return inbox.tasks
        }
        for (shard, task) in tasks { worker.add(task, from: shard) }
        work(worker)
    }

    private func work(_ worker: StorageWorker) {
        // While the disk works, which can last, operators see it.
        inbox.withLock { $0.status.isBusy = true }
        let retry = worker.work()
        let status = worker.status
        inbox.withLock { $0.status = status }
        guard let retry, !worker.comesBack else { return }
        worker.comesBack = true
        eventLoop.scheduleTask(in: retry) {
            guard let worker = self.worker.value else { return }
            worker.comesBack = false
            self.work(worker)
        }
    }

    private static let upkeepInterval = TimeAmount.seconds(1)

    /// Once a second: space, stamps, and the room that deleted rows have left.
    private func scheduleUpkeep(_ syncInterval: TimeAmount?) {
        _ = eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.upkeepInterval) { task in
            guard let worker = self.worker.value else { return task.cancel() }
            worker.upkeep(now: Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds))
            let status = worker.status
            self.inbox.withLock { $0.status = status }
        }
        guard let syncInterval else { return }
        _ = eventLoop.scheduleRepeatedTask(initialDelay: syncInterval, delay: syncInterval) { task in
            guard let worker = self.worker.value else { return task.cancel() }
            worker.sync()
        }
    }
}

/// What every port has to know of the database.
struct StorageStart: Sendable {
    let clock: StorageClock
    let lastStamp: StorageStamp
    let firstSequence: UInt64
    let clockBehind: UInt64
}

/// What the thread does for a shard, and how it answers.
enum StorageTask: Sendable {
    case write(StorageBatch, answer: StorageThread.Answer)
    case load(LoadQuestion, answer: StorageThread.Answer)
}

/// The port of one shard: hands everything to the thread.
final class ShardStoragePort: StoragePort {
    let kinds: StoredKinds
    let willGraceSeconds: UInt32
    private let shard: ShardIndex
    private let thread: StorageThread
    private let start: StorageStart
    private let answer: StorageThread.Answer

    init(
        shard: ShardIndex, kinds: StoredKinds, willGraceSeconds: UInt32, thread: StorageThread, start: StorageStart,
        answer: @escaping StorageThread.Answer
    ) {
        self.kinds = kinds
        self.willGraceSeconds = willGraceSeconds
        self.shard = shard
        self.thread = thread
        self.start = start
        self.answer = answer
    }

    var clock: StorageClock { start.clock }

    var firstSequence: UInt64 { start.firstSequence }

    func submit(_ batch: StorageBatch) { thread.add(.write(batch, answer: answer), from: shard) }

    func load(_ question: LoadQuestion) { thread.add(.load(question, answer: answer), from: shard) }
}
