/// What is looked at in the first message of a TLS client, before TLS itself gets it (RFC 8446 section 4.1.2).
///
/// Only the server's name is of interest; whether the message is right otherwise is for TLS to say.
struct ClientHello: Equatable {
    /// The name that the client asks for (RFC 6066 section 3), if it says one that is a name.
    var serverName: String?

    /// What looking at the first bytes of a connection has come to.
    enum Reading: Equatable {
        /// More bytes are needed.
        case incomplete
        /// These are not the first bytes of TLS.
        case notTLS
        /// It is TLS, and everything of interest is known.
        case hello(ClientHello)
    }

    /// The first two bytes of every record of a handshake: its type, and the major version.
    static let recordStart: [UInt8] = [0x16, 0x03]

    /// - Parameter bytes: all that has come so far.
    static func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.prefix(2).elementsEqual(recordStart.prefix(bytes.count)) else { return .notTLS }
        var reader = ByteReader(bytes[...])
        var message: [UInt8] = []
        // The message may be spread over records.
        while true {
            guard let head = reader.take(3), let body = reader.takeVector(lengthBytes: 2) else { return .incomplete }
            // What TLS will refuse holds nobody up here.
            guard head.starts(with: recordStart), !body.isEmpty else { return .hello(ClientHello()) }
            message += body
            guard message[0] == 1 else { return .hello(ClientHello()) }
            var hello = ByteReader(message[...])
            _ = hello.take(1)
            if let content = hello.takeVector(lengthBytes: 3) { return .hello(parse(content)) }
        }
    }

    private static func parse(_ content: ArraySlice<UInt8>) -> ClientHello {
        var reader = ByteReader(content)
        // legacy_version and random, session, suites, compression methods
        guard reader.take(34) != nil, reader.takeVector(lengthBytes: 1) != nil,
            reader.takeVector(lengthBytes: 2) != nil,
            reader.takeVector(lengthBytes: 1) != nil, let extensions = reader.takeVector(lengthBytes: 2)
        else { return ClientHello() }
        var rest = ByteReader(extensions)
        while let type = rest.takeNumber(bytes: 2), let value = rest.takeVector(lengthBytes: 2) {
            if type == 0 { return ClientHello(serverName: serverName(value)) }
        }
        return ClientHello()
    }

    private static func serverName(_ value: ArraySlice<UInt8>) -> String? {
        var list = ByteReader(value)
        guard let names = list.takeVector(lengthBytes: 2) else { return nil }
        var reader = ByteReader(names)
        guard reader.takeNumber(bytes: 1) == 0, let name = reader.takeVector(lengthBytes: 2) else { return nil }
        // It goes into logs and metrics of plugins: only what a host name may consist of.
        let isName = name.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F].contains(byte)
        }
        return (1...253).contains(name.count) && isName ? String(decoding: name, as: UTF8.self) : nil
    }
}
