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
}
