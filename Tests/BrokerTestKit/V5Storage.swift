package import BrokerCore
import BrokerTransport
package import BrokerValues
import NIOCore
import NIOPosix
import Synchronization

/// A storage that keeps nothing and, while it holds, lets the test decide when a batch is safe.
package final class ScriptedStorage: Sendable {
    private struct Waiting: Sendable {
        let shard: ShardIndex
        let batch: UInt64
        let count: Int
    }

    private struct State {
        var isHolding = false
        var waiting: [Waiting] = []
        var changeCount = 0
        var runners: [ShardRunner] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The port for one shard.
    package func port(_ shard: ShardIndex) -> any StoragePort { Port(self, shard) }

    /// To be called before the first client comes.
    package func attach(to broker: TestBroker) { state.withLock { $0.runners = broker.runners } }

    /// From now on batches wait (true) or are safe at once (false).
    package var isHolding: Bool {
        get { state.withLock { $0.isHolding } }
        set { state.withLock { $0.isHolding = newValue } }
    }

    /// Batches that wait.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Changes in them.
    package var waitingChanges: Int { state.withLock { $0.waiting.reduce(0) { $0 + $1.count } } }

    /// Changes that were handed over.
    package var changeCount: Int { state.withLock { $0.changeCount } }

    /// Waits until so many batches wait.
    package func waitForBatches(
        _ count: Int = 1, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        try await waitUntil("\(count) batches", file, line) { waitingCount >= count }
    }

    /// Says that the oldest batch is safe, or that it cannot be written.
    package func resolve(isSafe: Bool = true, in broker: TestBroker) async throws {
        let batch = state.withLock { isSafe ? $0.waiting.removeFirst() : $0.waiting[0] }
        let runner = broker.runners[batch.shard.rawValue]
        try await runner.eventLoop.submit {
            if isSafe {
                runner.shard.batchCommitted(batch.batch, now: ShardRunner.now())
            } else {
                runner.shard.storageDelayed(by: 0, now: ShardRunner.now())
            }
        }.get()
    }

    /// Holds no more, and says that all is safe.
    package func release(in broker: TestBroker) async throws {
        isHolding = false
        while waitingCount > 0 { try await resolve(in: broker) }
    }

    private func submitted(_ batch: StorageBatch, by shard: ShardIndex) {
        let runner: ShardRunner? = state.withLock { state in
            state.changeCount += batch.count
            if state.isHolding {
                state.waiting.append(Waiting(shard: shard, batch: batch.number, count: batch.count))
                return nil
            }
            return shard.rawValue < state.runners.count ? state.runners[shard.rawValue] : nil
        }
        let number = batch.number
        runner?.eventLoop.execute { runner?.shard.batchCommitted(number, now: ShardRunner.now()) }
    }

    private final class Port: StoragePort {
        let storage: ScriptedStorage
        let shard: ShardIndex
        let clock = StorageClock(start: 1_000_000, at: Instant(milliseconds: 0))
        let firstSequence: UInt64 = 1

        init(_ storage: ScriptedStorage, _ shard: ShardIndex) {
            self.storage = storage
            self.shard = shard
        }

        func submit(_ batch: StorageBatch) { storage.submitted(batch, by: shard) }

        /// Nothing is kept, so nothing can be read.
        func load(_ question: LoadQuestion) {
            let runner = storage.state.withLock { $0.runners[shard.rawValue] }
            runner.eventLoop.execute {
                runner.shard.messagesLoaded(question.request, [], now: ShardRunner.now())
            }
        }
    }
}
