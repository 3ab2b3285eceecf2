package import Introspection
import Synchronization

/// Hands what has happened to those who watch. Nobody is waited for: what a slow watcher has no room for is counted.
package final class EventHub: Sendable {
    /// Events that wait for one watcher at most.
    static let capacity = 1_000
    /// Bytes of texts in those at most.
    static let maximumBytes = 1 << 20
    /// Watchers at once at most, of all doors together.
    static let maximumWatchers = 64

    private struct Watcher {
        let kinds: Set<BrokerEvent.Kind>
        var events: [BrokerEvent] = []
        var bytes = 0
        var skipped = 0
        var waiting: CheckedContinuation<Void, Never>?
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())
    private let watchedKinds = Atomic<UInt32>(0)

    /// Nobody watches yet.
    package init() {}

    /// Whether somebody watches events of this kind: looked at before an event is made. Never waits.
    package func isWatched(_ kind: BrokerEvent.Kind) -> Bool {
        watchedKinds.load(ordering: .relaxed) & Self.bit(kind) != 0
    }

    /// Hands an event to those who watch its kind. Takes a lock for a moment; may be called on an event loop.
    package func publish(_ event: BrokerEvent) {
        guard isWatched(event.kind) else { return }
        let size = event.details.values.reduce(0) { $0 + ($1.string?.utf8.count ?? 0) }
        let continuations = state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            for number in state.watchers.keys where state.watchers[number]?.kinds.contains(event.kind) == true {
                let (count, bytes) = (state.watchers[number]?.events.count ?? 0, state.watchers[number]?.bytes ?? 0)
                if count < Self.capacity, bytes + size <= Self.maximumBytes {
                    state.watchers[number]?.events.append(event)
                    state.watchers[number]?.bytes += size
                } else {
                    state.watchers[number]?.skipped += 1
                }
                if let waiting = state.watchers[number]?.waiting {
                    woken.append(waiting)
                    state.watchers[number]?.waiting = nil
                }
            }
            return woken
        }
        for continuation in continuations { continuation.resume() }
    }

    /// Begins to watch; nil if there are too many watchers.
    func watch(_ kinds: Set<BrokerEvent.Kind>) -> EventWatch? {
        let number: Int? = state.withLock { state in
            guard state.watchers.count < Self.maximumWatchers else { return nil }
            state.nextNumber += 1
            state.watchers[state.nextNumber] = Watcher(kinds: kinds)
            noteKinds(state)
            return state.nextNumber
        }
        return number.map { EventWatch(self, $0) }
    }

    fileprivate func end(_ number: Int) {
        let waiting = state.withLock { state in
            defer { noteKinds(state) }
            return state.watchers.removeValue(forKey: number)?.waiting
        }
        waiting?.resume()
    }

    private func noteKinds(_ state: borrowing State) {
        let all = state.watchers.values.reduce(into: Set<BrokerEvent.Kind>()) { $0.formUnion($1.kinds) }
        watchedKinds.store(all.reduce(0) { $0 | Self.bit($1) }, ordering: .relaxed)
    }

    private static func bit(_ kind: BrokerEvent.Kind) -> UInt32 {
        1 << UInt32(BrokerEvent.Kind.allCases.firstIndex(of: kind) ?? 31)
    }

    /// Waits until there is something to take, or until the task is cancelled.
    fileprivate func wait(_ number: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    guard let watcher = state.watchers[number], watcher.events.isEmpty, watcher.skipped == 0,
                        !Task.isCancelled
                    else { return true }
                    state.watchers[number]?.waiting = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.watchers[number]?.waiting = nil }
                return state.watchers[number]?.waiting
            }
            waiting?.resume()
        }
    }

    fileprivate func take(_ number: Int) -> (events: [BrokerEvent], skipped: Int) {
        state.withLock { state in
            defer {
                state.watchers[number]?.events = []
                state.watchers[number]?.bytes = 0
                state.watchers[number]?.skipped = 0
            }
            return (state.watchers[number]?.events ?? [], state.watchers[number]?.skipped ?? 0)
        }
    }
}

/// One who watches; ends with this object.
final class EventWatch: Sendable {
    private let hub: EventHub
    private let number: Int

    fileprivate init(_ hub: EventHub, _ number: Int) {
        self.hub = hub
        self.number = number
    }

    deinit { hub.end(number) }

    /// Waits until there is something to take, or until the task is cancelled. One task at a time.
    func wait() async { await hub.wait(number) }

    /// What has come since the last time.
    func take() -> (events: [BrokerEvent], skipped: Int) { hub.take(number) }
}
