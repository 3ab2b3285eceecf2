/// Why a connection to a WebSocket listener was refused or ended, in the spelling of logs and metrics.
package enum WebSocketRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// What came is no HTTP/1.1, or a request without what every handshake has (RFC 6455 section 4.1).
    case badRequest = "bad_request"
    /// The head of the request is longer than what is taken.
    case headTooLarge = "head_too_large"
    /// A path that is not served.
    case wrongPath = "wrong_path"
    /// A method other than GET.
    case wrongMethod = "wrong_method"
    /// A plain HTTP request, or a version of WebSocket that is not 13.
    case notWebSocket = "not_websocket"
    /// None of the subprotocols offered is MQTT [MQTT5-6.0.0-3].
    case subprotocol
    /// It ended, or its time was over, before the request was whole.
    case incomplete
    /// A frame that is not masked (RFC 6455 section 5.1).
    case unmasked
    /// A text message [MQTT5-6.0.0-1].
    case text
    /// A frame that is longer than what is taken.
    case frameTooLarge = "frame_too_large"
    /// A frame that breaks another rule of RFC 6455.
    case malformedFrame = "malformed_frame"

    /// The status code that a Close frame says it with (RFC 6455 section 7.4.1).
    package var closeCode: UInt16 {
        switch self {
        case .text: 1003
        case .frameTooLarge: 1009
        case .unmasked, .malformedFrame, .badRequest, .headTooLarge, .wrongPath, .wrongMethod, .notWebSocket,
            .subprotocol, .incomplete:
            1002
        }
    }
}
