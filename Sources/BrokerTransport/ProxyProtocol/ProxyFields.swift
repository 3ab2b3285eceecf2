import BrokerValues
import NIOCore

/// The fields behind the addresses of a header of version 2.
enum ProxyFields {
    /// Fields of one header that are taken.
    static let maximumCount = 128

    private static let checksumType: UInt8 = 0x03
    private static let emptyType: UInt8 = 0x04
    private static let tlsType: UInt8 = 0x20
    private static let tlsVersionType: UInt8 = 0x21
    private static let commonNameType: UInt8 = 0x22

    /// Bits of the first byte of the field about TLS.
    private enum TLSBit {
        static let isUsed: UInt8 = 0x01
        static let certificate: UInt8 = 0x02 | 0x04
    }

    /// - Parameter check: gets the offset of the four bytes of a checksum, and throws if they are wrong.
    static func read(
        _ body: ByteBuffer, into header: inout ProxyHeader, check: (Int) throws(ProxyRefusal) -> Void
    ) throws(ProxyRefusal) {
        var rest = body
        while rest.readableBytes > 0 {
            let offset = rest.readerIndex - body.readerIndex + 3
            let (type, value) = try next(&rest)
            guard type != emptyType else { continue }
            guard header.fields.count < maximumCount else { throw .malformed }
            if type == checksumType {
                guard value.readableBytes == 4 else { throw .malformed }
                try check(offset)
            }
            if type == tlsType { try readTLS(value, into: &header) }
            header.fields.append(.init(type: type, value: Array(value.readableBytesView)))
        }
    }

    private static func next(_ rest: inout ByteBuffer) throws(ProxyRefusal) -> (type: UInt8, value: ByteBuffer) {
        guard let type = rest.readInteger(as: UInt8.self), let length = rest.readInteger(as: UInt16.self),
            let value = rest.readSlice(length: Int(length))
        else { throw .malformed }
        return (type, value)
    }

    private static func readTLS(_ value: ByteBuffer, into header: inout ProxyHeader) throws(ProxyRefusal) {
        var rest = value
        guard let bits = rest.readInteger(as: UInt8.self), let verification = rest.readInteger(as: UInt32.self) else {
            throw .malformed
        }
        var count = 0
        while rest.readableBytes > 0 {
            let (type, value) = try next(&rest)
            count += 1
            guard count <= maximumCount else { throw .malformed }
            guard bits & TLSBit.isUsed != 0 else { continue }
            if type == tlsVersionType { header.tlsVersion = try text(value) }
            // A name that nobody has verified is only what somebody claims.
            if type == commonNameType, bits & TLSBit.certificate != 0, verification == 0 {
                header.commonName = try text(value)
            }
        }
    }

    /// Text that may stand in a log: UTF-8 without control characters.
    private static func text(_ value: ByteBuffer) throws(ProxyRefusal) -> String {
        guard let text = String(validating: value.readableBytesView, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else { throw .malformed }
        return text
    }
}
