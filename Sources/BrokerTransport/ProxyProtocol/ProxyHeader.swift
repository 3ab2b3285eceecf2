package import BrokerValues

/// What a header of the PROXY protocol says, either version (haproxy.org, `proxy-protocol.txt`).
package struct ProxyHeader: Sendable, Hashable {
    /// The client and where it connected to.
    package struct Route: Sendable, Hashable {
        /// Such as `192.0.2.1:54321`, or `unix:/run/client`.
        package var source: String
        package var destination: String
    }

    /// Nil where the proxy speaks for itself (LOCAL) or does not know: then the connection's own addresses hold.
    package var route: Route?
    /// Whether the proxy speaks for itself, such as to see whether the broker is there.
    package var isLocal = false
    /// The fields of version 2, as they came.
    package var fields: [ProxyOrigin.Field] = []
    /// The version of TLS between client and proxy.
    package var tlsVersion: String?
    /// The common name of the client's certificate, if the proxy has verified it.
    package var commonName: String?

    /// What the broker is to take for the origin of the connection.
    ///
    /// - Parameter peer: the address that the socket has: the proxy's.
    package func origin(peer: String) -> ConnectionOrigin {
        guard !isLocal else { return ConnectionOrigin(address: peer) }
        var proxy = ProxyOrigin(proxyAddress: peer)
        proxy.destination = route?.destination
        proxy.tlsVersion = tlsVersion
        proxy.commonName = commonName
        proxy.fields = fields
        var origin = ConnectionOrigin(address: route?.source ?? peer)
        origin.proxy = proxy
        return origin
    }
}
