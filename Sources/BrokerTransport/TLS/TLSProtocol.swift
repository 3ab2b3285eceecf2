/// A version of TLS. Older ones are broken (RFC 8996) and not spoken.
package enum TLSProtocol: String, Sendable, Hashable, CaseIterable {
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"
}
