package import BrokerValues

/// One address to listen on.
package struct ListenerConfiguration: Sendable, Hashable {
    /// The name that logs and metrics use; unique among the listeners.
    package var identity: ListenerIdentity
    /// A numeric address or a host name of this machine.
    package var bindAddress: String
    /// 0 lets the system choose (tests do).
    package var port: Int
    /// Whether clients may come without credentials. An authority may still refuse them.
    package var anonymous: Bool
    /// Whether the broker starts without it where this machine has no such address: a host without IPv6 has no ::1.
    package var isOptional: Bool = false
    /// The rate at which clients are let in; nil for as many as come.
    package var connectRate: ConnectRate?
    /// How MQTT's bytes come.
    package var transport: ListenerTransport = .tcp
    /// What TLS needs to know; nil for a listener in clear text.
    package var tls: TLSListenerConfiguration?
    /// Who may say for whom it speaks, by the PROXY protocol; nil where that is not spoken.
    package var proxyProtocol: ProxyProtocolConfiguration?

    /// An address with a name, in clear text.
    package init(
        identity: ListenerIdentity, bindAddress: String, port: Int, anonymous: Bool, isOptional: Bool = false
    ) {
        self.identity = identity
        self.bindAddress = bindAddress
        self.port = port
        self.anonymous = anonymous
        self.isOptional = isOptional
    }

    /// `tcp`, `tls`, `websocket` or `tls_websocket`: what metrics and managed beans call it.
    package var transportName: String {
        switch transport {
        case .tcp: tls == nil ? "tcp" : "tls"
        case .webSocket: tls == nil ? "websocket" : "tls_websocket"
        }
    }
}

/// How MQTT's bytes come.
package enum ListenerTransport: Sendable, Hashable {
    /// As they are.
    case tcp
    /// In the frames of a WebSocket.
    case webSocket(WebSocketConfiguration)
}
