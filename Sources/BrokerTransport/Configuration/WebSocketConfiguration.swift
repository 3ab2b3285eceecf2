/// What a listener for WebSockets needs to know (RFC 6455).
package struct WebSocketConfiguration: Sendable, Hashable {
    /// The path that a client asks for, such as `/mqtt`.
    package var path: String = "/mqtt"
    /// The subprotocols that are agreed on: the first that the client offers and that is one of them.
    package var subprotocols: [String] = ["mqttv3.1", "mqtt"]
    /// Whether extensions may be agreed on. None is known yet, so none ever is.
    package var allowsExtensions: Bool = false

    /// HiveMQ's defaults.
    package init() {}
}
