import NIOSSL

/// The broker's own certificate and key.
struct ServerCredentials {
    /// The broker's own certificate first; never empty.
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    let certificatePath: String
    let keyPath: String

    /// Reads them.
    init(_ identity: ServerIdentity) throws(TLSFileFault) {
        switch identity {
        case .pem(let certificate, let privateKey, let password):
            self.init(
                chain: try Self.certificates(try Self.bytes(certificate), path: certificate),
                key: try Self.key(try Self.bytes(privateKey), path: privateKey, password: password),
                certificatePath: certificate, keyPath: privateKey)
        case .store(let path, let password):
            try self.init(Self.store(Self.bytes(path), path: path, password: password), path: path)
        }
    }

    /// The certificates of a PEM file; at least one.
    static func certificates(_ bytes: [UInt8], path: String) throws(TLSFileFault) -> [NIOSSLCertificate] {
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw TLSFileFault(path: path, reason: "there is no certificate in PEM form in it, or one is damaged")
        }
        return found
    }

    /// What should be looked at.
    func warnings(now: Int64) -> [String] {
        if Int64(chain[0].notValidAfter) < now {
            return ["\(certificatePath): the certificate has expired: clients that look will not connect"]
        }
        if Int64(chain[0].notValidBefore) > now {
            return ["\(certificatePath): the certificate is not valid yet: clients that look will not connect"]
        }
        return []
    }

    private static func bytes(_ path: String) throws(TLSFileFault) -> [UInt8] {
        let bytes = try SecretFile.read(path)
        if KeyStoreFormat(bytes) == .java {
            throw TLSFileFault(path: path, reason: KeyStoreFormat.conversion(of: path))
        }
        return bytes
    }

    private static func key(_ bytes: [UInt8], path: String, password: String?) throws(TLSFileFault) -> NIOSSLPrivateKey
    {
        let secret = Array((password ?? "").utf8)
        // The library takes the bytes of a password for signed ones, and stops the program at those that are not ASCII.
        guard secret.allSatisfy({ $0 < 0x80 }), secret.count < 1_000 else {
            throw TLSFileFault(path: path, reason: "the password of a key may have ASCII characters only, at most 999")
        }
        let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { (set: NIOSSLPassphraseSetter<[UInt8]>) in
            set(secret)
        }
        guard let key else {
            throw TLSFileFault(
                path: path,
                reason: "there is no private key in PEM form in it"
                    + (password == nil
                        ? ", or it is encrypted and <private-key-password> is missing"
                        : ", or the password is wrong"))
        }
        return key
    }

    private init(chain: [NIOSSLCertificate], key: NIOSSLPrivateKey, certificatePath: String, keyPath: String) {
        self.chain = chain
        self.key = key
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }

    /// What a PKCS#12 file holds.
    static func store(_ bytes: [UInt8], path: String, password: String) throws(TLSFileFault) -> KeyStore {
        switch KeyStoreFormat(bytes) {
        case .pem:
            throw TLSFileFault(
                path: path, reason: "it is in PEM form: name it in <certificate>, and its key in <private-key>")
        case .unknown, .java: throw TLSFileFault(path: path, reason: "it is no PKCS#12 store")
        case .pkcs12: break
        }
        guard let store = KeyStore(bytes, password: password) else {
            throw TLSFileFault(path: path, reason: "it is no PKCS#12 store, or the password is wrong")
        }
        return store
    }

    private init(_ store: KeyStore, path: String) throws(TLSFileFault) {
        guard let privateKey = store.privateKey else {
            throw TLSFileFault(path: path, reason: "there is no key in it")
        }
        guard let certificate = store.certificate else {
            throw TLSFileFault(path: path, reason: "there is no certificate in it that belongs to its key")
        }
        do {
            key = try NIOSSLPrivateKey(bytes: privateKey, format: .der)
            chain = try ([certificate] + store.others).map { try NIOSSLCertificate(bytes: $0, format: .der) }
        } catch {
            throw TLSFileFault(path: path, reason: "its key or a certificate cannot be used: \(error)")
        }
        (certificatePath, keyPath) = (path, path)
    }
}
