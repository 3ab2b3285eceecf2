import PluginAPI
import Testing

@testable import BundledPlugins

@Suite("Tokens")
struct TokenVerifierTests {
    private func secret() throws -> [TokenKey] { try TokenKeyFiles.secret(Array(TokenVectors.secret.utf8), "secret") }

    private func verify(
        _ token: String, _ keys: [TokenKey], only: Set<TokenAlgorithm>? = nil,
        _ change: (inout TokenConfiguration) -> Void = { _ in }
    ) async throws -> VerifiedToken {
        var configuration = TokenConfiguration()
        change(&configuration)
        let verifier = await TokenVerifier(configuration, keys: keys, only: only)
        return try await verifier.verify(Array(token.utf8), now: TokenMaker.now)
    }

    private func fault(
        _ token: String, _ keys: [TokenKey], only: Set<TokenAlgorithm>? = nil,
        _ change: (inout TokenConfiguration) -> Void = { _ in }
    ) async -> TokenFault? {
        do {
            _ = try await verify(token, keys, only: only, change)
            return nil
        } catch {
            return error as? TokenFault
        }
    }

    @Test(
        "Tokens of another implementation are verified with a key in PEM",
        arguments: [
            (TokenVectors.rs256, TokenVectors.rsaPEM), (TokenVectors.rs512, TokenVectors.rsaPEM),
            (TokenVectors.ps256, TokenVectors.rsaPEM), (TokenVectors.es256, TokenVectors.ecPEM),
            (TokenVectors.eddsa, TokenVectors.edPEM),
        ])
    func pem(_ token: String, _ pem: String) async throws {
        let keys = try TokenKeyFiles.publicKey(Array(pem.utf8), "key.pem")
        let verified = try await verify(token, keys)
        #expect(verified.userName == "sensor-1")
        #expect(verified.end == 4_102_444_830_000)
        for other in [TokenVectors.rsaPEM, TokenVectors.ecPEM, TokenVectors.edPEM] where other != pem {
            let others = try TokenKeyFiles.publicKey(Array(other.utf8), "key.pem")
            #expect(await fault(token, others) == .refused("no key is for its algorithm"))
        }
    }

    @Test(
        "Each key of a set verifies the tokens that are meant for it",
        arguments: [
            TokenVectors.rs256, TokenVectors.rs512, TokenVectors.ps256, TokenVectors.es256, TokenVectors.eddsa,
            TokenVectors.hs256, TokenVectors.hs512,
        ])
    func keySet(_ token: String) async throws {
        let keys = try TokenKeyFiles.keySet(Array(TokenVectors.jwks.utf8), "keys.json")
        #expect(keys.count == 4)
        #expect(try await verify(token, keys).userName == "sensor-1")
    }

    @Test("A secret verifies tokens that were signed with it, and no others")
    func shared() async throws {
        #expect(try await verify(TokenVectors.hs256, try secret()).userName == "sensor-1")
        let other = try TokenKeyFiles.secret(Array(TokenVectors.secret.uppercased().utf8), "secret")
        #expect(await fault(TokenVectors.hs256, other) == .refused("its signature is wrong"))
    }

    @Test("A token that is not signed, or signed with a public key as the secret, is refused")
    func confusion() async throws {
        let keys = try TokenKeyFiles.keySet(Array(TokenVectors.jwks.utf8), "keys.json")
        let rsa = try TokenKeyFiles.publicKey(Array(TokenVectors.rsaPEM.utf8), "key.pem")
        for set in [keys, rsa, try secret()] {
            #expect(await fault(TokenVectors.none, set) == .refused("its algorithm is not taken"))
        }
        #expect(await fault(TokenVectors.confused, rsa) == .refused("no key is for its algorithm"))
        #expect(await fault(TokenVectors.confused, keys) == .refused("its signature is wrong"))
        for name in ["None", "NONE", "hs256", "", "HS1"] {
            let token = TokenMaker.token("{\"sub\":\"a\"}", header: "{\"alg\":\"\(name)\"}")
            #expect(await fault(token, keys) == .refused("its algorithm is not taken"), "\(name)")
        }
    }

    @Test("An algorithm that is not allowed is refused, though a key would fit")
    func allowed() async throws {
        let keys = try TokenKeyFiles.keySet(Array(TokenVectors.jwks.utf8), "keys.json")
        #expect(await fault(TokenVectors.rs256, keys, only: [.es256]) == .refused("no key is for its algorithm"))
        #expect(await fault(TokenVectors.es256, keys, only: [.es256]) == nil)
    }

    @Test(
        "A signature or a claim that was changed anywhere is refused",
        arguments: [
            TokenVectors.rs256, TokenVectors.es256, TokenVectors.eddsa, TokenVectors.hs256,
        ])
    func changed(_ token: String) async throws {
        let keys = try TokenKeyFiles.keySet(Array(TokenVectors.jwks.utf8), "keys.json")
        let bytes = Array(token.utf8)
        for index in stride(from: 3, to: bytes.count, by: 37) {
            var other = bytes
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(await fault(String(decoding: other, as: UTF8.self), keys) != nil, "byte \(index)")
        }
    }

    @Test("A token that names a key is verified with that one, or with those without names if there is none such")
    func names() async throws {
        let keys = try TokenKeyFiles.keySet(Array(TokenVectors.jwks.utf8), "keys.json")
        let claims = "{\"sub\":\"a\",\"exp\":4102444800}"
        let known = TokenMaker.token(claims, header: "{\"alg\":\"HS256\",\"kid\":\"unknown\"}")
        #expect(await fault(known, keys) == nil, "the secret of the set has no name")
        let named = keys.filter { $0.name != nil }
        let wrong = TokenMaker.token(claims, header: "{\"alg\":\"RS256\",\"kid\":\"ec-1\"}")
        #expect(await fault(wrong, named) == .refused("its key is not known"))
    }

    @Test("What demands to be understood and is not is refused")
    func critical() async throws {
        for field in ["\"crit\":[\"b64\"]", "\"b64\":false", "\"crit\":[]"] {
            let token = TokenMaker.token("{\"sub\":\"a\"}", header: "{\"alg\":\"HS256\",\(field)}")
            #expect(await fault(token, try secret()) == .refused("it demands what is not understood (crit)"))
        }
    }

    @Test(
        "Times are held against the clock with the leeway",
        arguments: [
            ("\"exp\":1767225571", nil), ("\"exp\":1767225570", "it has expired"), ("\"exp\":1767225570.5", nil),
            ("\"exp\":\"4102444800\"", "it does not say when it expires"),
            ("\"exp\":1e400", "it does not say when it expires"),
            ("\"exp\":1e99", "it does not say when it expires"), ("\"exp\":-1", "it has expired"),
            ("\"nbf\":1767225630,\"exp\":4102444800", nil),
            ("\"nbf\":1767225631,\"exp\":4102444800", "it is not valid yet"),
            ("\"nbf\":\"x\",\"exp\":4102444800", "it is not valid yet"),
            ("\"nbf\":{},\"exp\":4102444800", "it is not valid yet"),
            ("\"nbf\":[1],\"exp\":4102444800", "it is not valid yet"),
            ("\"nbf\":null,\"exp\":4102444800", "it is not valid yet"),
            ("\"exp\":true", "it does not say when it expires"),
            ("\"iat\":1", "it does not say when it expires"),
        ] as [(String, String?)])
    func times(_ claims: String, _ why: String?) async throws {
        let found = await fault(TokenMaker.token("{\"sub\":\"a\",\(claims)}"), try secret())
        #expect(found == why.map { .refused($0) })
    }

    @Test("Without a demand for it a token needs no expiry, but one that it has counts")
    func noExpiry() async throws {
        let eternal = TokenMaker.token("{\"sub\":\"a\"}")
        let verified = try await verify(eternal, try secret()) { $0.requiresExpiry = false }
        #expect(verified.end == nil)
        let expired = TokenMaker.token("{\"sub\":\"a\",\"exp\":1}")
        #expect(await fault(expired, try secret()) { $0.requiresExpiry = false } == .refused("it has expired"))
    }

    @Test("Issuer and audience are as the settings demand")
    func parties() async throws {
        let keys = try secret()
        #expect(await fault(TokenVectors.hs256, keys) { $0.issuer = "https://issuer.example" } == nil)
        #expect(
            await fault(TokenVectors.hs256, keys) { $0.issuer = "https://issuer.exampl" }
                == .refused("it comes from another issuer"))
        #expect(await fault(TokenVectors.hs256, keys) { $0.audience = "broker" } == nil)
        #expect(
            await fault(TokenVectors.hs256, keys) { $0.audience = "brok" }
                == .refused("it is meant for another audience"))
        let one = TokenMaker.token("{\"sub\":\"a\",\"aud\":\"broker\",\"exp\":4102444800}")
        #expect(await fault(one, keys) { $0.audience = "broker" } == nil)
        let nobody = TokenMaker.token("{\"sub\":\"a\",\"aud\":7,\"exp\":4102444800}")
        #expect(await fault(nobody, keys) { $0.audience = "broker" } == .refused("it is meant for another audience"))
    }

    @Test("The user name comes from the claim of the settings, and must be there")
    func userName() async throws {
        let token = TokenMaker.token("{\"sub\":\"a\",\"name\":\"b\",\"exp\":4102444800,\"deep\":{\"x\":[1]}}")
        #expect(try await verify(token, try secret()) { $0.userNameClaim = "name" }.userName == "b")
        for claim in ["nothing", "exp", "deep"] {
            #expect(await fault(token, try secret()) { $0.userNameClaim = claim } == .refused("it names no user"))
        }
        let empty = TokenMaker.token("{\"sub\":\"\",\"exp\":4102444800}")
        #expect(await fault(empty, try secret()) == .refused("it names no user"))
    }

    @Test("Permissions are rules, all of them")
    func permissions() async throws {
        let verified = try await verify(TokenVectors.hs256, try secret()) { $0.permissionsClaim = "rights" }
        #expect(verified.rules?.count == 2)
        #expect(try await verify(TokenVectors.hs256, try secret()) { $0.permissionsClaim = "others" }.rules == nil)
        for rights in ["[\"allow everything\"]", "{}", "[1]", "7", "null", "[\"deny all topic #\",5]"] {
            let token = TokenMaker.token("{\"sub\":\"a\",\"exp\":4102444800,\"rights\":\(rights)}")
            let found = await fault(token, try secret()) { $0.permissionsClaim = "rights" }
            #expect(found != nil, "what is not understood may have been a denial: \(rights)")
        }
        let rules = Array(repeating: "\"allow all topic a\"", count: TokenVerifier.mostRules + 1).joined(separator: ",")
        let many = TokenMaker.token("{\"sub\":\"a\",\"exp\":4102444800,\"rights\":[\(rules)]}")
        #expect(await fault(many, try secret()) { $0.permissionsClaim = "rights" } != nil)
    }

    @Test(
        "What is no token is left to others",
        arguments: [
            "", "password", "a.b.c", "...", "e30.e30.e30", "eyJhbGciOjF9.e30.AA", "bm8.e30.AA",
            "eyJhbGciOiJIUzI1NiJ9.e30", String(repeating: "a", count: 20_000),
        ])
    func notTokens(_ text: String) async throws {
        #expect(await fault(text, try secret()) == .notAToken)
    }

    @Test(
        "Keys that are none, too short, or private are refused with words",
        arguments: [
            ("nothing", "not a key in PEM"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private key"),
        ])
    func badKeys(_ text: String, _ words: String) {
        let found = problems { () throws(KeyFileFaults) in
            do throws(KeyFileFault) { _ = try TokenKeyFiles.publicKey(Array(text.utf8), "key") } catch {
                throw KeyFileFaults([error])
            }
        }
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }

    @Test(
        "A set that is none, or holds a private or damaged key, is refused, and never shown",
        arguments: [
            ("{}", "not a set of keys"), ("[]", "not a set of keys"), ("{\"keys\":7}", "not a set of keys"),
            ("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"c2VjcmV0\"}]}", "the key \"s\" is damaged, too short"),
            (
                "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"c2VjcmV0\",\"y\":\"c2VjcmV0\"}]}",
                "key 1 is damaged"
            ),
            ("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"c2VjcmV0\",\"e\":\"AQAB\"}]}", "key 1 is damaged"),
            ("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}]}", "key 1 is damaged"),
            ("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"c2VjcmV0\",\"d\":\"c2VjcmV0\"}]}", "private key"),
        ])
    func badSets(_ text: String, _ words: String) {
        let found = problems { () throws(KeyFileFaults) in
            do throws(KeyFileFault) { _ = try TokenKeyFiles.keySet(Array(text.utf8), "keys") } catch {
                throw KeyFileFaults([error])
            }
        }
        #expect(found.count == 1 && found[0].contains(words) && !found[0].contains("c2VjcmV0"), "\(found)")
    }

    @Test("A secret is long enough for its algorithm, and shown nowhere")
    func secrets() throws {
        let found = problems { () throws(KeyFileFaults) in
            do throws(KeyFileFault) { _ = try TokenKeyFiles.secret(Array("shortSecret\n".utf8), "secret") } catch {
                throw KeyFileFaults([error])
            }
        }
        #expect(found == ["secret: the secret has 11 bytes; at least 32 are needed (RFC 7518, section 3.2)"])
        let text = String(repeating: "s", count: 48)
        let key = try #require(try TokenKeyFiles.secret(Array((text + "\r\n").utf8), "secret").first)
        #expect(key.algorithms == [.hs256, .hs384])
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!"\(key)\(dumped)\(String(reflecting: key))".contains("115"))
    }
}
