import BrokerTransport

/// What stands between sockets and MQTT: the PROXY protocol, TLS and WebSocket.
extension OptionTable {
    static let proxyOptions: [SettingsOption] = [
        .listener(
            "proxy-protocol", .boolean(\.usesProxyProtocol), defaultNote: "false",
            """
            Whether every connection begins with a header of the PROXY protocol, version 1 or 2, that says where the client \
            really is.
            """),
        .listener(
            "trusted-proxies/trusted-proxy", .networks(\.trustedProxies),
            defaultNote: "none: one must be given with `proxy-protocol`",
            "Who is believed what that header says; whoever else connects is refused.",
            unlike: .hiveMQ("every source is believed", "anybody could claim any address")),
    ]

    static let webSocketOptions: [SettingsOption] = [
        .listener(
            "path", .httpPath(\.webSocket.path, taken: []), in: ListenerKind.withWebSocket, defaultNote: "/mqtt",
            "The path that clients ask for."),
        .listener(
            "subprotocols/subprotocol",
            .list(
                .string(maximumBytes: 64),
                read: { $0.subprotocols.isEmpty ? $0.webSocket.subprotocols : $0.subprotocols },
                add: { draft, name in
                    draft.subprotocols.append(name)
                    return true
                }),
            in: ListenerKind.withWebSocket, defaultNote: "`mqttv3.1` and `mqtt`",
            "A subprotocol that is agreed on; of those that a client offers the first one that is known counts."),
        .listener(
            "allow-extensions", .boolean(\.webSocket.allowsExtensions), in: ListenerKind.withWebSocket,
            defaultNote: "false", "Whether extensions of WebSocket may be agreed on."),
    ]

    static let tlsOptions: [SettingsOption] =
        storeOptions + [
            .listener(
                "tls/client-authentication-mode", .choice(\.tls.others.clientAuthentication), in: ListenerKind.withTLS,
                defaultNote: "NONE",
                "Whether clients are asked for a certificate, and whether they must show one that the truststore vouches for."
            ),
            .listener(
                "tls/use-certificate-as-username", .boolean(\.tls.others.usesCertificateAsUserName),
                in: ListenerKind.withTLS, defaultNote: "false",
                "Whether the common name of the client's certificate becomes its user name, whatever CONNECT says."),
            .listener(
                "tls/handshake-timeout", .integer(\.tls.others.handshakeTimeoutMilliseconds, 100...600_000),
                unit: "milliseconds", in: ListenerKind.withTLS, defaultNote: "10000",
                "How long a client may take from its connection until TLS is established; waiting for a place counts."),
            .listener(
                "tls/concurrent-handshake-limit", .integer(\.tls.others.concurrentHandshakeLimit, 1...1_000_000),
                unit: "handshakes", in: ListenerKind.withTLS, defaultNote: "1000",
                """
                Handshakes of this listener that may be under way at a time; up to 10,000 further clients wait for theirs \
                without being read from.
                """,
                unlike: .hiveMQ("no limit", "a storm of clients must not starve those that are connected")),
            .listener(
                "tls/protocols/protocol",
                .list(
                    .choice(TLSProtocol.allCases.map(\.rawValue)),
                    read: { draft in
                        let all = draft.tls.protocols.isEmpty ? TLSProtocol.allCases : draft.tls.protocols
                        return TLSProtocol.allCases.filter(all.contains).map(\.rawValue)
                    },
                    add: { draft, name in
                        guard let found = TLSProtocol(rawValue: name) else { return false }
                        draft.tls.protocols.append(found)
                        return true
                    }), in: ListenerKind.withTLS, defaultNote: "both", "A version of TLS that is spoken.",
                unlike: .hiveMQ("all that the runtime has", "versions before 1.2 are broken (RFC 8996)")),
            .listener(
                "tls/cipher-suites/cipher-suite",
                .list(
                    .choice(CipherSuite.allCases.map(\.rawValue)),
                    read: { draft in
                        (draft.tls.cipherSuites.isEmpty ? CipherSuite.allCases : draft.tls.cipherSuites).map(\.rawValue)
                    },
                    add: { draft, name in
                        guard let suite = CipherSuite(named: name) else { return false }
                        draft.tls.cipherSuites.append(suite)
                        return true
                    }), in: ListenerKind.withTLS, defaultNote: "all of them",
                """
                    A cipher suite that is offered. Those of TLS 1.3 (without `ECDHE`) cannot be chosen one by one: if one is in the \
                list all are offered, if none is TLS 1.3 is not spoken, as TLS 1.2 is not without one of its own.
                """,
                unlike: .hiveMQ("all that the runtime has", "suites without forward secrecy or authentication are weak")
            ),
        ]

    /// Where certificates and keys are.
    private static let storeOptions: [SettingsOption] = [
        .listener(
            "tls/certificate", .string(\.tls.certificate, maximumBytes: 4096), in: ListenerKind.withTLS,
            defaultNote: "none: it must be given, or `keystore`",
            """
            A PEM file with the broker's certificate and behind it those between it and its root. Files that change are read \
            again within 10 seconds and at SIGHUP; connected clients stay.
            """),
        .listener(
            "tls/private-key", .string(\.tls.privateKey, maximumBytes: 4096), in: ListenerKind.withTLS,
            defaultNote: "none: it must be given with `certificate`", "A PEM file with the key of that certificate."),
        .listener(
            "tls/private-key-password", .string(\.tls.privateKeyPassword, maximumBytes: 999), secret: true,
            in: ListenerKind.withTLS, defaultNote: "none", "What an encrypted key in PEM form is opened with."),
        .listener(
            "tls/keystore/path", .string(\.tls.storePath, maximumBytes: 4096), in: ListenerKind.withTLS,
            defaultNote: "none",
            """
            A PKCS#12 file with certificate and key, instead of two PEM files. Java's own format (JKS) is refused, with the \
            line that converts it.
            """),
        .listener(
            "tls/keystore/password", .string(\.tls.storePassword, maximumBytes: 999), secret: true,
            in: ListenerKind.withTLS, defaultNote: "none", "What the keystore is opened with."),
        .listener(
            "tls/keystore/private-key-password", .string(\.tls.storeKeyPassword, maximumBytes: 999), secret: true,
            in: ListenerKind.withTLS, defaultNote: "that of the keystore",
            "What the key in the keystore is opened with; a PKCS#12 file has one password for both."),
        .listener(
            "tls/truststore/path", .string(\.tls.trustPath, maximumBytes: 4096), in: ListenerKind.withTLS,
            defaultNote: "none: it must be given if clients are asked for certificates",
            "A PEM or PKCS#12 file with the certificates of the authorities that vouch for clients."),
        .listener(
            "tls/truststore/password", .string(\.tls.trustPassword, maximumBytes: 999), secret: true,
            in: ListenerKind.withTLS, defaultNote: "none", "What a PKCS#12 file is opened with; a PEM file needs none."),
    ]
}
