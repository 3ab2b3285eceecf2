import BrokerValues
import Logging
import MQTTWire
import NIOPosix
import PluginAPI
import Testing

@testable import BrokerCore
@testable import SkepBroker

/// Says of each client by its user name what becomes of it; of clients without one nothing.
private final class Judge: Authenticator {
    let information = PluginInformation(name: "judge", version: "1")

    struct Broken: Error {}

    func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult {
        switch attempt.userName {
        case "known": .accept(userName: "somebody else")
        case "revoked": .refuse(.notAuthorized)
        case "broken": throw Broken()
        default: .abstain
        }
    }
}

@Suite("Listeners that take a certificate for a name")
struct CertifiedLoginTests {
    private func verdict(_ userName: String?, commonName: String? = "sensor") async -> ConnectVerdict {
        let host = PluginHost(
            [Judge()], limits: PluginLimits(), anonymousListeners: [], certificateListeners: ["tls"],
            loop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var origin = ConnectionOrigin(address: "192.0.2.1:1")
        var security = TransportSecurity(version: "TLSv1.3")
        if let commonName {
            var certificate = ClientCertificate(subject: "CN=\(commonName)", serial: "1", fingerprint: "", bytes: [])
            certificate.commonName = commonName
            security.certificate = certificate
        }
        origin.security = security
        let question = ConnectQuestion(
            clientIdentifier: "c", userName: userName, password: nil, listener: ListenerIdentity("tls"),
            origin: origin, version: .v5, userProperties: [], login: nil)
        return await host.decide(question, isReauthentication: false)
    }

    private func name(_ verdict: ConnectVerdict) -> String? {
        if case .accept(let grant) = verdict { grant.userName } else { nil }
    }

    private func reason(_ verdict: ConnectVerdict) -> ReasonCode? {
        if case .refuse(let reason, _) = verdict { reason } else { nil }
    }

    @Test("The certificate's name is the user's, whatever CONNECT says and whoever else accepts it")
    func accepted() async {
        for userName in [nil, "anybody", "known"] {
            #expect(name(await verdict(userName)) == "sensor", "\(userName ?? "")")
        }
    }

    @Test("Who refuses is heard: a list of names can revoke a certificate")
    func refused() async { #expect(reason(await verdict("revoked")) == .notAuthorized) }

    @Test("While somebody who could refuse does not answer nobody is let in")
    func unanswered() async { #expect(reason(await verdict("broken")) == .serverUnavailable) }

    @Test("Without a certificate the name has to be found otherwise")
    func without() async {
        #expect(reason(await verdict(nil, commonName: nil)) == .notAuthorized)
        #expect(name(await verdict("known", commonName: nil)) == "somebody else")
    }
}
