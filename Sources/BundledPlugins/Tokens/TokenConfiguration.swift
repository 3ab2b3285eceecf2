/// How clients are let in by a token (JWT, RFC 7519) in the place of their password.
package struct TokenConfiguration: Sendable, Hashable {
    /// A public key in PEM; empty for none.
    package var publicKeyPath = ""
    /// A set of keys in JSON (JWKS, RFC 7517); empty for none.
    package var keySetPath = ""
    /// A secret that is shared with who signs, as its bytes are; a line break at its end does not count. Empty for none.
    package var secretPath = ""
    /// Names of algorithms with spaces or commas between them; empty for all that the keys fit.
    package var algorithms = ""
    /// What `iss` must be; empty for anything.
    package var issuer = ""
    /// What `aud` must be or hold; empty for anything.
    package var audience = ""
    /// The claim that becomes the user name.
    package var userNameClaim = "sub"
    /// The claim with a list of rules (``PermissionLine``); empty for none.
    package var permissionsClaim = ""
    /// Seconds by which the clocks of who signs and of the broker may differ.
    package var leewaySeconds = 30
    /// Whether a token without `exp` is refused.
    package var requiresExpiry = true

    /// Every default.
    package init() {}

    /// Whether there is a key to verify tokens with.
    package var isConfigured: Bool { !publicKeyPath.isEmpty || !keySetPath.isEmpty || !secretPath.isEmpty }
}

/// Algorithms of signatures (RFC 7518, section 3; RFC 8037). `none` is not one of them.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    /// Bytes that a secret must have at least (RFC 7518, section 3.2); 0 for keys that are no secrets.
    var leastSecret: Int {
        switch self {
        case .hs256: 32
        case .hs384: 48
        case .hs512: 64
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512, .es256, .es384, .es512, .edDSA: 0
        }
    }

    /// The algorithms of a setting; nil for all.
    ///
    /// - Throws: the name that is none.
    static func list(_ text: String) throws(UnknownName) -> Set<TokenAlgorithm>? {
        var result: Set<TokenAlgorithm> = []
        for name in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
            guard let algorithm = TokenAlgorithm(rawValue: String(name)) else { throw UnknownName(name: String(name)) }
            result.insert(algorithm)
        }
        return result.isEmpty ? nil : result
    }

    struct UnknownName: Error {
        let name: String
    }
}
