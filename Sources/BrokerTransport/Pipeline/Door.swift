package import BrokerValues
import Logging

/// What all connections of one listener share.
package final class Door: Sendable {
    package let listener: ListenerConfiguration
    /// Nil for a listener without TLS.
    package let tls: TLSDoor?
    let handshakes = HandshakeCounters()
    let logger: Logger
    /// Who was turned away by the PROXY protocol or by WebSocket.
    package let report: DoorReport
    /// Whether bytes of the socket are those of MQTT, so that nothing stands between the two.
    let isPlain: Bool

    init(_ listener: ListenerConfiguration, logger: Logger) {
        self.listener = listener
        self.logger = logger
        report = DoorReport(listener.identity, logger: logger)
        isPlain = listener.transport == .tcp && listener.tls == nil && listener.proxyProtocol == nil
        tls = listener.tls.map { [handshakes] in TLSDoor($0, listener, handshakes: handshakes, logger: logger) }
    }

    /// How many handshakes have ended so.
    package func handshakes(_ outcome: HandshakeOutcome) -> Int { handshakes[outcome] }
}
