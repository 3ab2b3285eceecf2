import BrokerValues
import NIOCore

/// Version 2 of the PROXY protocol: a binary header with fields of type, length and value behind the addresses.
enum ProxyHeaderBinary {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// Bytes of the part that every header has.
    private static let fixedLength = 16

    /// Bytes of the longest header that is taken. The specification allows 65,551, but nobody needs what does not fit
    /// here, and every connection may make the broker keep as much.
    static let maximumLength = 4096

    /// Which addresses stand in the header.
    private enum Family {
        case inet, inet6, unix
        /// None that count, in so many bytes.
        case unspecified(Int)
    }

    /// The bytes begin with ``signature`` or a part of it.
    static func parse(_ buffer: ByteBuffer) throws(ProxyRefusal) -> (header: ProxyHeader, length: Int)? {
        var rest = buffer
        rest.moveReaderIndex(forwardBy: min(signature.count, rest.readableBytes))
        guard let command = rest.readInteger(as: UInt8.self) else { return nil }
        guard command == 0x20 || command == 0x21 else { throw .malformed }
        guard let kind = rest.readInteger(as: UInt8.self) else { return nil }
        let isLocal = command == 0x20
        // LOCAL: "discard the protocol block including the family which is ignored".
        let family = isLocal ? .unspecified(0) : try family(of: kind)
        guard let count = rest.readInteger(as: UInt16.self) else { return nil }
        let length = fixedLength + Int(count)
        guard length <= maximumLength else { throw .tooLarge }
        guard var body = rest.readSlice(length: Int(count)) else { return nil }
        if isLocal { return (ProxyHeader(isLocal: true), length) }
        let route = try route(&body, family)
        var header = ProxyHeader(route: route)
        // Where `body` is in the header: the checksum leaves itself out.
        let place = length - body.readableBytes
        try ProxyFields.read(body, into: &header) { offset throws(ProxyRefusal) in
            try check(buffer, length: length, checksumAt: place + offset)
        }
        return (header, length)
    }

    private static func family(of byte: UInt8) throws(ProxyRefusal) -> Family {
        switch byte {
        case 0x11: .inet
        case 0x21: .inet6
        case 0x31: .unix
        // Datagrams do not come here; "fall back to the UNSPEC mode for combinations that are not supported".
        case 0x00: .unspecified(0)
        case 0x12: .unspecified(12)
        case 0x22: .unspecified(36)
        case 0x32: .unspecified(216)
        // "Must be rejected as invalid by receivers".
        default: throw .malformed
        }
    }

    /// Takes the addresses off the front.
    private static func route(_ body: inout ByteBuffer, _ family: Family) throws(ProxyRefusal) -> ProxyHeader.Route? {
        switch family {
        case .unspecified(let length):
            guard body.readSlice(length: length) != nil else { throw .malformed }
            return nil
        case .inet: return try route(&body, addressLength: 4)
        case .inet6: return try route(&body, addressLength: 16)
        case .unix:
            let source = try unixPath(&body)
            return .init(source: source, destination: try unixPath(&body))
        }
    }

    private static func route(_ body: inout ByteBuffer, addressLength: Int) throws(ProxyRefusal) -> ProxyHeader.Route {
        guard let source = body.readSlice(length: addressLength),
            let destination = body.readSlice(length: addressLength),
            let sourcePort = body.readInteger(as: UInt16.self), let destinationPort = body.readInteger(as: UInt16.self),
            let from = try? SocketAddress(packedIPAddress: source, port: Int(sourcePort)),
            let to = try? SocketAddress(packedIPAddress: destination, port: Int(destinationPort)),
            let fromText = EndpointText.of(from), let toText = EndpointText.of(to)
        else { throw .malformed }
        return .init(source: fromText, destination: toText)
    }

    private static let unixPathLength = 108

    /// The path of a socket, up to its first zero byte. It goes into logs: what cannot be read there becomes a mark.
    private static func unixPath(_ body: inout ByteBuffer) throws(ProxyRefusal) -> String {
        guard let bytes = body.readBytes(length: unixPathLength) else { throw .malformed }
        let path = bytes.prefix { $0 != 0 }.map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return "unix:" + String(decoding: path, as: UTF8.self)
    }

    /// Whether the checksum at a place of the header is that of the header with zeros there.
    private static func check(_ buffer: ByteBuffer, length: Int, checksumAt place: Int) throws(ProxyRefusal) {
        guard let bytes = buffer.getBytes(at: buffer.readerIndex, length: length),
            let wanted = buffer.getInteger(at: buffer.readerIndex + place, as: UInt32.self)
        else { throw .malformed }
        var checksum = CRC32C()
        for (offset, byte) in bytes.enumerated() {
            checksum.add(offset >= place && offset < place + 4 ? 0 : byte)
        }
        guard checksum.value == wanted else { throw .checksum }
    }
}
