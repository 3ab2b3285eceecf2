/// A client as plugins see it (HiveMQ's `ClientData`).
public struct Client: Sendable, Hashable {
    /// Its client identifier.
    public let identifier: String
    /// What it calls itself, or what an ``Authenticator`` has put in its place; nil for an anonymous client.
    public let userName: String?
    public let connection: ConnectionInformation

    /// A client, for example in a test.
    public init(identifier: String, userName: String?, connection: ConnectionInformation) {
        self.identifier = identifier
        self.userName = userName
        self.connection = connection
    }

    /// Whether it was let in without saying who it is.
    public var isAnonymous: Bool { userName == nil }
}

/// Over which way a client is connected.
public struct ConnectionInformation: Sendable, Hashable {
    /// The client's own address and port, such as `192.0.2.1:54321` or `[2001:db8::1]:54321`.
    public let address: String
    /// The name of the listener that it came in on.
    public let listener: String
    public let version: MQTTVersion
    /// What TLS has found out; nil for a connection without it.
    public let security: SecurityInformation?
    /// What a proxy in between has said; nil for a connection without the PROXY protocol.
    public let proxy: ProxyInformation?

    /// A connection.
    public init(
        address: String, listener: String, version: MQTTVersion, security: SecurityInformation? = nil,
        proxy: ProxyInformation? = nil
    ) {
        self.address = address
        self.listener = listener
        self.version = version
        self.security = security
        self.proxy = proxy
    }

    /// The address without its port.
    public var host: Substring {
        guard let colon = address.lastIndex(of: ":") else { return address[...] }
        let host = address[..<colon]
        return host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
    }
}

/// The versions of MQTT.
public enum MQTTVersion: Sendable, Hashable {
    case v3_1, v3_1_1, v5
}

/// What TLS has found out about a connection.
public struct SecurityInformation: Sendable, Hashable {
    /// Such as `TLSv1.3`.
    public let version: String
    /// The name of the server that the client asked for (SNI).
    public let serverName: String?
    /// The certificate that the client has shown, verified against the listener's truststore.
    public let certificate: CertificateInformation?

    /// What TLS has found out.
    public init(version: String, serverName: String? = nil, certificate: CertificateInformation? = nil) {
        self.version = version
        self.serverName = serverName
        self.certificate = certificate
    }
}

/// A client's certificate (HiveMQ's `SslClientCertificate`). What its subject does not say is nil.
public struct CertificateInformation: Sendable, Hashable {
    public var commonName: String?
    public var organization: String?
    public var organizationalUnit: String?
    public var title: String?
    public var serialNumber: String?
    public var country: String?
    public var locality: String?
    public var state: String?
    /// The whole subject as RFC 4514 writes it, such as `CN=sensor-1,O=Example`.
    public var subject: String
    /// Its number within its issuer, in hexadecimal digits.
    public var serial: String
    /// The SHA-256 of its DER form, in hexadecimal digits.
    public var fingerprint: String
    /// Its DER form.
    public var bytes: [UInt8]

    /// A certificate of whose subject nothing but the text is known.
    public init(subject: String, serial: String, fingerprint: String, bytes: [UInt8]) {
        self.subject = subject
        self.serial = serial
        self.fingerprint = fingerprint
        self.bytes = bytes
    }
}

/// What a proxy has said about a connection (HiveMQ's `ProxyInformation`).
public struct ProxyInformation: Sendable, Hashable {
    /// The address of the proxy itself.
    public var proxyAddress: String
    /// Where the client connected to.
    public var destination: String?
    /// The version of TLS between client and proxy.
    public var tlsVersion: String?
    /// The common name of the certificate that the client has shown the proxy.
    public var commonName: String?
    /// All fields as they came, by their type.
    public var fields: [(type: UInt8, value: [UInt8])] = []

    /// A proxy that says nothing more.
    public init(proxyAddress: String) { self.proxyAddress = proxyAddress }

    /// Whether all is the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.proxyAddress == right.proxyAddress && left.destination == right.destination
            && left.tlsVersion == right.tlsVersion && left.commonName == right.commonName
            && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }

    /// Hashes what tells most of them apart.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(proxyAddress)
        hasher.combine(destination)
        hasher.combine(commonName)
    }
}
