import BrokerValues
import Crypto

extension ClientCertificate {
    /// The certificate with these bytes (RFC 5280 section 4.1). What cannot be read of it stays empty: whether it is to be
    /// believed was decided before.
    init(der bytes: [UInt8]) {
        let fields = CertificateFields(bytes)
        self.init(
            subject: fields?.subject.description ?? "", serial: fields?.serial ?? "",
            fingerprint: HexText.of(SHA256.hash(data: bytes)), bytes: bytes)
        guard let subject = fields?.subject else { return }
        commonName = subject["2.5.4.3"]
        serialNumber = subject["2.5.4.5"]
        country = subject["2.5.4.6"]
        locality = subject["2.5.4.7"]
        state = subject["2.5.4.8"]
        organization = subject["2.5.4.10"]
        organizationalUnit = subject["2.5.4.11"]
        title = subject["2.5.4.12"]
    }
}

/// The fields of a certificate that are of interest.
private struct CertificateFields {
    let serial: String
    let subject: DistinguishedName

    init?(_ bytes: [UInt8]) {
        var outer = DERReader(bytes[...])
        guard let certificate = outer.next(DERReader.Tag.sequence) else { return nil }
        var parts = DERReader(certificate)
        guard let signed = parts.next(DERReader.Tag.sequence) else { return nil }
        var fields = DERReader(signed)
        _ = fields.next(DERReader.Tag.context0)
        // Behind the serial number: the algorithm, the issuer, the validity.
        guard let serial = fields.next(DERReader.Tag.integer), fields.next() != nil, fields.next() != nil,
            fields.next() != nil, let name = fields.next(DERReader.Tag.sequence),
            let subject = DistinguishedName(name)
        else { return nil }
        // DER puts a zero before a number whose first bit is set.
        self.serial = HexText.of(serial.first == 0 && serial.count > 1 ? serial.dropFirst() : serial)
        self.subject = subject
    }
}

/// Bytes in hexadecimal digits.
enum HexText {
    /// Two digits for each byte.
    static func of(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
