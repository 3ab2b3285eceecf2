import BrokerValues

/// What the stages before MQTT have found out about a connection.
struct ConnectionFacts {
    /// The client's own address and port, where that is not the socket's: a proxy that is trusted has said it.
    var address: String?
    /// What that proxy says.
    var proxy: ProxyOrigin?
    /// What TLS has found out.
    var security: TransportSecurity?

    var isEmpty: Bool { address == nil && proxy == nil && security == nil }
}
