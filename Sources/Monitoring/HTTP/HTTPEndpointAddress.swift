/// Where an HTTP server listens.
package enum HTTPEndpointAddress: Sendable, Hashable, CustomStringConvertible {
    /// A numeric address, with or without the brackets of an IPv6 address, or a host name; port 0 lets the system
    /// choose.
    case internet(host: String, port: Int)
    /// A socket in the file system with the permissions of `mode`. It belongs to `group` where there is one and the
    /// process may give it away. What an ended process has left at the path is removed.
    case unix(path: String, mode: UInt32, group: String?)

    /// `127.0.0.1:9399`, `[::1]:9399`, `/run/skep/introspection.sock`.
    package var description: String {
        switch self {
        case .internet(let host, let port):
            host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path, _, _): path
        }
    }
}

/// Why an HTTP server cannot listen.
package struct HTTPBindFailure: Error, Hashable, CustomStringConvertible {
    package let address: HTTPEndpointAddress
    /// What the system said.
    package let cause: String

    package var description: String { "nothing can be served over HTTP on \(address): \(cause)" }
}
