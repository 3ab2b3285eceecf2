package import BrokerValues
package import NIOHTTP1

/// Judges the request that opens a WebSocket connection (RFC 6455 section 4.2.1).
package struct WebSocketRequest: Sendable {
    private let head: HTTPRequestHead

    /// A request whose head has come.
    package init(_ head: HTTPRequestHead) { self.head = head }

    /// The subprotocol to speak: the first that the client offers and the listener knows [MQTT5-6.0.0-4].
    ///
    /// - Throws: why the connection is not upgraded.
    package func subprotocol(_ configuration: WebSocketConfiguration) throws(WebSocketRefusal) -> String {
        guard head.version == .http1_1, head.headers["host"].count == 1, !hasBody else { throw .badRequest }
        guard path == configuration.path else { throw .wrongPath }
        guard head.method == .GET else { throw .wrongMethod }
        guard has("upgrade", "websocket"), has("connection", "upgrade"),
            head.headers["sec-websocket-version"] == ["13"]
        else { throw .notWebSocket }
        guard hasKey else { throw .badRequest }
        let offered = words("sec-websocket-protocol")
        guard let chosen = offered.first(where: { configuration.subprotocols.contains(String($0)) }) else {
            throw .subprotocol  // [MQTT5-6.0.0-3]
        }
        return String(chosen)
    }

    private var path: Substring { head.uri.prefix { $0 != "?" } }

    private var hasBody: Bool {
        head.headers.contains(name: "transfer-encoding")
            || head.headers["content-length"].contains { $0 != "0" }
    }

    /// 16 bytes in base64, once.
    private var hasKey: Bool {
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, keys[0].utf8.count == 24, keys[0].hasSuffix("==") else { return false }
        return keys[0].utf8.dropLast(2).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    private func has(_ name: String, _ word: String) -> Bool {
        words(name).contains { $0.lowercased() == word }
    }

    /// The members of a header that is a list, however many lines it stands in.
    private func words(_ name: String) -> [Substring] { head.headers[canonicalForm: name] }
}
