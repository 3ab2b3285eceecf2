import Glibc

/// Addresses with the same first bits, such as `10.0.0.0/8` or `2001:db8::/32`.
package struct NetworkRange: Sendable, Hashable, CustomStringConvertible {
    /// 4 bytes for IPv4, 16 for IPv6.
    private let bytes: [UInt8]
    /// Bits that are compared.
    private let prefix: Int
    /// As it was written.
    package let description: String

    /// - Parameter text: an address, which stands for itself alone, or an address, a slash and a number of bits.
    /// - Returns: nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, let bytes = Self.bytes(of: String(address)) else { return nil }
        var prefix = bytes.count * 8
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let bits = Int(parts[1]), (0...prefix).contains(bits)
            else { return nil }
            prefix = bits
        }
        self.bytes = bytes
        self.prefix = prefix
        description = text
    }

    /// Whether an address without a port lies in it. An IPv4 address that is written as one of IPv6 counts as itself.
    package func contains(_ address: String) -> Bool {
        guard var other = Self.bytes(of: address) else { return false }
        if other.count == 16, bytes.count == 4, other.starts(with: Self.mapped) { other.removeFirst(12) }
        guard other.count == bytes.count else { return false }
        let whole = prefix / 8
        guard bytes[..<whole] == other[..<whole] else { return false }
        let rest = prefix % 8
        return rest == 0 || (bytes[whole] ^ other[whole]) >> UInt8(8 - rest) == 0
    }

    /// The first 12 bytes of an IPv4 address within IPv6 (RFC 4291 section 2.5.5.2).
    private static let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    private static func bytes(of address: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            // Safe: the array has the size that the family's addresses have, and the text lasts for the call.
            let result = unsafe bytes.withUnsafeMutableBytes { unsafe inet_pton(family, address, $0.baseAddress) }
            if result == 1 { return bytes }
        }
        return nil
    }
}
