import RandomKit
import Testing

@testable import BrokerTransport

/// The first message of clients.
enum HelloBytes {
    /// One for TLS 1.2 with the name `localhost` and one suite, which every listener takes up.
    static let typical = record(message(serverName: Array("localhost".utf8)))

    static func message(serverName: [UInt8]) -> [UInt8] {
        let name = [0] + vector(serverName)
        // server_name, supported_groups with P-256, signature_algorithms with ECDSA and RSA on SHA-256
        let extensions =
            [0, 0] + vector(vector(name)) + [0, 10] + vector(vector([0, 23])) + [0, 13]
            + vector(vector([4, 3, 8, 4]))
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + vector([0xC0, 0x2B, 0xC0, 0x2F]) + [1, 0]
            + vector(extensions)
        return [1, 0] + vector(body)
    }

    /// Bytes behind their length.
    static func vector(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    static func record(_ bytes: [UInt8]) -> [UInt8] { [0x16, 3, 1] + vector(bytes) }
}

@Suite("The first message of TLS")
struct ClientHelloTests {
    @Test("The name that a client asks for is found")
    func serverName() {
        #expect(ClientHello.read(HelloBytes.typical) == .hello(ClientHello(serverName: "localhost")))
    }

    @Test("A message that is cut anywhere is not complete")
    func cut() {
        for length in 0..<HelloBytes.typical.count {
            #expect(ClientHello.read(Array(HelloBytes.typical.prefix(length))) == .incomplete)
        }
    }

    @Test("A message in several records is read as one")
    func records() {
        let message = HelloBytes.message(serverName: Array("broker.example".utf8))
        let bytes = message.map { HelloBytes.record([$0]) }.joined()
        #expect(ClientHello.read(Array(bytes)) == .hello(ClientHello(serverName: "broker.example")))
    }

    @Test(
        "MQTT, HTTP and TLS before version 3 are no TLS", arguments: [[0x10, 0x0C], Array("GET /".utf8), [0x16, 2]])
    func others(_ bytes: [UInt8]) { #expect(ClientHello.read(bytes) == .notTLS) }

    @Test("A name that no host can have is left out", arguments: ["a\nb", "", "b c", "\u{1B}[2J"])
    func badName(_ name: String) {
        let message = HelloBytes.record(HelloBytes.message(serverName: Array(name.utf8)))
        #expect(ClientHello.read(message) == .hello(ClientHello(serverName: nil)))
    }

    @Test("Whatever comes is read without harm", arguments: Seeds.all)
    func anything(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            var bytes = HelloBytes.typical
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            if random.chance(30) { bytes.removeLast(random.below(bytes.count)) }
            let reading = ClientHello.read(bytes)
            #expect(reading != .notTLS || !bytes.starts(with: ClientHello.recordStart.prefix(bytes.count)))
        }
    }
}
