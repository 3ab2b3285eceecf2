import BrokerValues
import Synchronization

/// Slows logins from addresses of which many have failed lately.
///
/// An address has a number of failures for nothing; after each further one its next login waits, twice as long as the
/// last, up to a limit. A success does not reset the count: who knows one password must not get to try others for it. It
/// is forgotten a minute after the last failure. Where too many wait already, a login is refused unseen.
final class LoginBrake: Sendable {
    enum Decision: Sendable, Equatable {
        case go
        case wait(milliseconds: Int64)
        case refuse
    }

    private struct Record {
        var failures = 0
        var lastFailure: Int64
        /// When the next one of those that wait may go.
        var nextTurn: Int64 = 0
        var waiting = 0
    }

    private struct State {
        var records: [Substring: Record] = [:]
        var waiting = 0
        var delayed = 0
        var refused = 0
    }

    /// Addresses that are remembered.
    static let maximumAddresses = 10_000
    /// Logins that may wait, of one address and of all.
    static let maximumWaitingOfOne = 100
    static let maximumWaiting = 5_000
    /// Milliseconds after which an address is forgotten.
    static let memory: Int64 = 60_000
    /// Milliseconds that the first that is slowed waits.
    private static let firstDelay: Int64 = 100

    private let freeFailures: Int
    private let maximumDelay: Int64
    private let state = Mutex(State())

    init(_ limits: PluginLimits) {
        freeFailures = limits.freeLoginFailures
        maximumDelay = limits.maximumLoginDelayMilliseconds
    }

    /// Logins that had to wait, and those that were refused unseen.
    var totals: (delayed: Int, refused: Int) { state.withLock { ($0.delayed, $0.refused) } }

    /// Addresses that are remembered now.
    var addressCount: Int { state.withLock { $0.records.count } }

    /// A login begins. After ``Decision/wait(milliseconds:)`` and the wait ``waited(_:)`` is to be called.
    ///
    /// - Parameter now: milliseconds of a clock that does not step.
    func begins(from host: Substring, at now: Int64) -> Decision {
        state.withLock { state in
            guard var record = state.records[host] else { return .go }
            if now - record.lastFailure > Self.memory, record.waiting == 0 {
                state.records[host] = nil
                return .go
            }
            let delay = delay(after: record.failures)
            if delay == 0 { return .go }
            guard record.waiting < Self.maximumWaitingOfOne, state.waiting < Self.maximumWaiting else {
                state.refused += 1
                return .refuse
            }
            // One after the other, so that a thousand at once are not all tried when the first may be.
            let turn = max(now, record.nextTurn) + delay
            guard turn - now <= maximumDelay * 2 else {
                state.refused += 1
                return .refuse
            }
            record.nextTurn = turn
            record.waiting += 1
            state.waiting += 1
            state.delayed += 1
            state.records[host] = record
            return .wait(milliseconds: turn - now)
        }
    }

    /// A login has had its wait.
    func waited(_ host: Substring) {
        state.withLock { state in
            state.waiting -= 1
            state.records[host]?.waiting -= 1
        }
    }

    /// A login has failed.
    func failed(from host: Substring, at now: Int64) {
        state.withLock { state in
            if state.records[host] == nil, state.records.count >= Self.maximumAddresses { forget(&state, at: now) }
            var record = state.records[host] ?? Record(lastFailure: now)
            record.failures = min(record.failures + 1, 1_000)
            record.lastFailure = now
            state.records[host] = record
        }
    }

    private func delay(after failures: Int) -> Int64 {
        let slowed = failures - freeFailures
        if slowed < 0 || maximumDelay == 0 { return 0 }
        return min(maximumDelay, Self.firstDelay << Int64(min(slowed, 16)))
    }

    /// Makes room: those that are old, or else half of those that do not wait.
    private func forget(_ state: inout State, at now: Int64) {
        state.records = state.records.filter { now - $0.value.lastFailure <= Self.memory || $0.value.waiting > 0 }
        guard state.records.count >= Self.maximumAddresses else { return }
        let idle = state.records.filter { $0.value.waiting == 0 }.sorted { $0.value.lastFailure < $1.value.lastFailure }
        for (host, _) in idle.prefix(Self.maximumAddresses / 2) { state.records[host] = nil }
    }
}
