/// How a TLS handshake ended; the raw value is the label of metrics.
package enum HandshakeOutcome: String, Sendable, Hashable, CaseIterable {
    case completed
    /// What came first is no TLS: a client without it has found the port.
    case plainText = "plain_text"
    /// Client and broker have no version of TLS in common.
    case noSharedProtocol = "no_shared_protocol"
    /// They have no cipher suite in common, or none that fits the broker's key.
    case noSharedCipher = "no_shared_cipher"
    /// The client had to show a certificate and did not.
    case certificateMissing = "certificate_missing"
    /// It has shown one that no authority of the truststore vouches for.
    case certificateUntrusted = "certificate_untrusted"
    /// It has shown one that is no longer valid, or not yet.
    case certificateExpired = "certificate_expired"
    /// The client has refused what the broker has shown.
    case refusedByClient = "refused_by_client"
    /// The client has gone before it was over.
    case disconnected
    /// It took longer than `handshake-timeout`.
    case timedOut = "timed_out"
    /// Too many other handshakes were waiting.
    case tooMany = "too_many"
    /// A client of TLS has found a listener without it.
    case plainListener = "plain_listener"
    /// Anything else.
    case other

    /// Its place among all outcomes.
    package var index: Int {
        switch self {
        case .completed: 0
        case .plainText: 1
        case .noSharedProtocol: 2
        case .noSharedCipher: 3
        case .certificateMissing: 4
        case .certificateUntrusted: 5
        case .certificateExpired: 6
        case .refusedByClient: 7
        case .disconnected: 8
        case .timedOut: 9
        case .tooMany: 10
        case .plainListener: 11
        case .other: 12
        }
    }
}
