import NIOCore

/// Addresses as people write them: those of IPv6 in brackets.
enum EndpointText {
    /// Such as `127.0.0.1` or `[::1]`.
    static func of(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// Such as `127.0.0.1:1883` or `[::1]:1883`.
    static func of(_ host: String, _ port: Int) -> String { "\(of(host)):\(port)" }

    /// Nil for what is no address of the internet.
    static func of(_ address: SocketAddress) -> String? {
        guard let host = address.ipAddress, let port = address.port else { return nil }
        return of(host, port)
    }
}
