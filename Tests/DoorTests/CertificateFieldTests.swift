import BrokerValues
import NIOSSL
import RandomKit
import Testing

@testable import BrokerTransport

@Suite("Fields of certificates")
struct CertificateFieldTests {
    private func certificate(_ subject: String) throws -> [UInt8] {
        let certificates = try TestCertificates()
        try certificates.issue("one", subject: subject)
        return try NIOSSLCertificate.fromPEMFile(certificates.path("one.pem"))[0].toDERBytes()
    }

    @Test("A subject is written as RFC 4514 has it")
    func escapes() throws {
        let found = ClientCertificate(der: try certificate(#"/O=#a;b /CN=x="y",z<>"#))
        #expect(found.commonName == #"x="y",z<>"#)
        #expect(found.subject == ##"CN=x=\"y\"\,z\<\>,O=\#a\;b\ "##)
    }

    @Test(
        "Bytes that are no certificate have a fingerprint and nothing else", arguments: [[], [0x30], [0x30, 0x80, 1]])
    func nothing(_ bytes: [UInt8]) {
        let found = ClientCertificate(der: bytes)
        #expect(found.subject.isEmpty)
        #expect(found.commonName == nil)
        #expect(found.fingerprint.count == 64)
    }

    @Test("A certificate with any bytes changed is read without harm", arguments: Seeds.all)
    func anything(_ seed: UInt64) throws {
        let good = try certificate("/C=DE/O=Example/CN=sensor-1")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0...random.below(6) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            if random.chance(20) { bytes.removeLast(random.below(bytes.count)) }
            let found = ClientCertificate(der: bytes)
            #expect(found.bytes == bytes)
            #expect(found.subject.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test("Objects whose numbers do not fit anything are read without harm", arguments: Seeds.all)
    func names(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let identifier = random.bytes(random.below(24))
            let value = random.bytes(random.below(24))
            let pair =
                [0x06, UInt8(identifier.count)] + identifier + [UInt8(random.below(32)), UInt8(value.count)] + value
            let set = [0x30, UInt8(pair.count)] + pair
            let name = DistinguishedName([0x31, UInt8(set.count)] + set)
            // Some tags are those of longer forms, which names do not have.
            if let name { #expect(name.description.unicodeScalars.contains("=")) }
        }
    }
}
