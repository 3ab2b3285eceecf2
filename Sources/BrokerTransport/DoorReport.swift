package import BrokerValues
package import Logging
import NIOCore
import Synchronization

/// Counts and logs who was turned away by a listener in front of MQTT: PROXY protocol and WebSocket.
///
/// Anybody can come to a door, so what is logged is limited: ``linesPerPeriod`` lines in ``period``, and how many more
/// there were with the first line of the next period. The counters count all.
package final class DoorReport: Sendable {
    private static let linesPerPeriod = 10
    private static let period = TimeAmount.seconds(10)

    private struct State {
        var proxy: [ProxyRefusal: Int] = [:]
        var webSocket: [WebSocketRefusal: Int] = [:]
        var periodEnd = NIODeadline.uptimeNanoseconds(0)
        var lines = 0
        var leftOut = 0
    }

    private let state = Mutex(State())
    private let stopping = Atomic<Bool>(false)
    private let listener: ListenerIdentity
    private let logger: Logger

    /// Nothing counted yet.
    package init(_ listener: ListenerIdentity, logger: Logger) {
        self.listener = listener
        self.logger = logger
    }

    /// Whether the broker is shutting down, which is why it closes connections then.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// The broker shuts down from now on.
    package func stop() { stopping.store(true, ordering: .relaxed) }

    /// Connections closed for a cause.
    package func count(_ refusal: ProxyRefusal) -> Int { state.withLock { $0.proxy[refusal] ?? 0 } }

    /// Connections refused or ended for a cause.
    package func count(_ refusal: WebSocketRefusal) -> Int { state.withLock { $0.webSocket[refusal] ?? 0 } }

    func refused(_ refusal: ProxyRefusal, address: String) {
        let place = state.withLock { state in
            state.proxy[refusal, default: 0] += 1
            return Self.line(&state)
        }
        log(place, "the PROXY protocol", .proxyRefused, refusal.rawValue, address)
    }

    func refused(_ refusal: WebSocketRefusal, address: String) {
        let place = state.withLock { state in
            state.webSocket[refusal, default: 0] += 1
            return Self.line(&state)
        }
        log(place, "WebSocket", .webSocketRefused, refusal.rawValue, address)
    }

    /// Nil if there is no line for it; otherwise how many had none before.
    private static func line(_ state: inout State) -> Int? {
        let now = NIODeadline.now()
        if now >= state.periodEnd {
            state.periodEnd = now + period
            state.lines = 0
        }
        guard state.lines < linesPerPeriod else {
            state.leftOut += 1
            return nil
        }
        state.lines += 1
        defer { state.leftOut = 0 }
        return state.leftOut
    }

    private func log(
        _ place: Int?, _ door: String, _ kind: LogKind, _ reason: String, _ address: String
    ) {
        guard let leftOut = place else { return }
        var metadata: Logger.Metadata = [
            LogKind.field: "\(kind.rawValue)", "listener": "\(listener)", "address": "\(address)",
            "reason": "\(reason)",
        ]
        if leftOut > 0 { metadata["not-logged"] = "\(leftOut)" }
        logger.warning("A connection was refused by \(door)", metadata: metadata)
    }
}
