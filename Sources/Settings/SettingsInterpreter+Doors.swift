import BrokerTransport
import Glibc

/// What must hold of TLS and the PROXY protocol beyond the bounds of each value.
extension SettingsInterpreter {
    mutating func checkDoors(_ index: Int, _ draft: ListenerDraft, line: Int) {
        if draft.usesProxyProtocol, !isKnown(index, "trusted-proxies/trusted-proxy") {
            report(
                origins[draft.key("proxy-protocol")]?.line ?? line, "\(draft.kind.path)/proxy-protocol",
                """
                it is not said whose headers are believed: add <trusted-proxies><trusted-proxy>10.0.0.0/8</trusted-proxy>\
                </trusted-proxies> with the address or network of the proxies
                """)
        }
        if draft.kind.hasTLS { checkTLS(index, draft, line: line) }
    }

    private mutating func checkTLS(_ index: Int, _ draft: ListenerDraft, line: Int) {
        let path = "\(draft.kind.path)/tls"
        // What is not known is not held against the rest.
        guard !failed.contains(where: { $0.hasPrefix(draft.key("tls/")) }) else { return }
        let tls = draft.tls
        func place(_ name: String) -> Int { origins[draft.key("tls/\(name)")]?.line ?? line }
        if !tls.storePath.isEmpty, !tls.certificate.isEmpty || !tls.privateKey.isEmpty {
            return report(
                place("keystore/path"), "\(path)/keystore",
                "there is a <certificate> or a <private-key> as well: name the one or the other")
        }
        if tls.storePath.isEmpty, tls.certificate.isEmpty != tls.privateKey.isEmpty {
            let (given, missing) =
                tls.certificate.isEmpty ? ("private-key", "certificate") : ("certificate", "private-key")
            return report(place(given), "\(path)/\(given)", "<\(missing)> is missing: they belong together")
        }
        if !tls.storeKeyPassword.isEmpty, tls.storeKeyPassword != tls.storePassword {
            return report(
                place("keystore/private-key-password"), "\(path)/keystore/private-key-password",
                "a PKCS#12 file has one password: it must be the same as <password>")
        }
        guard let configuration = tls.configuration else {
            return report(
                line, path,
                "there is no certificate: add <certificate> and <private-key>, or <keystore> with a PKCS#12 file")
        }
        if configuration.clientAuthentication != .none, configuration.truststore == nil {
            return report(
                place("client-authentication-mode"), "\(path)/client-authentication-mode",
                "no client certificate can be believed without a <truststore>")
        }
        if configuration.usesCertificateAsUserName, configuration.clientAuthentication == .none {
            return report(
                place("use-certificate-as-username"), "\(path)/use-certificate-as-username",
                "clients are not asked for certificates: set <client-authentication-mode> to REQUIRED or OPTIONAL")
        }
        guard !configuration.spokenProtocols.isEmpty else {
            return report(
                place("cipher-suites/cipher-suite"), "\(path)/cipher-suites",
                "none of these suites is one of the protocols that are allowed")
        }
        checkFiles(configuration, path, line: place(tls.storePath.isEmpty ? "certificate" : "keystore/path"))
    }

    private mutating func checkFiles(_ configuration: TLSListenerConfiguration, _ path: String, line: Int) {
        do {
            let material = try TLSMaterial.load(configuration, now: Int64(time(nil)))
            for warning in material.warnings { warnings.append((line, "\(fileName):\(line): \(path): \(warning)")) }
        } catch {
            report(line, path, "\(error)")
        }
    }
}
