/// Why a connection whose CONNECT was accepted has ended.
///
/// A close is *graceful* only after a DISCONNECT from the client; everything else has its own case, so that an operator
/// can tell a crashed device from a kicked one.
package enum DisconnectCause: Sendable, Hashable {
    /// The client sent DISCONNECT; the code is 0 for MQTT 3.x.
    case clientDisconnected(reasonCode: UInt8)
    /// The peer closed its side without DISCONNECT (FIN).
    case peerClosed
    /// The socket failed (RST, timeout, any error of the operating system).
    case socketFailed
    /// No packet came for one and a half times the keep-alive interval [MQTT-3.1.2-24].
    case keepAliveExpired
    /// Another connection took the client identifier over [MQTT-3.1.4-2].
    case takenOver
    /// The client broke the protocol; the code is the one that MQTT 5 has for it.
    case protocolError(reasonCode: UInt8)
    /// The broker is shutting down.
    case serverShutdown
    /// An operator or a plugin ended the connection or its session.
    case administrative
    /// A limit of the broker ended the connection; the code is the one that MQTT 5 has for it.
    case limitExceeded(reasonCode: UInt8)
    /// The broker could not go on with this client (storage or authority failed); the code is the one that was sent.
    case serverFailed(reasonCode: UInt8)

    /// The cause in the spelling of logs and metrics.
    package var name: String {
        switch self {
        case .clientDisconnected: "client_disconnected"
        case .peerClosed: "peer_closed"
        case .socketFailed: "socket_failed"
        case .keepAliveExpired: "keep_alive"
        case .takenOver: "taken_over"
        case .protocolError: "protocol_error"
        case .serverShutdown: "server_shutdown"
        case .administrative: "kicked"
        case .limitExceeded: "limit_exceeded"
        case .serverFailed: "server_failed"
        }
    }

    /// The reason code that was sent or that came, where the cause has one.
    package var reasonCode: UInt8? {
        switch self {
        case .clientDisconnected(let code), .protocolError(let code), .limitExceeded(let code), .serverFailed(let code):
            code
        case .peerClosed, .socketFailed, .keepAliveExpired, .takenOver, .serverShutdown, .administrative: nil
        }
    }

    /// Whether the client said goodbye.
    package var isGraceful: Bool {
        switch self {
        case .clientDisconnected: true
        case .peerClosed, .socketFailed, .keepAliveExpired, .takenOver, .protocolError, .serverShutdown,
            .administrative, .limitExceeded, .serverFailed:
            false
        }
    }
}
