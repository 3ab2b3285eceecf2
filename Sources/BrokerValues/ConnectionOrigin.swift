/// Where a connection comes from, and what is known of its peer besides what MQTT says.
package struct ConnectionOrigin: Sendable, Hashable {
    /// The client's own address and port, such as `192.0.2.1:54321` or `[2001:db8::1]:54321`; behind a proxy that is
    /// trusted, what that says.
    package var address: String
    /// What the proxy in between says, where the PROXY protocol was used.
    package var proxy: ProxyOrigin?
    /// What TLS has found out; nil for a connection without it.
    package var security: TransportSecurity?

    /// A connection in the clear, without a proxy.
    package init(address: String) { self.address = address }

    /// The address without its port: what limits by address count by.
    package var host: Substring {
        guard let colon = address.lastIndex(of: ":") else { return address[...] }
        let host = address[..<colon]
        return host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
    }
}

/// What the header of the PROXY protocol says (versions 1 and 2, haproxy.org's `proxy-protocol.txt`).
package struct ProxyOrigin: Sendable, Hashable {
    /// The address of the proxy itself.
    package var proxyAddress: String
    /// Where the client connected to.
    package var destination: String?
    /// The version of TLS between client and proxy (`PP2_SUBTYPE_SSL_VERSION`).
    package var tlsVersion: String?
    /// The common name of the certificate that the client showed the proxy (`PP2_SUBTYPE_SSL_CN`), if that has verified it.
    package var commonName: String?
    /// All type-length-value fields by their type, as they came.
    package var fields: [Field] = []

    /// One type-length-value field.
    package struct Field: Sendable, Hashable {
        package let type: UInt8
        package let value: [UInt8]

        /// A field of version 2.
        package init(type: UInt8, value: [UInt8]) {
            self.type = type
            self.value = value
        }
    }

    /// A header without further fields.
    package init(proxyAddress: String) { self.proxyAddress = proxyAddress }
}

/// What TLS has found out about a connection.
package struct TransportSecurity: Sendable, Hashable {
    /// Such as `TLSv1.3`.
    package var version: String
    /// The name that the client asked for (SNI), if any.
    package var serverName: String?
    /// The certificate that the client has shown and that was verified; nil if it has shown none.
    package var certificate: ClientCertificate?

    /// A connection without a client certificate.
    package init(version: String) { self.version = version }
}

/// A client's certificate that was verified against the listener's truststore.
///
/// The names are those of its subject (HiveMQ's `SslClientCertificate`); each is nil where the subject does not say it.
package struct ClientCertificate: Sendable, Hashable {
    package var commonName: String?
    package var organization: String?
    package var organizationalUnit: String?
    package var title: String?
    package var serialNumber: String?
    package var country: String?
    package var locality: String?
    package var state: String?
    /// The whole subject as RFC 4514 writes it, such as `CN=sensor-1,O=Example`.
    package var subject: String
    /// Its serial number within its issuer, in hexadecimal digits.
    package var serial: String
    /// The SHA-256 of its DER form, in hexadecimal digits.
    package var fingerprint: String
    /// Its DER form.
    package var bytes: [UInt8]

    /// A certificate of whose subject nothing but the text is known.
    package init(subject: String, serial: String, fingerprint: String, bytes: [UInt8]) {
        self.subject = subject
        self.serial = serial
        self.fingerprint = fingerprint
        self.bytes = bytes
    }
}
