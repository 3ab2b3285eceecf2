import Glibc

/// An address and a port, resolved.
struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    let family: Int32
    /// The bytes of a `sockaddr_in` or `sockaddr_in6`.
    let address: [UInt8]
    let description: String

    /// Looks a name up; the first address of it is taken.
    static func resolve(host: String, port: UInt16) throws(BenchError) -> Endpoint {
        // Safe: the list is freed below, and what is used of it is copied before.
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &list)
        defer { if unsafe list != nil { unsafe freeaddrinfo(list) } }
        guard status == 0, let first = unsafe list?.pointee, let address = unsafe first.ai_addr else {
            let reason = unsafe gai_strerror(status).map { unsafe String(cString: $0) } ?? "unknown"
            throw BenchError(.unavailable, "The address '\(host)' cannot be resolved: \(reason)")
        }
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
        return unsafe Endpoint(family: first.ai_family, address: bytes, description: "\(host):\(port)")
    }

    /// Runs `body` with the address as the calls of sockets take it.
    func withAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R? {
        // Safe: the array lives for the call, and holds what getaddrinfo made.
        unsafe address.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return nil }
            return unsafe body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
        }
    }

    /// Whether this is an address 127.x.y.z, of which a machine has as many as it needs.
    var isLoopback4: Bool { family == AF_INET && address.count > 4 && address[4] == 127 }

    /// Connections from one source address to one target: the ephemeral ports are 28,232 by default, and some of them
    /// still wait from an earlier run.
    static let connectionsOfOneSource = 10_000

    /// Source addresses for `count` connections: those that are named, else for a target on the loopback as many as are
    /// needed, else none (the system chooses).
    static func sources(
        named: [String], for count: Int, to target: Endpoint
    ) throws(BenchError) -> [Endpoint] {
        var names = named
        if names.isEmpty, target.isLoopback4, count > connectionsOfOneSource {
            names = (1...((count - 1) / connectionsOfOneSource + 1)).map { "127.0.0.\($0)" }
        }
        var result: [Endpoint] = []
        for name in names { result.append(try resolve(host: name, port: 0)) }
        return result
    }
}
