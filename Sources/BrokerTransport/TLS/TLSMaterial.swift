import Glibc
import NIOCore
import NIOSSL

/// What the files of a listener hold, ready to be used.
package struct TLSMaterial: Sendable {
    let context: NIOSSLContext
    /// When the broker's own certificate ceases to be valid, in seconds since 1970.
    package let expiry: Int64
    /// What is right but should be looked at.
    package let warnings: [String]

    /// Reads all files and checks that they belong together. Blocks.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: which file cannot be used, and why.
    package static func load(_ listener: TLSListenerConfiguration, applicationProtocols: [String] = [], now: Int64)
        throws(TLSFileFault) -> TLSMaterial
    {
        let identity = try ServerCredentials(listener.identity)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: identity.chain.map { .certificate($0) }, privateKey: .privateKey(identity.key))
        (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = versions(listener)
        // The names are from a closed list that BoringSSL knows: it would stop the program at an empty one.
        let suites = listener.cipherSuites.filter { $0.version == .tls12 }.map(\.openSSLName)
        configuration.cipherSuites = (suites.isEmpty ? [CipherSuite.ecdsaAES128.openSSLName] : suites)
            .joined(separator: ":")
        configuration.applicationProtocols = applicationProtocols
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .milliseconds(500)
        var warnings = identity.warnings(now: now)
        switch listener.clientAuthentication {
        case .none: configuration.certificateVerification = .none
        case .optional: configuration.certificateVerification = .optionalVerification
        // The name of a client is no host's, so there is none to compare.
        case .required: configuration.certificateVerification = .noHostnameVerification
        }
        if listener.clientAuthentication != .none {
            let authorities = try trusted(listener.truststore)
            configuration.trustRoots = .certificates(authorities)
            configuration.sendCANameList = true
            if let store = listener.truststore, authorities.contains(where: { Int64($0.notValidAfter) < now }) {
                warnings.append("\(store.path): it holds certificates of authorities that have expired")
            }
        }
        return TLSMaterial(
            context: try context(configuration, identity), expiry: Int64(identity.chain[0].notValidAfter),
            warnings: warnings)
    }

    private static func context(_ configuration: TLSConfiguration, _ identity: ServerCredentials)
        throws(TLSFileFault) -> NIOSSLContext
    {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TLSFileFault(
                path: identity.keyPath,
                reason: "this key does not belong to the certificate in \(identity.certificatePath)")
        } catch {
            throw TLSFileFault(path: identity.certificatePath, reason: "it cannot be used for TLS: \(error)")
        }
    }

    /// Versions that have no suite are not spoken: those of TLS 1.3 cannot be chosen one by one, only all or none.
    private static func versions(_ listener: TLSListenerConfiguration) -> (TLSVersion, TLSVersion) {
        let spoken = listener.spokenProtocols
        return (spoken.contains(.tls12) ? .tlsv12 : .tlsv13, spoken.contains(.tls13) ? .tlsv13 : .tlsv12)
    }

    private static func trusted(_ store: TrustStore?) throws(TLSFileFault) -> [NIOSSLCertificate] {
        guard let store else {
            throw TLSFileFault(path: "truststore", reason: "there is none, so no client certificate could be believed")
        }
        let bytes = try SecretFile.read(store.path)
        switch KeyStoreFormat(bytes) {
        case .java: throw TLSFileFault(path: store.path, reason: KeyStoreFormat.conversion(of: store.path))
        case .pem: return try ServerCredentials.certificates(bytes, path: store.path)
        case .pkcs12:
            let found = try ServerCredentials.store(bytes, path: store.path, password: store.password)
            let certificates = (found.certificate.map { [$0] } ?? []) + found.others
            guard !certificates.isEmpty else {
                throw TLSFileFault(path: store.path, reason: "there is no certificate in it")
            }
            do { return try certificates.map { try NIOSSLCertificate(bytes: $0, format: .der) } } catch {
                throw TLSFileFault(path: store.path, reason: "a certificate in it cannot be used: \(error)")
            }
        case .unknown:
            throw TLSFileFault(
                path: store.path, reason: "there is no certificate in PEM form in it, and it is no PKCS#12 store")
        }
    }
}

extension TLSListenerConfiguration {
    /// The protocols that are allowed and have a cipher suite.
    package var spokenProtocols: Set<TLSProtocol> { protocols.intersection(cipherSuites.map(\.version)) }
}
