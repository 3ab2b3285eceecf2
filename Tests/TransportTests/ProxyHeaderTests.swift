import BrokerValues
import NIOCore
import RandomKit
import Testing

@testable import BrokerTransport

@Suite("Headers of the PROXY protocol")
struct ProxyHeaderTests {
    private func parse(_ bytes: [UInt8]) throws(ProxyRefusal) -> ProxyHeader? {
        try ProxyHeaderParser.parse(ByteBuffer(bytes: bytes))?.header
    }

    private func parse(_ text: String) throws(ProxyRefusal) -> ProxyHeader? { try parse(Array(text.utf8)) }

    private func route(_ header: ProxyHeader?) -> [String]? { header?.route.map { [$0.source, $0.destination] } }

    // MARK: Version 1

    @Test(
        "A line tells both addresses",
        arguments: [
            ("TCP4 192.0.2.1 198.51.100.2 54321 1883", ["192.0.2.1:54321", "198.51.100.2:1883"]),
            ("TCP6 2001:DB8::1 ::1 1 65535", ["[2001:db8::1]:1", "[::1]:65535"]),
            ("TCP4 0.0.0.0 255.255.255.255 0 0", ["0.0.0.0:0", "255.255.255.255:0"]),
        ])
    func text(line: String, addresses: [String]) throws {
        #expect(route(try parse("PROXY \(line)\r\nrest")) == addresses)
        #expect(try ProxyHeaderParser.parse(ByteBuffer(string: "PROXY \(line)\r\nrest"))?.length == line.utf8.count + 8)
    }

    @Test("A proxy that does not know leaves the connection's own addresses, whatever else it says")
    func unknown() throws {
        for line in ["UNKNOWN", "UNKNOWN ", "UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535"] {
            let header = try #require(try parse("PROXY \(line)\r\n"))
            #expect(header == ProxyHeader())
            #expect(header.origin(peer: "10.0.0.1:5").address == "10.0.0.1:5")
        }
    }

    @Test(
        "A line that breaks the rules is refused",
        arguments: [
            "", " ", "TCP4", "TCP5 1.2.3.4 1.2.3.4 1 2", "TCP4 1.2.3.4 1.2.3.4 1", "TCP4 1.2.3.4 1.2.3.4 1 2 3",
            "TCP4 1.2.3.4  1.2.3.4 1 2", "TCP4 1.2.3.4 1.2.3.4 1 65536", "TCP4 1.2.3.4 1.2.3.4 01 2",
            "TCP4 1.2.3.4 1.2.3.4 +1 2", "TCP4 1.2.3.4 1.2.3.4 -1 2", "TCP4 1.2.3.4 1.2.3.4 1 2 ",
            "TCP4 1.2.3 1.2.3.4 1 2", "TCP4 ::1 ::1 1 2", "TCP6 1.2.3.4 1.2.3.4 1 2", "TCP4 host 1.2.3.4 1 2",
            "tcp4 1.2.3.4 1.2.3.4 1 2", "TCP4 1.2.3.4 1.2.3.4 1 2\u{7F}", "TCP4 1.2.3.4\t1.2.3.4 1 2", "UNKNOWNX",
        ])
    func badText(line: String) {
        #expect(throws: ProxyRefusal.malformed) { try parse("PROXY \(line)\r\n") }
    }

    @Test("A line ends with CR and LF within 107 bytes")
    func textEnd() throws {
        #expect(throws: ProxyRefusal.malformed) { try parse("PROXY UNKNOWN\rX") }
        let fitting = "PROXY UNKNOWN " + String(repeating: "x", count: 107 - 16)
        #expect(try parse(fitting + "\r\n") == ProxyHeader())
        #expect(try parse(fitting) == nil)
        #expect(throws: ProxyRefusal.tooLarge) { try parse(fitting + "x\r\n") }
        #expect(throws: ProxyRefusal.tooLarge) { try parse(fitting + "xy") }
    }

    // MARK: Version 2

    @Test("A binary header tells both addresses of IPv4, IPv6 and sockets of files")
    func binary() throws {
        #expect(route(try parse(ProxyBytes.binary(ProxyBytes.inet))) == ["192.0.2.1:54321", "198.51.100.2:1883"])
        let inet6 = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        #expect(
            route(try parse(ProxyBytes.binary(inet6 + inet6 + [0, 1, 0, 2], family: 0x21)))
                == ["[2001:db8::1]:1", "[2001:db8::1]:2"])
        let path = Array("/run/a b\u{1B}".utf8) + [UInt8](repeating: 0, count: 99)
        #expect(
            route(try parse(ProxyBytes.binary(path + path, family: 0x31))) == ["unix:/run/a?b?", "unix:/run/a?b?"])
    }

    @Test("A proxy that speaks for itself is taken for the client, and what follows is passed over")
    func local() throws {
        for (family, body) in [(UInt8(0), [UInt8]()), (0x11, ProxyBytes.inet), (0xFF, [1, 2, 3])] {
            let header = try #require(try parse(ProxyBytes.binary(body, command: 0x20, family: family)))
            #expect(header == ProxyHeader(isLocal: true))
            #expect(header.origin(peer: "10.0.0.1:5") == ConnectionOrigin(address: "10.0.0.1:5"))
        }
    }

    @Test("Addresses of a kind that cannot be here count as not told", arguments: [0x00, 0x12, 0x22, 0x32] as [UInt8])
    func unspecified(family: UInt8) throws {
        let addresses = [UInt8](repeating: 9, count: [0x12: 12, 0x22: 36, 0x32: 216][family] ?? 0)
        let header = try #require(try parse(ProxyBytes.binary(addresses + ProxyBytes.field(2, [7]), family: family)))
        #expect(header.route == nil)
        let origin = header.origin(peer: "10.0.0.1:5")
        #expect(origin.address == "10.0.0.1:5")
        #expect(origin.proxy?.fields == [.init(type: 2, value: [7])])
    }

    @Test("Commands and families that nobody has given a meaning are refused")
    func unassigned() {
        for command in UInt8.min...UInt8.max where command != 0x20 && command != 0x21 {
            #expect(throws: ProxyRefusal.malformed) { try parse(ProxyBytes.binary(ProxyBytes.inet, command: command)) }
        }
        let known: Set<UInt8> = [0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32]
        for family in UInt8.min...UInt8.max where !known.contains(family) {
            #expect(throws: ProxyRefusal.malformed) {
                try parse(ProxyBytes.binary([UInt8](repeating: 0, count: 300), family: family))
            }
        }
    }

    @Test("Too few bytes of addresses are refused", arguments: [(0x11, 11), (0x21, 35), (0x31, 215)] as [(UInt8, Int)])
    func shortAddresses(family: UInt8, count: Int) {
        #expect(throws: ProxyRefusal.malformed) {
            try parse(ProxyBytes.binary([UInt8](repeating: 0, count: count), family: family))
        }
    }

    @Test("A header of 4096 bytes is taken, one of 4097 is refused before it has come")
    func length() throws {
        let filler = ProxyBytes.field(4, [UInt8](repeating: 0, count: 4096 - 16 - 12 - 3))
        #expect(try parse(ProxyBytes.binary(ProxyBytes.inet + filler)) != nil)
        #expect(throws: ProxyRefusal.tooLarge) {
            try parse(ProxyBytes.signature + [0x21, 0x11] + ProxyBytes.big(4097 - 16, 2))
        }
    }

    // MARK: Fields

    @Test("Fields are kept as they came, but for those that only fill")
    func fields() throws {
        let body = ProxyBytes.field(1, Array("mqtt".utf8)) + ProxyBytes.field(4, [0, 0]) + ProxyBytes.field(0xE0, [])
        let header = try #require(try parse(ProxyBytes.binary(ProxyBytes.inet + body)))
        #expect(header.fields == [.init(type: 1, value: Array("mqtt".utf8)), .init(type: 0xE0, value: [])])
    }

    @Test("What the proxy knows of TLS is told, and a name only if the proxy has verified it")
    func tls() throws {
        func read(_ field: [UInt8]) throws -> ProxyHeader {
            try #require(try parse(ProxyBytes.binary(ProxyBytes.inet + field)))
        }
        let good = try read(ProxyBytes.tls())
        #expect(good.tlsVersion == "TLSv1.3")
        #expect(good.commonName == "sensor-1")
        let origin = good.origin(peer: "10.0.0.1:5")
        #expect(origin.address == "192.0.2.1:54321")
        #expect(origin.proxy?.proxyAddress == "10.0.0.1:5")
        #expect(origin.proxy?.destination == "198.51.100.2:1883")
        #expect(origin.proxy?.commonName == "sensor-1")
        #expect(try read(ProxyBytes.tls(verification: 18)).commonName == nil)
        #expect(try read(ProxyBytes.tls(bits: 0x01)).commonName == nil)
        #expect(try read(ProxyBytes.tls(bits: 0x01)).tlsVersion == "TLSv1.3")
        #expect(try read(ProxyBytes.tls(bits: 0x06)).tlsVersion == nil)
        #expect(try read(ProxyBytes.tls(bits: 0x03)).commonName == "sensor-1")
    }

    @Test("Fields that are cut, too many, or text that cannot stand in a log are refused")
    func badFields() {
        let many = (0...ProxyFields.maximumCount).flatMap { _ in ProxyBytes.field(5, []) }
        let bad: [[UInt8]] = [
            [1], [1, 0], [1, 0, 1], ProxyBytes.field(1, [1]) + [2], ProxyBytes.field(3, [1, 2, 3]),
            ProxyBytes.field(0x20, [1, 0, 0, 0]), ProxyBytes.field(0x20, [1, 0, 0, 0, 0, 0x22, 0]),
            ProxyBytes.field(0x20, [7, 0, 0, 0, 0] + ProxyBytes.field(0x22, [0xFF])),
            ProxyBytes.tls(commonName: "a\nb"), ProxyBytes.tls(version: "\u{85}"), many,
            ProxyBytes.field(0x20, [1, 0, 0, 0, 0] + many),
        ]
        for field in bad {
            #expect(throws: ProxyRefusal.malformed, "\(field)") {
                try parse(ProxyBytes.binary(ProxyBytes.inet + field))
            }
        }
    }

    @Test("A checksum that is there has to be right")
    func checksum() throws {
        #expect(ProxyBytes.checksum(Array("123456789".utf8)) == 0xE306_9283)
        var good = ProxyBytes.checked(ProxyBytes.tls())
        #expect(try parse(good)?.commonName == "sensor-1")
        #expect(try parse(good + [1, 2, 3])?.commonName == "sensor-1")
        good[20] ^= 1
        #expect(throws: ProxyRefusal.checksum) { try parse(good) }
    }

    // MARK: Any bytes

    @Test("A header that is cut anywhere is waited for, and then read the same")
    func cut() throws {
        let headers = [
            Array("PROXY TCP4 192.0.2.1 198.51.100.2 54321 1883\r\n".utf8), ProxyBytes.checked(ProxyBytes.tls()),
            ProxyBytes.binary([], command: 0x20, family: 0),
        ]
        for header in headers {
            for count in 0..<header.count { #expect(try parse(Array(header[..<count])) == nil) }
            #expect(try parse(header) != nil)
        }
    }

    @Test("What is no header is refused at the first byte that shows it")
    func noHeader() {
        for bytes in [[0x10, 0x0C], Array("GET /".utf8), Array("PROXX".utf8), [13, 10, 13, 11], [0x16, 3, 1]]
            as [[UInt8]]
        {
            #expect(throws: ProxyRefusal.noHeader) { try parse(bytes) }
        }
    }

    @Test("Of bytes that nobody planned each is a header, the beginning of one, or refused", arguments: Seeds.all)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let whole = [ProxyBytes.checked(ProxyBytes.tls()), Array("PROXY TCP6 ::1 ::2 3 4\r\n".utf8)]
        for _ in 0..<3000 {
            var bytes = random.pick(whole) ?? []
            for _ in 0..<(1 + random.below(4)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes += random.bytes(random.below(20))
            if let found = try? ProxyHeaderParser.parse(ByteBuffer(bytes: bytes)) {
                #expect(found.length <= bytes.count && found.length <= ProxyHeaderBinary.maximumLength)
            }
        }
    }
}
