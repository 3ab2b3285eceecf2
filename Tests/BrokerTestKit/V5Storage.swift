package import BrokerCore
import BrokerTransport
package import BrokerValues
import NIOCore
import Synchronization

/// A storage that keeps nothing and, while it holds, lets the test decide when a commit is safe.
package final class ScriptedStorage: Sendable {
    private struct Commit: Sendable {
        let shard: ShardIndex
        let number: RequestNumber
    }

    private struct State {
        var isHolding = false
        var waiting: [Commit] = []
        var recordCount = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// The port for one shard.
    package func port(_ shard: ShardIndex) -> any StoragePort { Port(self, shard) }

    /// From now on commits stay pending (true) or are safe at once (false).
    package var isHolding: Bool {
        get { state.withLock { $0.isHolding } }
        set { state.withLock { $0.isHolding = newValue } }
    }

    /// Commits that are pending.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Changes that were recorded.
    package var recordCount: Int { state.withLock { $0.recordCount } }

    /// Waits until so many commits are pending.
    package func waitForCommits(
        _ count: Int, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        try await waitUntil("\(count) commits", file, line) { waitingCount >= count }
    }

    /// Answers the pending commit at a position, the oldest being at 0.
    package func resolve(at position: Int = 0, isSafe: Bool = true, in broker: TestBroker) async throws {
        let commit = state.withLock { $0.waiting.remove(at: position) }
        let runner = broker.runners[commit.shard.rawValue]
        try await runner.eventLoop.submit {
            runner.shard.commitResolved(commit.number, isSafe: isSafe, now: ShardRunner.now())
        }.get()
    }

    /// Says that all pending commits are safe, the oldest first.
    package func resolveAll(in broker: TestBroker) async throws {
        while waitingCount > 0 { try await resolve(in: broker) }
    }

    private final class Port: StoragePort {
        let storage: ScriptedStorage
        let shard: ShardIndex

        init(_ storage: ScriptedStorage, _ shard: ShardIndex) {
            self.storage = storage
            self.shard = shard
        }

        func record(_ record: StorageRecord) { storage.state.withLock { $0.recordCount += 1 } }

        func commit(_ request: RequestNumber) -> Answer<Bool> {
            storage.state.withLock { state in
                guard state.isHolding else { return .now(true) }
                state.waiting.append(Commit(shard: shard, number: request))
                return .pending
            }
        }
    }
}
