import BrokerValues
import NIOCore
import NIOHTTP1

/// What the server says to the request that opens a WebSocket connection, as bytes.
enum WebSocketAnswer {
    /// "Switching Protocols".
    ///
    /// - Parameter headers: those of RFC 6455 section 4.2.2, point 5.
    static func accept(_ headers: HTTPHeaders) -> ByteBuffer {
        var answer = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\n")
        for (name, value) in headers { answer.writeString("\(name): \(value)\r\n") }
        answer.writeString("\r\n")
        return answer
    }

    /// A response that says why not, after which the connection is closed.
    static func refuse(_ refusal: WebSocketRefusal) -> ByteBuffer {
        let (status, headers, text) = words(refusal)
        return ByteBuffer(
            string: """
                HTTP/1.1 \(status)\r
                \(headers)Content-Type: text/plain; charset=utf-8\r
                Content-Length: \(text.utf8.count)\r
                Connection: close\r
                \r
                \(text)
                """)
    }

    private static func words(_ refusal: WebSocketRefusal) -> (status: String, headers: String, text: String) {
        switch refusal {
        case .wrongPath: ("404 Not Found", "", "Nothing is served at this path.\n")
        case .wrongMethod: ("405 Method Not Allowed", "Allow: GET\r\n", "Only GET.\n")
        case .notWebSocket:
            (
                "426 Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                "MQTT over WebSocket (RFC 6455) is spoken here.\n"
            )
        case .subprotocol:
            ("400 Bad Request", "", "The header Sec-WebSocket-Protocol has to offer mqtt.\n")
        case .headTooLarge: ("431 Request Header Fields Too Large", "", "The head of the request is too large.\n")
        case .badRequest, .incomplete, .unmasked, .text, .frameTooLarge, .malformedFrame:
            ("400 Bad Request", "", "This is no WebSocket handshake of RFC 6455.\n")
        }
    }
}
