import NIOCore
import PluginAPI
import Synchronization

/// The rate as one plugin meets it: a plugin that calls too often is named.
struct PluginRate: Sendable {
    let rate: ServiceRate
    let entry: PluginEntry

    /// One call.
    func take() throws(PluginServiceError) {
        do throws(PluginServiceError) {
            try rate.take()
        } catch {
            entry.throttled(second: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000))
            throw error
        }
    }
}

/// How many calls of services plugins may make: a bucket that holds the calls of a second and is full at the start.
final class ServiceRate: Sendable {
    private struct State {
        /// Calls a second; 0 for no limit.
        var rate: Int
        var tokens: Double
        var filledAt: UInt64
        var refused = 0
    }

    private let state: Mutex<State>

    init(callsPerSecond rate: Int, now: UInt64 = NIODeadline.now().uptimeNanoseconds) {
        state = Mutex(State(rate: rate, tokens: Double(rate), filledAt: now))
    }

    /// Calls that were refused.
    var refused: Int { state.withLock { $0.refused } }

    /// Another rate, from now on.
    func set(callsPerSecond rate: Int) {
        state.withLock { state in
            state.rate = rate
            state.tokens = min(state.tokens, Double(rate))
        }
    }

    /// One call.
    func take(now: UInt64 = NIODeadline.now().uptimeNanoseconds) throws(PluginServiceError) {
        let wait: Int64? = state.withLock { state in
            guard state.rate > 0 else { return nil }
            let seconds = Double(now - min(now, state.filledAt)) / 1e9
            state.tokens = min(Double(state.rate), state.tokens + seconds * Double(state.rate))
            state.filledAt = max(now, state.filledAt)
            if state.tokens >= 1 {
                state.tokens -= 1
                return nil
            }
            state.refused += 1
            return Int64(((1 - state.tokens) / Double(state.rate) * 1000).rounded(.up))
        }
        if let wait { throw .rateLimitExceeded(retryAfterMilliseconds: wait) }
    }
}
