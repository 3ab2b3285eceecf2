import BrokerValues
import NIOCore

/// Version 1 of the PROXY protocol: one line of text.
enum ProxyHeaderText {
    static let prefix = Array("PROXY ".utf8)

    /// Bytes of the longest line, with its end: the specification counts 107.
    static let maximumLength = 107

    /// The bytes begin with ``prefix`` or a part of it.
    static func parse(_ bytes: ByteBufferView) throws(ProxyRefusal) -> (header: ProxyHeader, length: Int)? {
        let front = bytes.prefix(maximumLength)
        guard let end = front.firstIndex(of: UInt8(ascii: "\r")), end + 1 < front.endIndex else {
            guard bytes.count < maximumLength else { throw .tooLarge }
            return nil
        }
        guard front[end + 1] == UInt8(ascii: "\n"), end - front.startIndex >= prefix.count else { throw .malformed }
        let line = front[(front.startIndex + prefix.count)..<end]
        return (try header(line), end + 2 - front.startIndex)
    }

    private static func header(_ line: ByteBufferView) throws(ProxyRefusal) -> ProxyHeader {
        guard line.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { throw .malformed }
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        // What comes behind UNKNOWN must be ignored.
        if words.first == "UNKNOWN" { return ProxyHeader() }
        guard words.count == 5, let family = family(words[0]) else { throw .malformed }
        return ProxyHeader(
            route: .init(
                source: try endpoint(words[1], words[3], family),
                destination: try endpoint(words[2], words[4], family)))
    }

    private static func family(_ word: String) -> NIOBSDSocket.ProtocolFamily? {
        switch word {
        case "TCP4": .inet
        case "TCP6": .inet6
        default: nil
        }
    }

    private static func endpoint(
        _ address: String, _ port: String, _ family: NIOBSDSocket.ProtocolFamily
    ) throws(ProxyRefusal) -> String {
        guard port.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            port.utf8.count == 1 || !port.hasPrefix("0"), let number = UInt16(port),
            let address = try? SocketAddress(ipAddress: address, port: Int(number)), address.protocol == family,
            let text = EndpointText.of(address)
        else { throw .malformed }
        return text
    }
}
