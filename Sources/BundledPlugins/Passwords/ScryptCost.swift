import Crypto
import CryptoExtras

/// What an scrypt hash costs: memory of 128 · r · 2^ln bytes, and time in proportion to that and to p.
package struct ScryptCost: Sendable, Hashable {
    /// `ln`: the binary logarithm of the rounds.
    package let logarithm: Int
    /// `r`
    package let blockSize: Int
    /// `p`
    package let parallelism: Int

    /// 32 MiB, and about a twentieth of a second.
    package static let standard = ScryptCost(15, 8, 1)

    /// Two hashes are computed at a time, so that logins take twice this much at most.
    private static let largestMemory = 128 << 20

    private init(_ logarithm: Int, _ blockSize: Int, _ parallelism: Int) {
        self.logarithm = logarithm
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Nil for a cost that is too large to be paid at each login, or none at all.
    package init?(logarithm: Int, blockSize: Int, parallelism: Int) {
        guard (1...20).contains(logarithm), (1...64).contains(blockSize), (1...16).contains(parallelism),
            // RFC 7914: the rounds are less than 2^(128 · r / 8).
            logarithm < 16 * blockSize, (128 * blockSize) << logarithm <= Self.largestMemory
        else { return nil }
        self.init(logarithm, blockSize, parallelism)
    }

    /// Reads such as `ln=15,r=8,p=1`, in this order.
    init?(text: some StringProtocol) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3, let logarithm = Self.value("ln=", fields[0]),
            let blockSize = Self.value("r=", fields[1]), let parallelism = Self.value("p=", fields[2])
        else { return nil }
        self.init(logarithm: logarithm, blockSize: blockSize, parallelism: parallelism)
    }

    var text: String { "ln=\(logarithm),r=\(blockSize),p=\(parallelism)" }

    /// Nil if there is not enough memory, and for an empty password.
    func key(_ password: [UInt8], salt: [UInt8], length: Int) -> SymmetricKey? {
        guard !password.isEmpty, !salt.isEmpty else { return nil }
        return try? KDF.Scrypt.deriveKey(
            from: password, salt: salt, outputByteCount: length, rounds: 1 << logarithm, blockSize: blockSize,
            parallelism: parallelism)
    }

    private static func value(_ name: String, _ field: some StringProtocol) -> Int? {
        guard field.hasPrefix(name) else { return nil }
        let digits = field.dropFirst(name.count)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }
}
