import Crypto
import JWTKit

/// One key that tokens are verified with. Printing it shows nothing of it.
struct TokenKey: Sendable, CustomStringConvertible, CustomReflectable {
    enum Material: Sendable {
        case secret([UInt8])
        case rsa(JWTKit.Insecure.RSA.PublicKey)
        case p256(ES256PublicKey)
        case p384(ES384PublicKey)
        case p521(ES512PublicKey)
        case ed25519(EdDSA.PublicKey)
    }

    /// What a token calls it by (`kid`); nil for a key without a name.
    let name: String?
    let material: Material
    /// What it is good for: a key of one kind never verifies a signature of another kind, whatever a token says.
    let algorithms: Set<TokenAlgorithm>
    /// Tells keys apart, also when they are read again.
    let identity: [UInt8]

    /// - Parameter only: what the file says that it is for; nil for all that its kind allows.
    init?(name: String?, _ material: Material, only: TokenAlgorithm? = nil) {
        let fitting = Self.algorithms(material)
        if let only, !fitting.contains(only) { return nil }
        let algorithms = only.map { [$0] } ?? fitting
        guard !algorithms.isEmpty else { return nil }
        self.name = name
        self.material = material
        self.algorithms = algorithms
        var bytes = Array((name ?? "").utf8) + [0]
        for algorithm in algorithms.map(\.rawValue).sorted() { bytes += Array(algorithm.utf8) }
        identity = Array(SHA256.hash(data: bytes + Self.bytes(material)))
    }

    var description: String { "key for \(algorithms.map(\.rawValue).sorted().joined(separator: ", "))" }
    var customMirror: Mirror { Mirror(self, children: []) }

    private static func algorithms(_ material: Material) -> Set<TokenAlgorithm> {
        switch material {
        case .secret(let bytes): Set([.hs256, .hs384, .hs512].filter { bytes.count >= $0.leastSecret })
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case .p256: [.es256]
        case .p384: [.es384]
        case .p521: [.es512]
        case .ed25519: [.edDSA]
        }
    }

    private static func bytes(_ material: Material) -> [UInt8] {
        switch material {
        case .secret(let bytes): bytes
        case .rsa(let key): Array(key.pemRepresentation.utf8)
        case .p256(let key): Array(key.pemRepresentation.utf8)
        case .p384(let key): Array(key.pemRepresentation.utf8)
        case .p521(let key): Array(key.pemRepresentation.utf8)
        case .ed25519(let key): Array(key.rawRepresentation)
        }
    }

    /// What verifies signatures of one algorithm with this key and no other.
    func collection(_ algorithm: TokenAlgorithm) async -> JWTKeyCollection? {
        guard algorithms.contains(algorithm) else { return nil }
        let keys = JWTKeyCollection()
        switch (material, algorithm) {
        case (.secret(let bytes), .hs256): await keys.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256)
        case (.secret(let bytes), .hs384): await keys.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha384)
        case (.secret(let bytes), .hs512): await keys.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha512)
        case (.rsa(let key), .rs256): await keys.add(rsa: key, digestAlgorithm: .sha256)
        case (.rsa(let key), .rs384): await keys.add(rsa: key, digestAlgorithm: .sha384)
        case (.rsa(let key), .rs512): await keys.add(rsa: key, digestAlgorithm: .sha512)
        case (.rsa(let key), .ps256): await keys.add(pss: key, digestAlgorithm: .sha256)
        case (.rsa(let key), .ps384): await keys.add(pss: key, digestAlgorithm: .sha384)
        case (.rsa(let key), .ps512): await keys.add(pss: key, digestAlgorithm: .sha512)
        case (.p256(let key), .es256): await keys.add(ecdsa: key)
        case (.p384(let key), .es384): await keys.add(ecdsa: key)
        case (.p521(let key), .es512): await keys.add(ecdsa: key)
        case (.ed25519(let key), .edDSA): await keys.add(eddsa: key)
        case (.secret, _), (.rsa, _), (.p256, _), (.p384, _), (.p521, _), (.ed25519, _): return nil
        }
        return keys
    }
}
