import BrokerTransport
import BrokerValues
import Foundation
import Testing

@testable import Settings

@Suite("Listeners with TLS, WebSocket and the PROXY protocol")
struct TLSSettingsTests {
    /// Makes a certificate and its key in PEM form and as PKCS#12, and one that has expired.
    private func withKeys(_ body: (String) throws -> Void) throws {
        try withDirectory { directory in
            let commands = [
                ["good", "30"], ["old", "-1"], ["another", "30"],
            ].flatMap { parts in
                [
                    [
                        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        "\(directory)/\(parts[0]).key", "-out", "\(directory)/csr", "-subj", "/CN=localhost",
                    ],
                    [
                        "x509", "-req", "-in", "\(directory)/csr", "-signkey", "\(directory)/\(parts[0]).key", "-days",
                        parts[1], "-out", "\(directory)/\(parts[0]).pem",
                    ],
                ]
            }
            for command in commands { try openssl(command) }
            try openssl([
                "pkcs12", "-export", "-in", "\(directory)/good.pem", "-inkey", "\(directory)/good.key", "-out",
                "\(directory)/good.p12", "-passout", "pass:secret",
            ])
            try openssl([
                "pkcs12", "-export", "-in", "\(directory)/good.pem", "-nokeys", "-out", "\(directory)/trust.p12",
                "-passout", "pass:secret",
            ])
            try openssl([
                "pkcs12", "-export", "-inkey", "\(directory)/good.key", "-in", "\(directory)/good.key", "-nocerts",
                "-certfile", "\(directory)/another.pem", "-out", "\(directory)/foreign.p12", "-passout", "pass:secret",
            ])
            try openssl([
                "ec", "-in", "\(directory)/good.key", "-aes128", "-passout", "pass:secret", "-out",
                "\(directory)/locked.key",
            ])
            try body(directory)
        }
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments)")
    }

    private func file(_ inside: String, kind: String = "tls-tcp-listener", beside: String = "") -> String {
        """
        <skep><listeners><\(kind)><port>8883</port><bind-address>127.0.0.1</bind-address>\(beside)
        <tls>\(inside)</tls></\(kind)></listeners></skep>
        """
    }

    private func pem(_ directory: String, _ certificate: String = "good", _ key: String = "good") -> String {
        "<certificate>\(directory)/\(certificate).pem</certificate><private-key>\(directory)/\(key).key</private-key>"
    }

    @Test("A listener is described with PEM files and everything else at its default")
    func defaults() throws {
        try withKeys { directory in
            let found = try settings(file(pem(directory)))
            let listener = try #require(found.transport.listeners.first)
            #expect(listener.identity.name == "tls-tcp-listener-8883")
            #expect(listener.transportName == "tls")
            let identity = ServerIdentity.pem(
                certificate: "\(directory)/good.pem", privateKey: "\(directory)/good.key", password: nil)
            #expect(listener.tls == TLSListenerConfiguration(identity: identity))
            #expect(found.warnings.isEmpty)
        }
    }

    @Test("Everything that HiveMQ has is understood")
    func hiveMQ() throws {
        try withKeys { directory in
            let found = try settings(
                file(
                    """
                    <keystore><path>\(directory)/good.p12</path><password>secret</password>
                    <private-key-password>secret</private-key-password></keystore>
                    <truststore><path>\(directory)/good.pem</path><password>x</password></truststore>
                    <client-authentication-mode>REQUIRED</client-authentication-mode>
                    <handshake-timeout>5000</handshake-timeout>
                    <concurrent-handshake-limit>7</concurrent-handshake-limit>
                    <protocols><protocol>TLSv1.3</protocol></protocols>
                    <cipher-suites><cipher-suite>TLS_AES_256_GCM_SHA384</cipher-suite>
                    <cipher-suite>TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256</cipher-suite></cipher-suites>
                    <prefer-server-cipher-suites>true</prefer-server-cipher-suites>
                    <use-certificate-as-username>true</use-certificate-as-username>
                    """, kind: "tls-websocket-listener",
                    beside: """
                        <path>/ws</path><subprotocols><subprotocol>mqtt</subprotocol></subprotocols>
                        <allow-extensions>false</allow-extensions><proxy-protocol>true</proxy-protocol>
                        <trusted-proxies><trusted-proxy>10.0.0.0/8</trusted-proxy><trusted-proxy>::1</trusted-proxy>
                        </trusted-proxies>
                        """))
            let listener = try #require(found.transport.listeners.first)
            #expect(listener.transportName == "tls_websocket")
            var expected = WebSocketConfiguration()
            (expected.path, expected.subprotocols) = ("/ws", ["mqtt"])
            #expect(listener.transport == .webSocket(expected))
            #expect(listener.proxyProtocol?.trustedSources.map(\.description) == ["10.0.0.0/8", "::1"])
            let tls = try #require(listener.tls)
            #expect(tls.identity == .store(path: "\(directory)/good.p12", password: "secret"))
            #expect(tls.clientAuthentication == .required)
            #expect(tls.handshakeTimeoutMilliseconds == 5000)
            #expect(tls.concurrentHandshakeLimit == 7)
            #expect(tls.protocols == [.tls13])
            #expect(tls.cipherSuites == [.aes256ForTLS13, .rsaAES128])
            #expect(tls.usesCertificateAsUserName)
            #expect(found.warnings.count == 1)
            let lines = found.descriptionLines
            #expect(!lines.contains { $0.contains("secret") })
            #expect(lines.contains { $0.hasPrefix("listeners/tls-websocket-listener[1]/tls/keystore/password = ****") })
            #expect(
                lines.contains {
                    $0.hasPrefix("listeners/tls-websocket-listener[1]/trusted-proxies/trusted-proxy = 10.0.0.0/8, ::1")
                })
        }
    }

    @Test("Listeners of all kinds stand beside each other, each counted among its own")
    func mix() throws {
        try withKeys { directory in
            let one = "<port>1</port><bind-address>127.0.0.1</bind-address>"
            let text = """
                <skep><listeners><tcp-listener>\(one)</tcp-listener>
                <websocket-listener>\(one.replacing(">1<", with: ">2<"))</websocket-listener>
                <tls-tcp-listener>\(one.replacing(">1<", with: ">3<"))<tls>\(pem(directory))</tls></tls-tcp-listener>
                <tcp-listener>\(one.replacing(">1<", with: ">4<"))</tcp-listener></listeners></skep>
                """
            let found = try settings(text)
            #expect(
                found.transport.listeners.map(\.identity.name) == [
                    "tcp-listener-1", "websocket-listener-2", "tls-tcp-listener-3", "tcp-listener-4",
                ])
            #expect(found.origin(of: "listeners/tcp-listener[2]/port").description == "config.xml:4")
            #expect(found.shownValues["listeners/websocket-listener[1]/path"] == "/mqtt")
            #expect(found.shownValues["listeners/tcp-listener[1]/path"] == nil)
        }
    }

    /// What may stand inside of `tls`, and what is said about it.
    private func mistakes(_ directory: String) -> [(inside: String, says: String)] {
        [
            ("", "there is no certificate: add <certificate> and <private-key>, or <keystore>"),
            ("<certificate>/a</certificate>", "<private-key> is missing"),
            (pem(directory, "missing"), "\(directory)/missing.pem: it cannot be read: No such file"),
            (pem(directory, "text"), "text.pem: there is no certificate in PEM form in it"),
            (pem(directory, "good", "another"), "another.key: this key does not belong to the certificate in"),
            (
                pem(directory, "good", "locked"),
                "locked.key: there is no private key in PEM form in it, or it is encrypted"
            ),
            (
                pem(directory, "good", "locked") + "<private-key-password>wrong</private-key-password>",
                "or the password is wrong"
            ),
            (
                pem(directory, "good", "locked") + "<private-key-password>\u{E4}</private-key-password>",
                "may have ASCII characters only"
            ),
            (
                "<keystore><path>\(directory)/java.jks</path></keystore>",
                "keytool -importkeystore -srckeystore \(directory)/java.jks"
            ),
            (
                "<keystore><path>\(directory)/good.p12</path><password>x</password></keystore>",
                "or the password is wrong"
            ),
            (
                "<keystore><path>\(directory)/trust.p12</path><password>secret</password></keystore>",
                "there is no key in it"
            ),
            (
                "<keystore><path>\(directory)/foreign.p12</path><password>secret</password></keystore>",
                "there is no certificate in it that belongs to its key"
            ),
            (
                "<keystore><path>\(directory)/good.pem</path></keystore>",
                "it is in PEM form: name it in <certificate>"
            ),
            ("<keystore><path>\(directory)</path></keystore>", "it is no file"),
            (pem(directory) + "<keystore><path>/x</path></keystore>", "name the one or the other"),
            (
                pem(directory) + "<client-authentication-mode>REQUIRED</client-authentication-mode>",
                "without a <truststore>"
            ),
            (
                pem(directory) + "<use-certificate-as-username>true</use-certificate-as-username>",
                "clients are not asked for certificates"
            ),
            (
                pem(directory) + "<protocols><protocol>TLSv1.1</protocol></protocols>",
                "found \"TLSv1.1\", allowed is TLSv1.2 or TLSv1.3"
            ),
            (
                pem(directory)
                    + "<cipher-suites><cipher-suite>TLS_RSA_WITH_AES_128_CBC_SHA</cipher-suite></cipher-suites>",
                "found \"TLS_RSA_WITH_AES_128_CBC_SHA\", allowed is"
            ),
            (
                pem(directory) + """
                    <protocols><protocol>TLSv1.2</protocol></protocols>
                    <cipher-suites><cipher-suite>TLS_AES_128_GCM_SHA256</cipher-suite></cipher-suites>
                    """, "none of these suites is one of the protocols"
            ),
        ]
    }

    @Test("Each mistake is told with the file that has it")
    func mistakes() throws {
        try withKeys { directory in
            try write("\u{FE}", to: "\(directory)/text.pem")
            try Data([0xFE, 0xED, 0xFE, 0xED, 0, 0]).write(to: URL(fileURLWithPath: "\(directory)/java.jks"))
            for (inside, says) in mistakes(directory) {
                let found = faults(file(inside))
                #expect(found.count == 1 && found[0].contains(says), "\(says): \(found)")
            }
            let encrypted = pem(directory, "good", "locked") + "<private-key-password>secret</private-key-password>"
            #expect(faults(file(encrypted)).isEmpty)
        }
    }

    @Test("A truststore may be a PKCS#12 store, with a key in it or without, and is read with its password only")
    func truststores() throws {
        try withKeys { directory in
            func trusting(_ name: String, _ password: String) -> String {
                file(
                    pem(directory) + "<client-authentication-mode>REQUIRED</client-authentication-mode><truststore>"
                        + "<path>\(directory)/\(name)</path><password>\(password)</password></truststore>")
            }
            for name in ["trust.p12", "good.p12", "foreign.p12"] {
                #expect(faults(trusting(name, "secret")).isEmpty, "\(name)")
                #expect(faults(trusting(name, "wrong")).count == 1, "\(name)")
            }
            #expect(faults(trusting("text.pem", "")).count == 1)
        }
    }

    @Test("A certificate that has expired is a warning, which names the file")
    func expired() throws {
        try withKeys { directory in
            let found = try settings(file(pem(directory, "old", "old")))
            #expect(found.warnings.count == 1)
            #expect(found.warnings.first?.contains("\(directory)/old.pem: the certificate has expired") == true)
        }
    }

    @Test("The PROXY protocol needs to know whom to believe")
    func proxies() {
        let one = "<port>1</port><bind-address>127.0.0.1</bind-address><proxy-protocol>true</proxy-protocol>"
        func text(_ more: String) -> String {
            "<skep><listeners><tcp-listener>\(one)\(more)</tcp-listener></listeners></skep>"
        }
        #expect(faults(text("")).first?.contains("whose headers are believed") == true)
        for good in ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32", "0.0.0.0/0"] {
            #expect(faults(text("<trusted-proxies><trusted-proxy>\(good)</trusted-proxy></trusted-proxies>")).isEmpty)
        }
        for bad in ["10.0.0.0/33", "10.0.0.0/", "host", "1.2.3", "::1/129", "10.0.0.0/-1", ""] {
            let found = faults(text("<trusted-proxies><trusted-proxy>\(bad)</trusted-proxy></trusted-proxies>"))
            #expect(found.count == 1 && found[0].contains("allowed is an address, or a network"), "\(bad): \(found)")
        }
    }

    @Test("An address lies in a network by its first bits")
    func networks() throws {
        let cases: [(String, String, Bool)] = [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/9", "10.128.0.0", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false), ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("2001:db8::/33", "2001:db8:8000::", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("::/0", "::1", true), ("10.0.0.0/8", "no address", false),
        ]
        for (network, address, isIn) in cases {
            #expect(try #require(NetworkRange(network)).contains(address) == isIn, "\(address) in \(network)")
        }
    }

    @Test("A listener may refuse anonymous clients where somebody tells clients apart, and only there")
    func anonymous() throws {
        let text = """
            <skep><listeners><tcp-listener><port>1</port><anonymous>false</anonymous></tcp-listener></listeners></skep>
            """
        #expect(faults(text).count == 1)
        let defaults = SettingsDefaults(eventLoops: 1, hasAuthentication: true)
        let found = try SettingsReader.read(text, fileName: "config.xml", environment: [:], defaults: defaults)
        #expect(found.transport.listeners.first?.anonymous == false)
    }
}
