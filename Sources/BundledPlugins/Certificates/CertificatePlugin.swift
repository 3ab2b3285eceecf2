package import PluginAPI
import Synchronization

/// What of a client's certificate becomes its user name.
package enum CertificateName: String, Sendable, CaseIterable {
    /// Certificates let nobody in.
    case off
    /// CN, such as `sensor-1`.
    case commonName = "common-name"
    /// The whole subject as RFC 4514 writes it, such as `CN=sensor-1,O=Example`.
    case subject
    /// The SHA-256 of the certificate in hexadecimal digits, small letters, so that a new certificate is another user.
    case fingerprint
}

/// How clients are let in by their certificates.
package struct CertificateConfiguration: Sendable, Hashable {
    package var userName = CertificateName.off
    /// A file with the names that are let in, one a line; empty to let in all that the truststore verifies.
    package var namesPath = ""

    /// Every default.
    package init() {}
}

/// Lets in clients that have shown a certificate which the listener's truststore verifies, and gives them its name.
///
/// With a list of names a certificate that is not on it is refused, whatever else the client shows: who takes a name off
/// the list revokes the certificate. With the settings the list is read again: with a fault in it nothing changes, else
/// clients whose name is gone lose their connection.
package final class CertificatePlugin: Authenticator {
    package let information = PluginInformation(name: "certificate", version: "1")
    /// A certificate costs nothing to look at, so it is asked before what does.
    package let priority = PluginPriority.veryHigh

    private struct State {
        /// Nil for everybody.
        var names: Set<String>?
        var services: PluginServices?
    }

    private let configuration: CertificateConfiguration
    private let state: Mutex<State>

    /// Reads the list of names, if there is one.
    package init(_ configuration: CertificateConfiguration) throws(KeyFileFaults) {
        self.configuration = configuration
        state = Mutex(State(names: try Self.names(configuration)))
    }

    /// Keeps the services.
    package func start(_ services: PluginServices) async throws { state.withLock { $0.services = services } }

    /// Takes the name from the certificate.
    package func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult {
        guard attempt.exchange == nil, let certificate = attempt.connection.security?.certificate else {
            return .abstain
        }
        let names = state.withLock { $0.names }
        guard let name = name(certificate), !name.isEmpty else {
            return names == nil ? .abstain : .refuse(.notAuthorized)
        }
        if let names, !Self.holds(names, name) { return .refuse(.notAuthorized) }
        return .accept(userName: name)
    }

    /// Reads the file again.
    package func settingsReloaded() async {
        guard let services = state.withLock({ $0.services }), !configuration.namesPath.isEmpty else { return }
        let names: Set<String>
        do throws(KeyFileFaults) {
            names = try Self.names(configuration) ?? []
        } catch {
            for fault in error.faults { services.log.log(.error, "\(fault)") }
            services.log.log(.error, "The list of certificates has faults: it stays as it was")
            return
        }
        let gone = state.withLock { state in
            defer { state.names = names }
            return (state.names ?? []).subtracting(names)
        }
        services.log.log(.notice, "The list of certificates was read again: \(names.count) names")
        guard !gone.isEmpty else { return }
        let count = await ConnectedClients(services: services).disconnect { session in
            session.userName.map(gone.contains) ?? false
        }
        services.log.log(.notice, "Certificates that are gone: \(gone.count), clients cut off: \(count)")
    }

    /// Lets go of the services.
    package func stop() async { state.withLock { $0.services = nil } }

    private func name(_ certificate: CertificateInformation) -> String? {
        switch configuration.userName {
        case .off: nil
        case .commonName: certificate.commonName
        case .subject: certificate.subject
        case .fingerprint: Self.fingerprint(certificate.fingerprint)
        }
    }

    /// To Swift two ways to write the same letters are equal, to MQTT they are not.
    private static func holds(_ names: Set<String>, _ name: String) -> Bool {
        names.firstIndex(of: name).map { names[$0].utf8.elementsEqual(name.utf8) } ?? false
    }

    /// Tools write fingerprints with colons or without, in small letters or capitals.
    private static func fingerprint(_ text: String) -> String { text.lowercased().filter { $0 != ":" } }

    private static func names(_ configuration: CertificateConfiguration) throws(KeyFileFaults) -> Set<String>? {
        let path = configuration.namesPath
        guard !path.isEmpty else { return nil }
        let file: KeyFile
        do throws(KeyFileFault) {
            file = try KeyFile.read(path, limit: NameList.largestFile)
        } catch {
            throw KeyFileFaults([error])
        }
        let names = try NameList(file.bytes, file: path).names
        return configuration.userName == .fingerprint ? Set(names.map(fingerprint)) : names
    }
}
