import PluginAPI
import Synchronization

/// A broker as plugins see it: clients that are only names, a log that is kept, work that is done at once.
final class FakeBroker: Sendable {
    struct State {
        var sessions: [SessionInformation] = []
        var disconnected: [String] = []
        var refreshes = 0
        var lines: [String] = []
        var blockingCalls = 0
        /// Calls for slow work fail as if too many waited.
        var isBusy = false
        /// Calls for slow work wait until ``FakeBroker/release()``.
        var holds = false
        var held: [CheckedContinuation<Void, Never>] = []
        /// Calls of services that are refused first, as by a rate limit.
        var refusals = 0
        var repeated: [@Sendable () async -> Void] = []
    }

    let state = Mutex(State())

    var services: PluginServices {
        PluginServices(
            clients: self, publisher: Unused(), retained: Unused(), subscriptions: Unused(), attributes: Unused(),
            connectionAttributes: Unused(), groups: Unused(), permissions: self, metrics: Unused(), log: self,
            scheduler: self, system: Unused())
    }

    var lines: [String] { state.withLock { $0.lines } }
    var disconnected: [String] { state.withLock { $0.disconnected } }
    var blockingCalls: Int { state.withLock { $0.blockingCalls } }

    func connect(_ identifier: String, userName: String?, address: String = "192.0.2.1:1000") {
        state.withLock { $0.sessions.append(Self.session(identifier, userName, address)) }
    }

    /// Lets go on what waits for slow work.
    func release() {
        let held = state.withLock { state in
            state.holds = false
            defer { state.held = [] }
            return state.held
        }
        for one in held { one.resume() }
    }

    /// Does once what plugins have asked to be done again and again.
    func repeatWork() async {
        for work in state.withLock({ $0.repeated }) { await work() }
    }

    static func session(_ identifier: String, _ userName: String?, _ address: String) -> SessionInformation {
        SessionInformation(
            identifier: identifier, isConnected: true, userName: userName, address: address, listener: "tcp",
            timeToLive: 0, queuedMessages: 0, inflightMessages: 0, subscriptionCount: 0, disconnectTimestamp: nil,
            restrictions: Restrictions())
    }

    fileprivate func admit() throws(PluginServiceError) {
        let isRefused = state.withLock { state in
            guard state.refusals > 0 else { return false }
            state.refusals -= 1
            return true
        }
        if isRefused { throw .rateLimitExceeded(retryAfterMilliseconds: 1) }
    }
}

extension FakeBroker: ClientService {
    private static let pageSize = 3

    func clients(connected: Bool?, after: String?) async throws(PluginServiceError) -> ClientPage {
        try admit()
        let all = state.withLock { $0.sessions.map(\.identifier) }
        let start = after.flatMap { Int($0) } ?? 0
        let end = min(start + Self.pageSize, all.count)
        return ClientPage(identifiers: Array(all[start..<end]), next: end < all.count ? "\(end)" : nil)
    }

    func isConnected(_ identifier: String) async throws(PluginServiceError) -> Bool { false }

    func session(of identifier: String) async throws(PluginServiceError) -> SessionInformation? {
        try admit()
        return state.withLock { state in state.sessions.first { $0.identifier == identifier } }
    }

    func disconnect(_ identifier: String, suppressesWill: Bool) async throws(PluginServiceError) -> Bool {
        try admit()
        state.withLock { $0.disconnected.append(identifier) }
        return true
    }

    func setTimeToLive(_ seconds: UInt32, of identifier: String) async throws(PluginServiceError) {}
    func timeToLive(of identifier: String) async throws(PluginServiceError) -> UInt32 { 0 }
    func invalidateSession(_ identifier: String) async throws(PluginServiceError) -> Bool { false }
    func setRestrictions(_ restrictions: Restrictions, of identifier: String) async throws(PluginServiceError) {}
}

extension FakeBroker: PermissionService, LogService, SchedulerService {
    func refresh() async throws(PluginServiceError) -> Int {
        try admit()
        state.withLock { $0.refreshes += 1 }
        return 1
    }

    func refresh(_ identifier: String) async throws(PluginServiceError) -> Bool { true }

    func log(_ level: PluginLogLevel, _ text: String) {
        state.withLock { $0.lines.append("\(level.rawValue): \(text)") }
    }
    var level: PluginLogLevel { .debug }
    func setLevel(_ level: PluginLogLevel) {}

    func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                state.blockingCalls += 1
                if state.holds { state.held.append(continuation) }
                return state.holds
            }
            if !isHeld { continuation.resume() }
        }
        let isBusy = state.withLock { $0.isBusy }
        if isBusy { throw PluginServiceError.limitExceeded("too much waits") }
        return try work()
    }

    func once(
        afterMilliseconds delay: Int64, _ work: @escaping @Sendable () async -> Void
    ) throws(PluginServiceError) {}

    func repeatedly(
        everyMilliseconds period: Int64, _ work: @escaping @Sendable () async -> Void
    ) throws(PluginServiceError) -> any ScheduledWork {
        state.withLock { $0.repeated.append(work) }
        return Unused()
    }
}
