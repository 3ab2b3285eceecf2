/// Headers of the PROXY protocol, put together byte by byte.
enum ProxyBytes {
    static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10] + Array("QUIT\n".utf8)
    /// From 192.0.2.1:54321 to 198.51.100.2:1883.
    static let inet: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0xD4, 0x31, 0x07, 0x5B]

    static func binary(_ body: [UInt8], command: UInt8 = 0x21, family: UInt8 = 0x11) -> [UInt8] {
        signature + [command, family] + big(body.count, 2) + body
    }

    static func field(_ type: UInt8, _ value: [UInt8]) -> [UInt8] { [type] + big(value.count, 2) + value }

    /// The field that tells of TLS.
    static func tls(
        bits: UInt8 = 0x07, verification: Int = 0, version: String = "TLSv1.3", commonName: String = "sensor-1"
    ) -> [UInt8] {
        field(
            0x20,
            [bits] + big(verification, 4) + field(0x21, Array(version.utf8)) + field(0x22, Array(commonName.utf8)))
    }

    static func big(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// CRC-32C bit by bit (RFC 3720 appendix B.4).
    static func checksum(_ bytes: [UInt8]) -> Int {
        var state = UInt32.max
        for byte in bytes {
            for bit in 0..<8 {
                let isSet = (state ^ UInt32(byte >> bit)) & 1 == 1
                state >>= 1
                if isSet { state ^= 0x82F6_3B78 }
            }
        }
        return Int(~state)
    }

    /// A header with a checksum of itself.
    static func checked(_ fields: [UInt8] = []) -> [UInt8] {
        let empty = binary(inet + fields + field(0x03, [0, 0, 0, 0]))
        return empty.dropLast(4) + big(checksum(empty), 4)
    }
}
