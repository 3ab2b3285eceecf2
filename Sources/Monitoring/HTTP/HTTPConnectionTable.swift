import NIOCore

/// The connections of one server; lives on the server's event loop.
final class HTTPConnectionTable {
    private let limits: HTTPLimits
    private var guards: [ObjectIdentifier: HTTPConnectionGuard] = [:]
    private var isShutDown = false
    private var whenEmpty: EventLoopPromise<Void>?

    init(limits: HTTPLimits) { self.limits = limits }

    /// Makes room for one more connection and returns its guard; nil if there is no room. Looks at every connection,
    /// of which there are at most as many as the limit says, and only when it is reached.
    func admit() -> HTTPConnectionGuard? {
        guard !isShutDown else { return nil }
        if guards.count >= limits.connections {
            let longest = guards.values.filter(\.waitsForClient).min { $0.waitingSince < $1.waitingSince }
            guard let longest else { return nil }
            guards[ObjectIdentifier(longest)] = nil
            longest.close()
        }
        let newcomer = HTTPConnectionGuard(limits: limits) { [weak self] gone in self?.remove(gone) }
        guards[ObjectIdentifier(newcomer)] = newcomer
        return newcomer
    }

    /// Closes what rests, lets what is under way end, and admits nobody any more. The promise is kept when no connection
    /// is left.
    func beginShutdown(whenEmpty promise: EventLoopPromise<Void>) {
        isShutDown = true
        whenEmpty = promise
        for connection in Array(guards.values) { connection.beginShutdown() }
        keepPromiseIfEmpty()
    }

    /// Closes everything.
    func closeAll() {
        for connection in Array(guards.values) { connection.close() }
        guards.removeAll()
        keepPromiseIfEmpty()
    }

    private func remove(_ gone: HTTPConnectionGuard) {
        guards[ObjectIdentifier(gone)] = nil
        keepPromiseIfEmpty()
    }

    private func keepPromiseIfEmpty() {
        guard guards.isEmpty, let promise = whenEmpty else { return }
        whenEmpty = nil
        promise.succeed()
    }
}
