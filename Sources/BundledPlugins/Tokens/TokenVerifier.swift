import FoundationEssentials
import JWTKit
import PluginAPI

/// What a token that was found right says about its client.
struct VerifiedToken: Sendable {
    let userName: String
    /// Milliseconds since 1970 from which on it is not valid any more, with the leeway; nil for never.
    let end: Int64?
    /// Nil if it says nothing about them.
    let rules: [AccessRules.Rule]?
    /// The key that has signed it.
    let key: [UInt8]
}

/// Why a token is not taken. It holds nothing of the token.
enum TokenFault: Error, Sendable, Hashable {
    /// It is no token at all: the password may mean something to others.
    case notAToken
    /// It is a token, and wrong.
    case refused(String)
}

/// Verifies tokens with keys and by rules that do not change.
///
/// The algorithm that a token names only chooses among those that its key is good for, so that neither `none` nor an HMAC
/// with a public key in the place of the secret can pass.
struct TokenVerifier: Sendable {
    private struct Candidate {
        let name: String?
        let identity: [UInt8]
        let algorithm: TokenAlgorithm
        let keys: JWTKeyCollection
    }

    /// Bytes of a token.
    static let largestToken = 16_384
    /// Rules in a token.
    static let mostRules = 200
    /// Keys without a name that one token is tried with.
    private static let mostAttempts = 16

    private let configuration: TokenConfiguration
    private let candidates: [Candidate]

    init(_ configuration: TokenConfiguration, keys: [TokenKey], only: Set<TokenAlgorithm>?) async {
        self.configuration = configuration
        var candidates: [Candidate] = []
        for key in keys {
            for algorithm in TokenAlgorithm.allCases where only?.contains(algorithm) ?? true {
                guard let collection = await key.collection(algorithm) else { continue }
                candidates.append(
                    Candidate(name: key.name, identity: key.identity, algorithm: algorithm, keys: collection))
            }
        }
        self.candidates = candidates
    }

    /// The keys by which ``VerifiedToken/key`` can be.
    var identities: Set<[UInt8]> { Set(candidates.map(\.identity)) }

    /// - Parameter now: milliseconds since 1970.
    func verify(_ token: [UInt8], now: Int64) async throws(TokenFault) -> VerifiedToken {
        let header = try Self.header(token)
        guard header.crit == nil, header.b64 == nil else { throw .refused("it demands what is not understood (crit)") }
        guard let algorithm = TokenAlgorithm(rawValue: header.alg) else { throw .refused("its algorithm is not taken") }
        let fitting = candidates.filter { $0.algorithm == algorithm }
        guard !fitting.isEmpty else { throw .refused("no key is for its algorithm") }
        let named = header.kid.map { name in fitting.filter { $0.name == name } } ?? fitting
        let chosen = named.isEmpty ? fitting.filter { $0.name == nil } : named
        guard !chosen.isEmpty else { throw .refused("its key is not known") }
        for candidate in chosen.prefix(Self.mostAttempts) {
            guard let claims = try? await candidate.keys.verify(token, as: TokenClaims.self) else { continue }
            return try verified(claims, candidate.identity, now: now)
        }
        throw .refused("its signature is wrong")
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let crit: [String]?
        let b64: Bool?
    }

    private static func header(_ token: [UInt8]) throws(TokenFault) -> Header {
        guard token.count <= largestToken else { throw .notAToken }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64.decode(parts[0], .url), bytes.first == UInt8(ascii: "{"),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes))
        else { throw .notAToken }
        // Two texts for the same bytes would be two tokens.
        guard Base64.decode(parts[1], .url) != nil, Base64.decode(parts[2], .url) != nil else {
            throw .refused("it is damaged")
        }
        return header
    }

    private func verified(
        _ claims: TokenClaims, _ key: [UInt8], now: Int64
    ) throws(TokenFault) -> VerifiedToken {
        let leeway = Double(configuration.leewaySeconds)
        let seconds = Double(now) / 1000
        if !configuration.issuer.isEmpty, claims.text("iss") != configuration.issuer {
            throw .refused("it comes from another issuer")
        }
        if !configuration.audience.isEmpty, claims.texts("aud")?.contains(configuration.audience) != true {
            throw .refused("it is meant for another audience")
        }
        if claims.values["nbf"] != nil {
            guard let begin = claims.time("nbf"), seconds + leeway >= begin else {
                throw .refused("it is not valid yet")
            }
        }
        var end: Int64?
        if claims.values["exp"] != nil || configuration.requiresExpiry {
            guard let time = claims.time("exp") else { throw .refused("it does not say when it expires") }
            guard seconds < time + leeway else { throw .refused("it has expired") }
            end = Int64((time + leeway) * 1000)
        }
        guard let name = claims.text(configuration.userNameClaim), !name.isEmpty, name.utf8.count <= 65_535,
            !name.utf8.contains(0)
        else { throw .refused("it names no user") }
        return VerifiedToken(userName: name, end: end, rules: try rules(claims), key: key)
    }

    private func rules(_ claims: TokenClaims) throws(TokenFault) -> [AccessRules.Rule]? {
        guard !configuration.permissionsClaim.isEmpty, claims.values[configuration.permissionsClaim] != nil else {
            return nil
        }
        guard let lines = claims.texts(configuration.permissionsClaim), lines.count <= Self.mostRules else {
            throw .refused("its permissions are no list of at most \(Self.mostRules) rules")
        }
        var rules: [AccessRules.Rule] = []
        for line in lines {
            guard let parsed = try? PermissionLine(line) else { throw .refused("one of its permissions is no rule") }
            rules.append(parsed.rule)
        }
        return rules
    }
}
