import Crypto
import CryptoExtras

/// What a password file keeps instead of a password. Printing it shows nothing of it.
///
/// Three forms are read: Mosquitto's two, so that users can move over, and scrypt in the PHC string format.
package enum PasswordHash: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// Mosquitto 1.x, `$6$<salt>$<hash>`: SHA-512 of password and salt. Very fast to try passwords against.
    case sha512(salt: [UInt8], hash: [UInt8])
    /// Mosquitto 2.x, `$7$<iterations>$<salt>$<hash>`: PBKDF2 with HMAC-SHA-512.
    case pbkdf2(iterations: Int, salt: [UInt8], hash: [UInt8])
    /// `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` (RFC 7914; PHC string format).
    case scrypt(ScryptCost, salt: [UInt8], hash: [UInt8])

    /// Bytes of Mosquitto's hashes.
    private static let mosquittoLength = 64
    private static let saltLengths = 1...64
    private static let scryptLengths = 16...64
    /// Iterations of PBKDF2 that are taken: more would keep a thread busy for seconds.
    static let iterationBounds = 1...10_000_000

    /// Whether a password leads to this hash. An empty one leads to none, as no user has one.
    ///
    /// Takes the same time for right and wrong passwords. Blocks for as long as the hash costs.
    package func matches(_ password: [UInt8]) -> Bool {
        guard !password.isEmpty else { return false }
        switch self {
        case .sha512(let salt, let hash):
            return SymmetricKey(data: SHA512.hash(data: password + salt)) == SymmetricKey(data: hash)
        case .pbkdf2(let iterations, let salt, let hash):
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: password, salt: salt, using: .sha512, outputByteCount: hash.count,
                unsafeUncheckedRounds: iterations)
            return key == SymmetricKey(data: hash)
        case .scrypt(let cost, let salt, let hash):
            return cost.key(password, salt: salt, length: hash.count) == SymmetricKey(data: hash)
        }
    }

    package var description: String {
        switch self {
        case .sha512: "SHA-512 hash"
        case .pbkdf2(let iterations, _, _): "PBKDF2 hash of \(iterations) iterations"
        case .scrypt(let cost, _, _): "scrypt hash (\(cost.text))"
        }
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether passwords can be tried against it much faster than they should be.
    var isWeak: Bool {
        switch self {
        case .sha512: true
        case .pbkdf2(let iterations, _, _): iterations < 10_000
        case .scrypt(let cost, _, _): cost.logarithm < 12
        }
    }
}

extension PasswordHash {
    /// Why a text is no hash. It holds nothing of the text.
    struct Fault: Error, Hashable {
        let problem: String
    }

    /// The hash as the file writes it.
    package var text: String {
        switch self {
        case .sha512(let salt, let hash):
            "$6$\(Base64.encode(salt, .standard))$\(Base64.encode(hash, .standard))"
        case .pbkdf2(let iterations, let salt, let hash):
            "$7$\(iterations)$\(Base64.encode(salt, .standard))$\(Base64.encode(hash, .standard))"
        case .scrypt(let cost, let salt, let hash):
            "$scrypt$\(cost.text)$\(Base64.encode(salt, .unpadded))$\(Base64.encode(hash, .unpadded))"
        }
    }

    /// Reads what a file holds behind the user name.
    init(_ text: some StringProtocol) throws(Fault) {
        guard text.hasPrefix("$") else {
            throw Fault(
                problem: "the password is not hashed; 'mosquitto_passwd -U FILE' hashes all passwords of a file, "
                    + "'skep passwd FILE USER' sets one anew")
        }
        let fields = text.dropFirst().split(separator: "$", omittingEmptySubsequences: false)
        switch fields.first {
        case "6" where fields.count == 3:
            self = .sha512(
                salt: try Self.salt(fields[1], .standard),
                hash: try Self.hash(fields[2], .standard, Self.mosquittoLength...Self.mosquittoLength))
        case "7" where fields.count == 4:
            guard let iterations = Int(fields[1]), Self.iterationBounds.contains(iterations) else {
                throw Fault(
                    problem: "the number of iterations is not one from 1 to \(Self.iterationBounds.upperBound)")
            }
            self = .pbkdf2(
                iterations: iterations, salt: try Self.salt(fields[2], .standard),
                hash: try Self.hash(fields[3], .standard, Self.mosquittoLength...Self.mosquittoLength))
        case "scrypt" where fields.count == 4:
            guard let cost = ScryptCost(text: fields[1]) else {
                throw Fault(problem: "the cost of the scrypt hash is not such as ln=15,r=8,p=1, or is too large")
            }
            self = .scrypt(
                cost, salt: try Self.salt(fields[2], .unpadded),
                hash: try Self.hash(fields[3], .unpadded, Self.scryptLengths))
        case "6", "7", "scrypt": throw Fault(problem: "the hash is not complete, or has something behind it")
        case "argon2id", "argon2i", "argon2d":
            throw Fault(problem: "Argon2 hashes cannot be read; 'skep passwd FILE USER' sets the password anew")
        default: throw Fault(problem: "the hash is of an unknown form; known are $6$, $7$ and $scrypt$")
        }
    }

    private static func salt(_ text: some StringProtocol, _ form: Base64.Form) throws(Fault) -> [UInt8] {
        guard let salt = Base64.decode(text.utf8, form), saltLengths.contains(salt.count) else {
            throw Fault(problem: "the salt of the hash is damaged")
        }
        return salt
    }

    private static func hash(
        _ text: some StringProtocol, _ form: Base64.Form, _ lengths: ClosedRange<Int>
    ) throws(Fault) -> [UInt8] {
        guard let hash = Base64.decode(text.utf8, form), lengths.contains(hash.count) else {
            throw Fault(problem: "the hash is damaged")
        }
        return hash
    }
}
