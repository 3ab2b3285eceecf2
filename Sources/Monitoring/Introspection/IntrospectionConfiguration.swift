/// Where and how the broker can be looked into.
package struct IntrospectionConfiguration: Sendable, Hashable {
    /// The sockets in the file system.
    package struct UnixPart: Sendable, Hashable {
        package var isEnabled = true
        /// Of the socket for operators; the one for readers stands beside it, see ``readerPath(beside:)``. Empty until
        /// somebody configures it or the environment is asked.
        package var path = ""
        /// Whether there is a socket for readers, whom nobody asks who they are.
        package var hasReaders = true

        /// `introspection.sock` becomes `introspection-ro.sock`.
        package static func readerPath(beside path: String) -> String {
            let suffix = ".sock"
            return path.hasSuffix(suffix) ? path.dropLast(suffix.count) + "-ro" + suffix : path + "-ro"
        }
    }

    /// The TCP port.
    package struct TCPPart: Sendable, Hashable {
        package var isEnabled = true
        package var bindAddress = "127.0.0.1"
        /// 0 lets the system choose (tests do).
        package var port = 8778
        /// Another name by which clients may call this machine; loopback names and the address itself are known.
        package var host = ""
        /// Empty: nobody is asked who they are, and then only metrics and sums over all clients are shown.
        package var user = ""
        package var password = ""
        /// Whether an operator chose address or port: then the broker does not start without them.
        package var isConfigured = false
    }

    package var unix = UnixPart()
    package var tcp = TCPPart()

    /// Everything at its default.
    package init() {}

    /// Where the socket for operators is when nobody configures it: in the first folder of systemd's
    /// `$RUNTIME_DIRECTORY`, or in `skep` below `$XDG_RUNTIME_DIR`, or in `/run/skep`.
    package static func standardPath(environment: [String: String]) -> String {
        let name = "introspection.sock"
        if let folders = environment["RUNTIME_DIRECTORY"], let first = folders.split(separator: ":").first {
            return "\(first)/\(name)"
        }
        if let folder = environment["XDG_RUNTIME_DIR"], !folder.isEmpty { return "\(folder)/skep/\(name)" }
        return "/run/skep/\(name)"
    }
}
