/// Who may speak the PROXY protocol (haproxy.org's `proxy-protocol.txt`) on a listener.
package struct ProxyProtocolConfiguration: Sendable, Hashable {
    /// Proxies come from these networks; whoever else connects is refused.
    package var trustedSources: [NetworkRange]

    /// Networks to trust.
    package init(trustedSources: [NetworkRange]) { self.trustedSources = trustedSources }
}
