/// Where an HTTP server listens.
package enum HTTPEndpointAddress: Sendable, Hashable, CustomStringConvertible {
    /// A numeric address, with or without the brackets of an IPv6 address, or a host name; port 0 lets the system
    /// choose.
    case internet(host: String, port: Int)

    /// `127.0.0.1:9399`, `[::1]:9399`.
    package var description: String {
        switch self {
        case .internet(let host, let port):
            host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

/// Why an HTTP server cannot listen.
package struct HTTPBindFailure: Error, Hashable, CustomStringConvertible {
    package let address: HTTPEndpointAddress
    /// What the system said.
    package let cause: String

    package var description: String { "the HTTP endpoints cannot listen on \(address): \(cause)" }
}
