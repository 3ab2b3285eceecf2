import Synchronization
import Testing

@testable import Monitoring

@Suite("Turns")
struct TurnsTests {
    private final class Watch: Sendable {
        let state = Mutex((inside: 0, most: 0, done: 0))
    }

    @Test("No more than so many have their turn at a time, and everybody gets one", arguments: [1, 3])
    func bounded(count: Int) async {
        let turns = Turns(count)
        let watch = Watch()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await turns.take()
                    watch.state.withLock {
                        $0.inside += 1
                        $0.most = max($0.most, $0.inside)
                    }
                    await Task.yield()
                    watch.state.withLock {
                        $0.inside -= 1
                        $0.done += 1
                    }
                    turns.give()
                }
            }
        }
        #expect(watch.state.withLock { $0.most } <= count)
        #expect(watch.state.withLock { $0.done } == 50)
    }
}
