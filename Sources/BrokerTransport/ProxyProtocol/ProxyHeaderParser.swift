package import BrokerValues
package import NIOCore

/// Reads the header of the PROXY protocol off the front of a connection, version 1 or 2.
///
/// It keeps nothing: it is asked again with all that has come until the header is whole. What it takes is bounded by
/// ``ProxyHeaderText/maximumLength`` and ``ProxyHeaderBinary/maximumLength``, so a slow sender costs little.
package enum ProxyHeaderParser {
    /// The header with its bytes; nil as long as it may still become one.
    ///
    /// - Throws: ``ProxyRefusal`` as soon as it cannot become a header any more.
    package static func parse(_ buffer: ByteBuffer) throws(ProxyRefusal) -> (header: ProxyHeader, length: Int)? {
        let bytes = buffer.readableBytesView
        guard let first = bytes.first else { return nil }
        switch first {
        case ProxyHeaderText.prefix[0]:
            try require(bytes, ProxyHeaderText.prefix)
            return try ProxyHeaderText.parse(bytes)
        case ProxyHeaderBinary.signature[0]:
            try require(bytes, ProxyHeaderBinary.signature)
            return try ProxyHeaderBinary.parse(buffer)
        default: throw .noHeader
        }
    }

    /// Refuses what does not begin like this, or like a part of it.
    private static func require(_ bytes: ByteBufferView, _ beginning: [UInt8]) throws(ProxyRefusal) {
        guard zip(bytes, beginning).allSatisfy({ $0 == $1 }) else { throw .noHeader }
    }
}
