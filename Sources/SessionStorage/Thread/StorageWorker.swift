import BrokerCore
import BrokerValues
import DequeModule
import MQTTWire
import NIOCore

/// What the storage's thread does. Used on that thread only.
final class StorageWorker {
    private let database: StorageDatabase
    private let isFull: @Sendable (Bool) -> Void
    private let event: @Sendable (StorageEvent) -> Void
    var limits: StorageLimits
    /// Whether the thread comes back by itself, see ``work()``.
    var comesBack = false
    private(set) var status = StorageStatus()
    /// The batches of each shard, and how it is answered.
    private var writes: [(batches: Deque<StorageBatch>, answer: StorageThread.Answer?)]
    private var order: CommitOrder
    private var loads: Deque<(shard: ShardIndex, question: LoadQuestion, answer: StorageThread.Answer)> = []
    /// When writing began to fail, and how long the next pause is.
    private var failure: (since: NIODeadline, pause: TimeAmount)?
    /// Whether reading, or making safe what was written, has failed the last time.
    private var isReadFailing = false
    private var isSyncFailing = false
    /// Whether the file that is written has another one, or none, in its place.
    private var isMisplaced = false
    private var retryAt = NIODeadline.now()
    private var backup: StorageBackup?
    private var lastStamp = NIODeadline.now()
    /// Bytes written since the space was last looked at.
    private var bytesUnseen = 0

    private static let firstPause = TimeAmount.milliseconds(50)
    /// Time that questions may take before writes have their turn.
    private static let readingTime = TimeAmount.milliseconds(5)
    private static let longestPause = TimeAmount.seconds(2)
    /// After this time those who wait for a write are told that it fails.
    private static let patience = TimeAmount.seconds(10)
    /// Bytes after which the space is looked at without waiting for the next second.
    private static let bytesBetweenLooks = 16 << 20
    /// How often the clock is stored while nothing else is.
    private static let stampInterval = TimeAmount.seconds(20)

    init(
        _ database: StorageDatabase, shardCount: Int, limits: StorageLimits, isFull: @escaping @Sendable (Bool) -> Void,
        event: @escaping @Sendable (StorageEvent) -> Void
    ) {
        self.database = database
        writes = Array(repeating: ([], nil), count: shardCount)
        order = CommitOrder(shardCount: shardCount)
        self.limits = limits
        self.isFull = isFull
        self.event = event
    }

    func recover(
        now: Instant, session take: (RestoredSession) -> Void, retained keep: (Message) -> Void
    ) throws(StorageFailure) -> StorageStatus {
        let began = NIODeadline.now()
        status.recovery = try database.recover(now: now) { sessions in
            for session in sessions { take(session) }
        } retained: { message in
            keep(message)
        }
        status.recoverySeconds = Double((NIODeadline.now() - began).nanoseconds) / 1e9
        status.damagedRecords = status.recovery.faults.count
        status.rows = database.rows
        look()
        return status
    }

    func add(_ task: StorageTask, from shard: ShardIndex) {
        switch task {
        case .write(let batch, let answer):
            writes[shard.rawValue].batches.append(batch)
            writes[shard.rawValue].answer = answer
        case .load(let question, let answer): loads.append((shard, question, answer))
        }
    }

    // MARK: - Work

    /// Writes and answers what is there.
    ///
    /// - Returns: when to come back, if something could not be done or would have taken too long.
    func work() -> TimeAmount? {
        defer { status.tasks = writes.reduce(loads.count) { $0 + $1.batches.count } }
        let now = NIODeadline.now()
        if failure != nil, now < retryAt { return retryAt - now }
        if let pause = write() { return pause }
        if let pause = read() { return pause }
        do throws(StorageFailure) { try database.checkpointIfDue() } catch { event(.failed(error)) }
        if bytesUnseen > Self.bytesBetweenLooks { look() }
        return nil
    }

    /// Answers questions, for a while: who waits for a write must not wait for all who read.
    ///
    /// - Returns: when to go on, if there are more or if reading has failed.
    private func read() -> TimeAmount? {
        let end = NIODeadline.now() + Self.readingTime
        for _ in 0..<loads.count {
            if NIODeadline.now() > end { return .nanoseconds(0) }
            guard let (shard, question, answer) = loads.popFirst() else { break }
            // What is asked for may stand in a batch that waits for those of other shards.
            guard writes[shard.rawValue].batches.isEmpty else {
                loads.append((shard, question, answer))
                continue
            }
            do throws(StorageFailure) { try load(shard, question, answer) } catch {
                // What cannot be read now is not lost: it is asked for again until it can.
                if !isReadFailing { event(.failed(error)) }
                isReadFailing = true
                loads.prepend((shard, question, answer))
                return Self.firstPause
            }
            isReadFailing = false
        }
        return nil
    }

    /// Writes all batches that may be written, together. Returns how long to wait if that has failed.
    private func write() -> TimeAmount? {
        let counts = order.writable(writes.map(\.batches))
        guard counts.contains(where: { $0 > 0 }) else { return nil }
        let some = zip(writes, counts).flatMap { $0.batches.prefix($1) }
        if some.contains(where: { !$0.isEmpty }) {
            let figures: StorageFigures
            do throws(StorageFailure) { figures = try database.write(some) } catch { return failed(error) }
            status.rowsWritten += figures.rows
            status.bytesWritten += figures.bytes
            bytesUnseen += figures.bytes
            status.rows = database.rows
            lastStamp = .now()
        }
        for (number, count) in counts.enumerated() {
            for batch in writes[number].batches.prefix(count) { order.wasWritten(batch, of: ShardIndex(number)) }
            guard count > 0, let answer = writes[number].answer else { continue }
            // The last batch says that all before it are safe.
            let last = writes[number].batches[count - 1].number
            writes[number].batches.removeFirst(count)
            answer(ShardIndex(number)) { $0.batchCommitted(last, now: Self.now()) }
        }
        if let failure {
            self.failure = nil
            showHealth()
            event(.writesAgain(seconds: Double((NIODeadline.now() - failure.since).nanoseconds) / 1e9))
        }
        return nil
    }

    private func failed(_ error: StorageFailure) -> TimeAmount {
        status.writeFailures += 1
        status.isWriting = false
        let before = failure ?? (since: .now(), pause: Self.firstPause)
        if failure == nil { event(.writeFailed(error)) }
        let pause = before.pause
        retryAt = .now() + pause
        failure = (before.since, min(pause * 2, Self.longestPause))
        tell()
        return pause
    }

    /// Tells those who have waited for long that it fails.
    private func tell() {
        guard let failure, NIODeadline.now() - failure.since > Self.patience else { return }
        for (number, (_, answer)) in writes.enumerated() {
            answer?(ShardIndex(number)) { shard in
                shard.storageDelayed(by: Int(Self.patience.nanoseconds), now: Self.now())
            }
        }
    }

    private func load(
        _ shard: ShardIndex, _ question: LoadQuestion, _ answer: StorageThread.Answer
    ) throws(StorageFailure) {
        let loaded = try database.load(question)
        status.damagedRecords = status.recovery.faults.count + database.loadFaults.count
        answer(shard) { $0.messagesLoaded(question.request, loaded, now: Self.now()) }
    }

    private static func now() -> Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    // MARK: - Upkeep

    private var isIdle: Bool { writes.allSatisfy(\.batches.isEmpty) }

    /// Pages that are given back in one go: some milliseconds.
    private static let pagesAtOnce = 256

    /// To be called every second.
    func upkeep(now: Instant) {
        look()
        lookForFile()
        do throws(StorageFailure) {
            if NIODeadline.now() - lastStamp > Self.stampInterval, failure == nil, isIdle {
                var batch = StorageBatch(number: 0)
                batch.stamp = database.clock.stamp(of: now)
                _ = try database.write([batch])
                lastStamp = .now()
            }
            if status.space.unusedBytes > max(16 << 20, status.space.fileBytes / 4), isIdle {
                _ = try database.reclaim(pages: Self.pagesAtOnce)
            }
        } catch {
            event(.failed(error))
        }
    }

    /// Makes safe what was written since the last time.
    func sync() {
        do throws(StorageFailure) {
            try database.sync()
            isSyncFailing = false
        } catch {
            status.writeFailures += 1
            if !isSyncFailing { event(.failed(error)) }
            isSyncFailing = true
        }
        showHealth()
    }

    private func showHealth() { status.isWriting = failure == nil && !isSyncFailing && !isMisplaced }

    /// Somebody may have removed the file, which is written on all the same, or put another one in its place.
    private func lookForFile() {
        let isMisplaced = !database.isInPlace
        guard isMisplaced != self.isMisplaced else { return }
        self.isMisplaced = isMisplaced
        if isMisplaced {
            event(
                .failed(
                    .inputOutput(
                        path: database.directory,
                        reason: "the database was removed or replaced while it is in use: what is kept will be lost")))
        }
        showHealth()
    }

    /// Looks at the space that there is.
    private func look() {
        bytesUnseen = 0
        do throws(StorageFailure) {
            status.space = try database.space()
            // The log is written over and over; only where room is short is it worth making small.
            if limits.isReached(status.space, wasReached: status.isFull), status.space.logBytes > 0 {
                try database.emptyLog()
                status.space = try database.space()
            }
        } catch {
            return event(.failed(error))
        }
        let isReached = limits.isReached(status.space, wasReached: status.isFull)
        guard isReached != status.isFull else { return }
        status.isFull = isReached
        isFull(isReached)
        event(.fullnessChanged(isFull: isReached, status.space))
    }

    // MARK: - Backup and end

    func beginBackup(to path: String) throws(StorageFailure) {
        if backup != nil { throw .inputOutput(path: path, reason: "another backup is being made") }
        backup = try database.backup(to: path)
    }

    /// Copies some pages. Returns whether the backup is complete.
    func stepBackup() throws(StorageFailure) -> Bool {
        guard let backup else { return true }
        do throws(StorageFailure) {
            let isDone = try backup.step(pages: Self.pagesAtOnce)
            if isDone { self.backup = nil }
            return isDone
        } catch {
            self.backup = nil
            throw error
        }
    }

    func close() throws(StorageFailure) {
        backup = nil
        _ = work()
        try database.close()
    }
}
