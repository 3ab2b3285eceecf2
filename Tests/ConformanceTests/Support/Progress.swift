import BrokerTestKit
import Synchronization

/// How far one side of a test has come, for the other side.
final class Progress: Sendable {
    private let done = Atomic<Bool>(false)
    private let count = Atomic<Int>(0)

    var isDone: Bool { done.load(ordering: .acquiring) }

    func finish() { done.store(true, ordering: .releasing) }

    /// Messages that were taken.
    var taken: Int { count.load(ordering: .acquiring) }

    func take() { count.add(1, ordering: .acquiringAndReleasing) }
}

extension TestClient {
    /// Says DISCONNECT in the middle of a flow of messages and waits for the end, whatever comes before it.
    func disconnectAfterPublishes() async throws {
        send(.disconnect())
        while !isClosed { try await Task.sleep(for: .milliseconds(1)) }
    }
}
