/// How sockets are called between the broker and the service manager: `LISTEN_FDNAMES`, `FileDescriptorName=` and
/// `FDNAME=`, which allow 255 visible characters of ASCII without a colon (sd_listen_fds(3), systemd.socket(5)).
package struct SocketName: Sendable, Hashable {
    private static let longest = 255
    /// Stands between the listener and its endpoint in names of what is kept, and nowhere else in a name.
    private static let separator = "@"

    /// As a socket unit calls it: the listener's name, with `%XX` for bytes other than letters, digits, dot, dash and
    /// underscore.
    package let passed: String
    /// As the broker itself calls it when it gives it away, nil if that is too long. It holds the configured endpoint,
    /// so that after a change of the settings the old socket does not pass for the new one.
    package let kept: String?

    /// - Parameters:
    ///   - listener: the name of the listener.
    ///   - endpoint: where it listens, as configured.
    package init(_ listener: String, endpoint: String) {
        passed = Self.escaped(listener)
        let kept = passed + Self.separator + Self.escaped(endpoint)
        self.kept = kept.utf8.count <= Self.longest ? kept : nil
    }

    /// Whether a name is one that the broker gave, and not one of a socket unit.
    static func isKept(_ name: String) -> Bool { name.contains(separator) }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count < 2 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
