import CNIOBoringSSL
import CNIOBoringSSLShims

/// What a PKCS#12 store holds (RFC 7292), in DER form.
///
/// NIOSSL reads such stores as well, but ends the process where one has no key, or no certificate that fits it. So they
/// are taken apart here, by the same BoringSSL, and NIOSSL gets certificates and keys.
struct KeyStore {
    /// The key; nil if there is none.
    private(set) var privateKey: [UInt8]?
    /// The certificate that belongs to the key; nil if there is none.
    private(set) var certificate: [UInt8]?
    /// All other certificates, in the order of the store.
    private(set) var others: [[UInt8]] = []

    /// Nil for what is no such store, and for a wrong password.
    ///
    /// Safe: each object that BoringSSL makes is freed before the end, and what is kept of it is a copy; the bytes are
    /// there for as long as the reader that is made of them.
    init?(_ bytes: [UInt8], password: String) {
        var (key, certificate, others) = unsafe (OpaquePointer?.none, OpaquePointer?.none, OpaquePointer?.none)
        let isRead = unsafe bytes.withUnsafeBytes { bytes in
            guard let reader = unsafe BIO_new_mem_buf(bytes.baseAddress, bytes.count) else { return false }
            defer { unsafe BIO_free(reader) }
            guard let store = unsafe d2i_PKCS12_bio(reader, nil) else { return false }
            defer { unsafe PKCS12_free(store) }
            return unsafe PKCS12_parse(store, password, &key, &certificate, &others) == 1
        }
        defer { ERR_clear_error() }
        guard isRead else { return nil }
        if let key = unsafe key {
            privateKey = unsafe Self.der { unsafe i2d_PrivateKey(key, $0) }
            unsafe EVP_PKEY_free(key)
        }
        if let certificate = unsafe certificate {
            self.certificate = unsafe Self.der { unsafe i2d_X509(certificate, $0) }
            unsafe X509_free(certificate)
        }
        guard let others = unsafe others else { return }
        for index in 0..<(unsafe CNIOBoringSSLShims_sk_X509_num(others)) {
            guard let one = unsafe CNIOBoringSSLShims_sk_X509_value(others, index) else { continue }
            if let bytes = unsafe Self.der({ unsafe i2d_X509(one, $0) }) { self.others.append(bytes) }
        }
        unsafe CNIOBoringSSLShims_sk_X509_pop_free(others) { unsafe X509_free($0) }
    }

    /// What an encoder of BoringSSL writes: it tells the size first, then writes and moves the pointer.
    private static func der(
        _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) -> [UInt8]? {
        let size = Int(encode(nil))
        guard size > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var end = buffer.baseAddress
            return unsafe encode(&end)
        }
        return Int(written) == size ? bytes : nil
    }
}
