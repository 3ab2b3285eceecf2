/// What kind of file a store of keys or certificates is, by its first bytes.
enum KeyStoreFormat: Equatable {
    case pem
    case pkcs12
    /// Java's own formats, which nothing but Java reads.
    case java
    case unknown

    init(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFE, 0xED, 0xFE, 0xED]) || bytes.starts(with: [0xCE, 0xCE, 0xCE, 0xCE]) {
            self = .java
        } else if bytes.firstRange(of: Array("-----BEGIN ".utf8)) != nil {
            self = .pem
        } else if bytes.first == 0x30 {
            self = .pkcs12
        } else {
            self = .unknown
        }
    }

    /// How a Java store becomes a PKCS#12 one.
    static func conversion(of path: String) -> String {
        """
        it is a Java key store (JKS), which only Java reads; convert it: keytool -importkeystore -srckeystore \
        \(path) -destkeystore \(path).p12 -deststoretype PKCS12
        """
    }

    /// Whether a PKCS#12 file has a key: the bags that hold one are named in the clear (RFC 7292 section 4.2).
    static func hasKey(_ bytes: [UInt8]) -> Bool {
        let bag: [UInt8] = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01]
        return bytes.firstRange(of: bag + [0x01]) != nil || bytes.firstRange(of: bag + [0x02]) != nil
    }
}
