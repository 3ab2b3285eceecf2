/// Where and whether the monitoring endpoints listen.
package struct MonitoringHTTPConfiguration: Sendable, Hashable {
    package var isEnabled: Bool
    /// A numeric address, IPv4 or IPv6, or a host name of this machine.
    package var bindAddress: String
    /// 0 lets the system choose (tests do).
    package var port: Int
    /// Where the metrics are, beginning with a slash. The other paths are fixed.
    package var path: String
    /// Whether an operator chose the address: then the broker does not start without it. A default that cannot be had
    /// is only a warning.
    package var isConfigured: Bool

    /// Everything at its default: loopback only, since the endpoints ask for no credentials.
    package init(
        isEnabled: Bool = true, bindAddress: String = "127.0.0.1", port: Int = 9399, path: String = "/metrics",
        isConfigured: Bool = false
    ) {
        self.isEnabled = isEnabled
        self.bindAddress = bindAddress
        self.port = port
        self.path = path
        self.isConfigured = isConfigured
    }
}
