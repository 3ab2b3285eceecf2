import BrokerTransport
import BrokerValues

/// One listener while it is read.
struct ListenerDraft: Sendable {
    /// The element that it is.
    let kind: ListenerKind
    /// Its place among the listeners of its kind, from 1 as in XPath.
    let number: Int
    /// Empty until named or generated.
    var name = ""
    var port = 0
    /// HiveMQ's default.
    var bindAddress = "0.0.0.0"
    var anonymous = false
    var connectProtection = ConnectProtectionDraft()
    var usesProxyProtocol = false
    /// Empty until one is given.
    var trustedProxies: [NetworkRange] = []
    var tls = TLSDraft()
    var webSocket = WebSocketConfiguration()
    /// Those that were given; HiveMQ's until one is.
    var subprotocols: [String] = []

    /// Everything at its default.
    init(_ kind: ListenerKind, number: Int) {
        self.kind = kind
        self.number = number
    }

    /// A listener in clear text that no file describes.
    init(_ listener: ListenerConfiguration, number: Int) {
        self.init(.tcp, number: number)
        name = listener.identity.name
        port = listener.port
        bindAddress = listener.bindAddress
        anonymous = listener.anonymous
        connectProtection.isThere = listener.connectRate != nil
        connectProtection.rate = listener.connectRate?.perSecond
        connectProtection.burst = listener.connectRate?.burst
    }

    /// The key of one of its options in ``EffectiveSettings/origins``.
    func key(_ name: String) -> String { "\(kind.path)[\(number)]/\(name)" }

    /// What the protection comes to; nil without one, and while it is not enabled or the rate is not known.
    var rate: ConnectRate? {
        guard connectProtection.isInForce else { return nil }
        return connectProtection.rate.map { ConnectRate(perSecond: $0, burst: connectProtection.burst) }
    }

    /// The listener that it describes.
    var configuration: ListenerConfiguration {
        var listener = ListenerConfiguration(
            identity: ListenerIdentity(name), bindAddress: bindAddress, port: port, anonymous: anonymous)
        listener.connectRate = rate
        if kind.hasTLS { listener.tls = tls.configuration }
        if kind.hasWebSocket {
            var webSocket = webSocket
            if !subprotocols.isEmpty { webSocket.subprotocols = subprotocols }
            listener.transport = .webSocket(webSocket)
        }
        if usesProxyProtocol { listener.proxyProtocol = ProxyProtocolConfiguration(trustedSources: trustedProxies) }
        return listener
    }
}

/// One `connect-overload-protection` while it is read.
struct ConnectProtectionDraft: Sendable {
    /// Whether there is such an element.
    var isThere = false
    /// HiveMQ 4's `enabled`: a protection that is described is meant to be in force.
    var isEnabled = true
    /// Nil until it is given.
    var rate: Double?
    var burst: Int?

    var isInForce: Bool { isThere && isEnabled }
}

/// One `tls` while it is read; texts are empty until they are given.
struct TLSDraft: Sendable {
    var certificate = ""
    var privateKey = ""
    var privateKeyPassword = ""
    var storePath = ""
    var storePassword = ""
    var storeKeyPassword = ""
    var trustPath = ""
    var trustPassword = ""
    /// Empty until one is given.
    var protocols: [TLSProtocol] = []
    var cipherSuites: [CipherSuite] = []
    /// The rest, at its default until it is given.
    var others = TLSListenerConfiguration(identity: .store(path: "", password: ""))

    /// Nil as long as it is not said where the certificate is.
    var configuration: TLSListenerConfiguration? {
        var result = others
        if !storePath.isEmpty {
            result.identity = .store(path: storePath, password: storePassword)
        } else if !certificate.isEmpty, !privateKey.isEmpty {
            result.identity = .pem(
                certificate: certificate, privateKey: privateKey,
                password: privateKeyPassword.isEmpty ? nil : privateKeyPassword)
        } else {
            return nil
        }
        if !trustPath.isEmpty { result.truststore = TrustStore(path: trustPath, password: trustPassword) }
        if !protocols.isEmpty { result.protocols = Set(protocols) }
        if !cipherSuites.isEmpty { result.cipherSuites = cipherSuites }
        return result
    }
}
