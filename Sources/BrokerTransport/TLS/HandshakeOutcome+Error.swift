import BrokerValues
import NIOCore
import NIOSSL

extension HandshakeOutcome {
    /// What an error during a handshake means.
    ///
    /// - Parameters:
    ///   - certificate: what the client has shown, if anything: the library does not say what is wrong with it.
    ///   - now: seconds since 1970.
    init(_ error: any Error, certificate: NIOSSLCertificate?, now: Int64) {
        guard let error = error as? NIOSSLError, case .handshakeFailed(let cause) = error else {
            self = error is ChannelError || error is IOError ? .disconnected : .other
            return
        }
        let text: String
        switch cause {
        case .sslError(let stack), .unknownError(let stack):
            if stack.contains(.eofDuringHandshake) {
                self = .disconnected
                return
            }
            text = stack.map(\.description).joined(separator: " ")
        case .syscallError, .zeroReturn: text = "EOF"
        default: text = ""
        }
        self = Self.outcome(of: text, certificate: certificate, now: now)
    }

    /// The library passes on BoringSSL's names of errors only as text; they are part of BoringSSL's interface.
    private static func outcome(of text: String, certificate: NIOSSLCertificate?, now: Int64) -> Self {
        func says(_ names: String...) -> Bool { names.contains { text.contains($0) } }
        if text == "EOF" { return .disconnected }
        if says("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return .certificateMissing }
        if says("CERTIFICATE_VERIFY_FAILED") {
            guard let certificate else { return .certificateUntrusted }
            let isValid = Int64(certificate.notValidBefore) <= now && now <= Int64(certificate.notValidAfter)
            return isValid ? .certificateUntrusted : .certificateExpired
        }
        if says("UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "ALERT_PROTOCOL_VERSION", "INAPPROPRIATE_FALLBACK") {
            return .noSharedProtocol
        }
        if says("NO_SHARED_CIPHER", "NO_SHARED_GROUP", "NO_COMMON_SIGNATURE_ALGORITHMS", "NO_CIPHERS") {
            return .noSharedCipher
        }
        if says("HTTP_REQUEST", "HTTPS_PROXY_REQUEST") { return .plainText }
        return says("_ALERT_") ? .refusedByClient : .other
    }

    /// What a log says about one that has failed.
    var sentence: String {
        switch self {
        case .completed: "it is established"
        case .plainText: "the client does not speak TLS"
        case .noSharedProtocol: "the client speaks none of the versions of TLS that are allowed"
        case .noSharedCipher: "the client offers no cipher suite that is allowed and fits the certificate"
        case .certificateMissing: "the client has shown no certificate"
        case .certificateUntrusted: "no authority of the truststore vouches for the client's certificate"
        case .certificateExpired: "the client's certificate is not valid at this time"
        case .refusedByClient: "the client has refused the broker's certificate, or what was offered"
        case .disconnected: "the client has gone before it was established"
        case .timedOut: "it took longer than handshake-timeout"
        case .tooMany: "too many others are waiting for theirs"
        case .plainListener: "the client speaks TLS, but this listener does not; use one with TLS"
        case .other: "it has failed"
        }
    }
}
