import PluginAPI
import Synchronization
import Testing

@testable import BundledPlugins

@Suite("The certificate plugin")
struct CertificatePluginTests {
    private func certificate(_ name: String?) -> CertificateInformation {
        var certificate = CertificateInformation(
            subject: "CN=\(name ?? ""),O=Example", serial: "01", fingerprint: "AB:CD:EF", bytes: [])
        certificate.commonName = name
        return certificate
    }

    private func plugin(
        _ name: CertificateName, names: String? = nil, directory: String, _ broker: FakeBroker = FakeBroker()
    ) async throws -> CertificatePlugin {
        var configuration = CertificateConfiguration()
        configuration.userName = name
        if let names {
            configuration.namesPath = directory + "/names"
            try write(names, to: configuration.namesPath)
        }
        let plugin = try CertificatePlugin(configuration)
        try await plugin.start(broker.services)
        return plugin
    }

    @Test(
        "What the settings say of a certificate becomes the user name, whatever the client calls itself",
        arguments: [
            (CertificateName.commonName, "sensor-1"), (.subject, "CN=sensor-1,O=Example"), (.fingerprint, "abcdef"),
        ])
    func names(_ name: CertificateName, _ expected: String) async throws {
        let plugin = try await plugin(name, directory: "")
        let attempt = attempt("root", "x", certificate: certificate("sensor-1"))
        #expect(try await plugin.authenticate(attempt) == .accept(userName: expected))
    }

    @Test("Who has shown no certificate, or one without that name, is left to others")
    func others() async throws {
        let plugin = try await plugin(.commonName, directory: "")
        #expect(try await plugin.authenticate(attempt("u", "x")) == .abstain)
        #expect(try await plugin.authenticate(attempt(nil, nil, certificate: certificate(nil))) == .abstain)
        #expect(try await plugin.authenticate(attempt(nil, nil, certificate: certificate(""))) == .abstain)
    }

    @Test("A certificate that is not on the list is refused, and who was taken off it is cut off")
    func list() async throws {
        try await withDirectory { (directory) async throws in
            let broker = FakeBroker()
            let plugin = try await plugin(
                .commonName, names: "# sensors\nsensor-1\n\n sensor-2 \n", directory: directory, broker)
            let one = attempt(nil, nil, certificate: certificate("sensor-1"))
            let two = attempt(nil, nil, certificate: certificate("sensor-2"))
            #expect(try await plugin.authenticate(one) == .accept(userName: "sensor-1"))
            #expect(try await plugin.authenticate(two) == .accept(userName: "sensor-2"))
            let nobody = attempt("sensor-1", "x", certificate: certificate("sensor-3"))
            #expect(try await plugin.authenticate(nobody) == .refuse(.notAuthorized))
            #expect(
                try await plugin.authenticate(attempt("x", "y", certificate: certificate(nil)))
                    == .refuse(.notAuthorized))
            broker.connect("1", userName: "sensor-1")
            broker.connect("2", userName: "sensor-2")
            try write("sensor-2\n", to: directory + "/names")
            await plugin.settingsReloaded()
            #expect(broker.disconnected == ["1"])
            #expect(try await plugin.authenticate(one) == .refuse(.notAuthorized))
            #expect(try await plugin.authenticate(two) == .accept(userName: "sensor-2"))
        }
    }

    @Test("A list that cannot be read stays as it was")
    func faulty() async throws {
        try await withDirectory { (directory) async throws in
            let broker = FakeBroker()
            let plugin = try await plugin(.commonName, names: "sensor-1\n", directory: directory, broker)
            broker.connect("1", userName: "sensor-1")
            try write("a\0b", to: directory + "/names")
            await plugin.settingsReloaded()
            #expect(broker.disconnected.isEmpty)
            let one = attempt(nil, nil, certificate: certificate("sensor-1"))
            #expect(try await plugin.authenticate(one) == .accept(userName: "sensor-1"))
            #expect(broker.lines.contains { $0.hasPrefix("error: ") })
        }
    }

    @Test("A fingerprint on the list may be written as tools write it")
    func fingerprints() async throws {
        try await withDirectory { (directory) async throws in
            for names in ["ab:cd:ef\n", "ABCDEF\n"] {
                let plugin = try await plugin(.fingerprint, names: names, directory: directory)
                let attempt = attempt(nil, nil, certificate: certificate("x"))
                #expect(try await plugin.authenticate(attempt) == .accept(userName: "abcdef"))
            }
        }
    }
}
