import Crypto
import PluginAPI
import Synchronization

@testable import BundledPlugins

/// Tokens with whatever header and claims, signed by HMAC as the tests please.
enum TokenMaker {
    /// 2026-01-01, in milliseconds since 1970.
    static let now: Int64 = 1_767_225_600_000

    static func token(
        _ claims: String, header: String = "{\"alg\":\"HS256\"}", secret: String = TokenVectors.secret
    ) -> String {
        let text = Base64.encode(Array(header.utf8), .url) + "." + Base64.encode(Array(claims.utf8), .url)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return text + "." + Base64.encode(Array(code), .url)
    }
}

/// The time of the tests, in milliseconds since 1970.
final class TestClock: Sendable {
    private let time = Mutex(TokenMaker.now)
    var now: Int64 { time.withLock { $0 } }
    func advance(seconds: Int64) { time.withLock { $0 += seconds * 1000 } }
}
