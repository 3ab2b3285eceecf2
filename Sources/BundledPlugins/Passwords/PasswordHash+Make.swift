import Crypto
import CryptoExtras

/// How a new password is hashed.
package enum PasswordAlgorithm: String, Sendable, CaseIterable {
    case scrypt
    /// What Mosquitto 2 reads too.
    case pbkdf2
}

extension PasswordHash {
    /// Iterations of PBKDF2 for new passwords: what OWASP's Password Storage Cheat Sheet names for SHA-512.
    package static let newIterations = 210_000
    /// Bytes of salt: Mosquitto takes no other number.
    private static let mosquittoSaltLength = 12

    /// Hashes a new password with a salt of its own. Blocks for as long as the hash costs.
    ///
    /// - Returns: nil for an empty password, and if there is not enough memory.
    package static func make(_ password: [UInt8], _ algorithm: PasswordAlgorithm) -> PasswordHash? {
        var random = SystemRandomNumberGenerator()
        return make(password, algorithm, random: &random)
    }

    static func make(
        _ password: [UInt8], _ algorithm: PasswordAlgorithm, random: inout some RandomNumberGenerator
    ) -> PasswordHash? {
        guard !password.isEmpty else { return nil }
        func salt(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
        switch algorithm {
        case .scrypt:
            let salt = salt(16)
            guard let key = ScryptCost.standard.key(password, salt: salt, length: 32) else { return nil }
            return .scrypt(.standard, salt: salt, hash: key.copied)
        case .pbkdf2:
            let salt = salt(mosquittoSaltLength)
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: password, salt: salt, using: .sha512, outputByteCount: 64, rounds: newIterations)
            return key.map { .pbkdf2(iterations: newIterations, salt: salt, hash: $0.copied) }
        }
    }
}

extension SymmetricKey {
    /// Its bytes.
    fileprivate var copied: [UInt8] {
        // Safe: the bytes are copied while they are there.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
