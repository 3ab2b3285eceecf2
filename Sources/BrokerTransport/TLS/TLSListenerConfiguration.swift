/// What a listener with TLS needs to know.
package struct TLSListenerConfiguration: Sendable, Hashable {
    /// What the broker shows of itself.
    package var identity: ServerIdentity
    /// The authorities whose client certificates are believed: a file of PEM certificates, or PKCS#12 with a password;
    /// nil where no client is asked for one.
    package var truststore: TrustStore?
    /// Whether clients show certificates.
    package var clientAuthentication: ClientAuthentication = .none
    /// Milliseconds that a client may take from its connection until TLS is established.
    package var handshakeTimeoutMilliseconds: Int64 = 10_000
    /// The versions that are spoken; never empty.
    package var protocols: Set<TLSProtocol> = Set(TLSProtocol.allCases)
    /// The suites that are offered, the preferred one first; never empty.
    package var cipherSuites: [CipherSuite] = CipherSuite.allCases
    /// Handshakes that may be under way at a time, over all event loops; further clients wait.
    package var concurrentHandshakeLimit: Int = 1_000
    /// Whether the common name of a client's certificate becomes its user name.
    package var usesCertificateAsUserName: Bool = false

    /// A listener that shows this, everything else at its default.
    package init(identity: ServerIdentity) { self.identity = identity }
}

/// Where the broker's own certificate and key are.
package enum ServerIdentity: Sendable, Hashable {
    /// Two PEM files; the first holds the certificate and those between it and its root, the second the key, and
    /// `password` is what an encrypted key needs.
    case pem(certificate: String, privateKey: String, password: String?)
    /// One PKCS#12 file with both.
    case store(path: String, password: String)

    /// The files, for whoever watches them.
    package var paths: [String] {
        switch self {
        case .pem(let certificate, let privateKey, _): [certificate, privateKey]
        case .store(let path, _): [path]
        }
    }
}

/// Where the certificates of authorities are.
package struct TrustStore: Sendable, Hashable {
    package var path: String
    /// What a PKCS#12 file needs; a PEM file needs none.
    package var password: String

    /// A file.
    package init(path: String, password: String = "") {
        self.path = path
        self.password = password
    }
}
