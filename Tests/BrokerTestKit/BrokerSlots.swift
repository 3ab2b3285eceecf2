import Synchronization

/// Lets only some brokers run at a time, whatever number of tests the runner starts at once: each has threads and
/// sockets, and with hundreds of them on a small machine every answer would take long.
final class BrokerSlots: Sendable {
    static let shared = BrokerSlots(count: 12)

    private struct State {
        var free: Int
        /// Those who wait, the first at the front.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(free: count)) }

    func acquire() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
