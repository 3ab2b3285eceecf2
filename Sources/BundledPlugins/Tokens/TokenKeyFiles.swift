import FoundationEssentials
import JWTKit

/// Reads keys for tokens: a public key in PEM, a set of keys in JSON, a secret.
enum TokenKeyFiles {
    static let largestFile = 1 << 20
    /// Keys of all files together.
    static let mostKeys = 100

    /// All keys that are configured, at least one.
    static func read(_ configuration: TokenConfiguration) throws(KeyFileFaults) -> [TokenKey] {
        var keys: [TokenKey] = []
        var faults: [KeyFileFault] = []
        func add(_ path: String, _ parse: ([UInt8], String) throws(KeyFileFault) -> [TokenKey]) {
            guard !path.isEmpty else { return }
            do throws(KeyFileFault) {
                keys += try parse(try KeyFile.read(path, limit: largestFile).bytes, path)
            } catch {
                faults.append(error)
            }
        }
        add(configuration.publicKeyPath, publicKey)
        add(configuration.keySetPath, keySet)
        add(configuration.secretPath, secret)
        if faults.isEmpty, keys.isEmpty || keys.count > mostKeys {
            let file = configuration.keySetPath.isEmpty ? configuration.publicKeyPath : configuration.keySetPath
            faults.append(
                KeyFileFault(file: file, problem: "there are \(keys.count) keys; 1 to \(mostKeys) can be used"))
        }
        guard faults.isEmpty else { throw KeyFileFaults(faults) }
        return keys
    }

    static func publicKey(_ bytes: [UInt8], _ file: String) throws(KeyFileFault) -> [TokenKey] {
        guard let text = String(validating: bytes, as: UTF8.self), text.contains("-----BEGIN ") else {
            throw KeyFileFault(file: file, problem: "this is not a key in PEM")
        }
        guard !text.contains("PRIVATE KEY-----") else {
            throw KeyFileFault(
                file: file,
                problem: "this is a private key, which only who signs should have; "
                    + "'openssl pkey -in FILE -pubout' writes the public one")
        }
        guard let material = material(pem: text), let key = TokenKey(name: nil, material) else {
            throw KeyFileFault(
                file: file,
                problem: "this is no public key that can be used: RSA from 2048 bits on, P-256, P-384, P-521, Ed25519")
        }
        return [key]
    }

    private static func material(pem: String) -> TokenKey.Material? {
        if let key = try? JWTKit.Insecure.RSA.PublicKey(pem: pem) { return .rsa(key) }
        if let key = try? ES256PublicKey(pem: pem) { return .p256(key) }
        if let key = try? ES384PublicKey(pem: pem) { return .p384(key) }
        if let key = try? ES512PublicKey(pem: pem) { return .p521(key) }
        if let key = try? EdDSA.PublicKey(pem: pem) { return .ed25519(key) }
        return nil
    }

    static func secret(_ bytes: [UInt8], _ file: String) throws(KeyFileFault) -> [TokenKey] {
        var secret = bytes
        if secret.last == 0x0A { secret.removeLast() }
        if secret.last == 0x0D { secret.removeLast() }
        guard let key = TokenKey(name: nil, .secret(secret)) else {
            throw KeyFileFault(
                file: file,
                problem: "the secret has \(secret.count) bytes; at least 32 are needed (RFC 7518, section 3.2)")
        }
        return [key]
    }

    /// Keys of a kind that is not known, and those for encryption, are left out, as RFC 7517 has it (section 5).
    static func keySet(_ bytes: [UInt8], _ file: String) throws(KeyFileFault) -> [TokenKey] {
        let set: KeySet
        do {
            set = try JSONDecoder().decode(KeySet.self, from: Data(bytes))
        } catch {
            throw KeyFileFault(file: file, problem: "this is not a set of keys in JSON with a list \"keys\"")
        }
        var result: [TokenKey] = []
        for (index, key) in set.keys.enumerated() {
            let which = key.kid.map { "the key \(KeyFileFault.quoted($0))" } ?? "key \(index + 1)"
            guard key.use ?? "sig" == "sig", ["RSA", "EC", "OKP", "oct"].contains(key.kty) else { continue }
            guard key.d == nil else {
                throw KeyFileFault(file: file, problem: "\(which) is a private key, which only who signs should have")
            }
            if let name = key.alg, TokenAlgorithm(rawValue: name) == nil { continue }
            guard let material = key.material,
                let made = TokenKey(name: key.kid, material, only: key.alg.flatMap(TokenAlgorithm.init))
            else { throw KeyFileFault(file: file, problem: "\(which) is damaged, too short, or not for its algorithm") }
            result.append(made)
        }
        return result
    }
}

/// What is read of a set of keys.
private struct KeySet: Decodable {
    let keys: [Key]

    struct Key: Decodable {
        let kty: String
        let kid: String?
        let use: String?
        let alg: String?
        let crv: String?
        let n: String?
        let e: String?
        let x: String?
        let y: String?
        let k: String?
        /// Only a private key has it.
        let d: String?

        var material: TokenKey.Material? {
            switch kty {
            case "RSA": rsa
            case "EC": elliptic
            case "OKP": edwards
            case "oct": k.flatMap { Base64.decode($0.utf8, .url) }.map { .secret($0) }
            default: nil
            }
        }

        private var rsa: TokenKey.Material? {
            guard let n, let e, Base64.decode(n.utf8, .url)?.isEmpty == false,
                Base64.decode(e.utf8, .url)?.isEmpty == false
            else { return nil }
            return (try? JWTKit.Insecure.RSA.PublicKey(modulus: n, exponent: e)).map { .rsa($0) }
        }

        private var elliptic: TokenKey.Material? {
            guard let x, let y else { return nil }
            switch crv {
            case "P-256": return (try? ES256PublicKey(parameters: (x, y))).map { .p256($0) }
            case "P-384": return (try? ES384PublicKey(parameters: (x, y))).map { .p384($0) }
            case "P-521": return (try? ES512PublicKey(parameters: (x, y))).map { .p521($0) }
            default: return nil
            }
        }

        private var edwards: TokenKey.Material? {
            guard crv == "Ed25519", let x else { return nil }
            return (try? EdDSA.PublicKey(x: x, curve: .ed25519)).map { .ed25519($0) }
        }
    }
}
