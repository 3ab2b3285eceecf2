/// The cipher suites that may be offered, the preferred one first: all have forward secrecy and authenticated encryption
/// (RFC 9325 section 4.2), so none of them is weak. Names are those of IANA, as HiveMQ's files have them.
package enum CipherSuite: String, Sendable, Hashable, CaseIterable {
    case aes128ForTLS13 = "TLS_AES_128_GCM_SHA256"
    case aes256ForTLS13 = "TLS_AES_256_GCM_SHA384"
    case chachaForTLS13 = "TLS_CHACHA20_POLY1305_SHA256"
    case ecdsaAES128 = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case rsaAES128 = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case ecdsaAES256 = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case rsaAES256 = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case ecdsaChacha = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    case rsaChacha = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"

    /// The version that has it.
    package var version: TLSProtocol {
        switch self {
        case .aes128ForTLS13, .aes256ForTLS13, .chachaForTLS13: .tls13
        case .ecdsaAES128, .rsaAES128, .ecdsaAES256, .rsaAES256, .ecdsaChacha, .rsaChacha: .tls12
        }
    }

    /// A suite by IANA's name or OpenSSL's.
    package init?(named name: String) {
        guard let suite = Self.allCases.first(where: { $0.rawValue == name || $0.openSSLName == name }) else {
            return nil
        }
        self = suite
    }

    /// The name that OpenSSL and BoringSSL know.
    var openSSLName: String {
        switch self {
        case .aes128ForTLS13, .aes256ForTLS13, .chachaForTLS13: rawValue
        case .ecdsaAES128: "ECDHE-ECDSA-AES128-GCM-SHA256"
        case .rsaAES128: "ECDHE-RSA-AES128-GCM-SHA256"
        case .ecdsaAES256: "ECDHE-ECDSA-AES256-GCM-SHA384"
        case .rsaAES256: "ECDHE-RSA-AES256-GCM-SHA384"
        case .ecdsaChacha: "ECDHE-ECDSA-CHACHA20-POLY1305"
        case .rsaChacha: "ECDHE-RSA-CHACHA20-POLY1305"
        }
    }
}
