import BrokerCore
package import BrokerTransport
import BrokerValues
package import Introspection
import Monitoring
import NIOCore

/// Answers questions about single clients and messages, and does to them what operators want.
///
/// Each shard is asked in steps, one after the other. A step is one task on the shard's event loop, so other work runs
/// between two steps, and it looks at so little that it takes well below two milliseconds. A loop that has been stopped
/// answers as if it had nothing.
package struct BrokerInspector: Sendable {
    /// What one step looks at, or builds, at most.
    enum Step {
        static let slots = 256
        /// Finding the place of each in the order costs more than looking at it.
        static let orderedSlots = 128
        static let snapshots = 64
        static let subscriptions = 256
        static let subscribers = 512
        static let retained = 512
        static let deletions = 64
    }

    let runners: [ShardRunner]
    private let watch = StepWatch()
    /// One for each event loop.
    private let turns: [Turns]
    /// A loop rests from questions for so many times as long as a step took, so that many who ask at once take no more
    /// than a fifth of its time.
    private static let restFactor = 4

    /// - Parameter runners: of all shards of one broker, by their number.
    package init(_ runners: [ShardRunner]) {
        self.runners = runners
        turns = runners.map { _ in Turns(1) }
    }

    /// Nanoseconds of the longest step so far.
    package var longestStep: Int { watch.longestStep }

    /// Lets a shard do a step; nil if its loop has been stopped.
    func step<Value: Sendable>(
        _ runner: ShardRunner, _ body: @escaping @Sendable (Shard) -> Value
    ) async -> Value? {
        let turn = runners.firstIndex { $0 === runner }.map { turns[$0] }
        await turn?.take()
        defer { turn?.give() }
        let answer = await runner.ask { [watch] shard in
            let began = ShardRunner.now()
            let value = body(shard)
            let nanoseconds = ShardRunner.now().nanoseconds(since: began)
            watch.note(nanoseconds)
            return (value: value, nanoseconds: nanoseconds)
        }
        guard let answer else { return nil }
        try? await Task.sleep(for: .nanoseconds(answer.nanoseconds * Self.restFactor))
        return answer.value
    }

    /// Throws if whoever asked does not wait for the answer any more.
    func checkWanted() throws(QueryFailure) {
        if Task.isCancelled { throw QueryFailure("the question was withdrawn") }
    }

    func check(limit: Int) throws(QueryFailure) {
        guard (1...ClientQuery.maximumLimit).contains(limit) else {
            throw QueryFailure("the limit is 1 to \(ClientQuery.maximumLimit), not \(limit)")
        }
    }

    // MARK: - Memory

    /// What is kept in memory, summed over all event loops.
    package func heapSummary() async -> [HeapPart] {
        var sum: [HeapPart] = []
        for runner in runners {
            guard let parts = await step(runner, { $0.heapSummary() }) else { continue }
            if sum.isEmpty {
                sum = parts
                continue
            }
            for (position, part) in zip(sum.indices, parts) {
                sum[position].count += part.count
                if let bytes = part.bytes { sum[position].bytes = (sum[position].bytes ?? 0) + bytes }
            }
        }
        return sum
    }
}
