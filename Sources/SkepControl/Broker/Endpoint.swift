/// Where a broker answers.
enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case socket(path: String)
    case url(BrokerURL)

    /// The path of requests in the protocol of managed beans.
    var beanPath: String {
        switch self {
        case .socket: "/jolokia/"
        case .url(let url): url.path
        }
    }

    /// The path of the stream of events, beside it.
    var eventPath: String {
        guard case .url(let url) = self else { return "/events" }
        let parent = url.path.split(separator: "/").dropLast().joined(separator: "/")
        return parent.isEmpty ? "/events" : "/\(parent)/events"
    }

    /// The name for messages; never with a password.
    var description: String {
        switch self {
        case .socket(let path): path
        case .url(let url): "http://\(url.authority)\(url.path)"
        }
    }

    /// The sockets to try, in this order, if the user has named none.
    static func candidates(_ variables: (String) -> String?) -> [String] {
        func value(_ name: String) -> String? { variables(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let path = value("SKEP_SOCKET") { return [path] }
        let folders = [value("RUNTIME_DIRECTORY"), value("XDG_RUNTIME_DIR").map { $0 + "/skep" }, "/run/skep"]
        return folders.compactMap { $0.map { $0 + "/introspection.sock" } }
    }

    /// The read-only socket beside a socket; nil if it is one itself.
    static func readOnlyVariant(of path: String) -> String? {
        let ending = ".sock"
        guard path.hasSuffix(ending), !path.hasSuffix("-ro" + ending) else { return nil }
        return path.dropLast(ending.count) + "-ro" + ending
    }
}

/// The parts of `http://user:password@host:port/path`.
struct BrokerURL: Sendable, Hashable {
    /// What is wrong with a URL.
    struct Fault: Error, Hashable, CustomStringConvertible { let description: String }

    static let standardPort = 8778
    static let standardPath = "/jolokia/"

    let host: String
    let port: Int
    let path: String
    let user: String?
    let password: String?

    /// Host and port as in a URL.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    init(_ text: String) throws(Fault) {
        guard !text.lowercased().hasPrefix("https://") else {
            throw Fault(
                description: "TLS is not spoken here: use http:// through ssh (ssh -L 8778:127.0.0.1:8778 HOST)")
        }
        guard text.lowercased().hasPrefix("http://") else {
            throw Fault(description: "a URL looks like http://user@127.0.0.1:\(Self.standardPort)/jolokia/")
        }
        let rest = text.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        let tail = rest.dropFirst(authority.count)
        let safe = tail.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard safe else { throw Fault(description: "the path may hold no spaces and no control characters") }
        path = tail.isEmpty || tail == "/" ? Self.standardPath : tail.hasSuffix("/") ? String(tail) : tail + "/"
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try Self.decoded(parts[0])
            password = parts.count > 1 ? try Self.decoded(parts[1]) : nil
            (host, port) = try Self.hostAndPort(authority[authority.index(after: at)...])
        } else {
            (user, password) = (nil, nil)
            (host, port) = try Self.hostAndPort(authority)
        }
    }

    /// The value of the Authorization header (RFC 7617); nil without a user.
    func authorization(_ variables: (String) -> String?) -> String? {
        guard let user else { return nil }
        return "Basic " + Base64.text(Array("\(user):\(password ?? variables("SKEPCTL_PASSWORD") ?? "")".utf8))
    }

    private static func hostAndPort(_ text: Substring) throws(Fault) -> (String, Int) {
        var (host, portText) = (text, Substring(""))
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[..<end].dropFirst()
            portText = text[text.index(after: end)...]
            guard portText.isEmpty || portText.first == ":" else { throw Fault(description: "no port: \(text)") }
            portText = portText.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        let isSafe = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !host.contains("[")
        guard text.hasPrefix("[") || !host.contains(":") else {
            throw Fault(description: "an IPv6 address stands in brackets: http://[::1]:\(standardPort)/")
        }
        guard !host.isEmpty, isSafe else { throw Fault(description: "there is no host in the URL") }
        guard !portText.isEmpty else { return (String(host), standardPort) }
        guard let port = Int(portText), (1...65_535).contains(port) else {
            throw Fault(description: "a port is a number from 1 to 65535: \(portText)")
        }
        return (String(host), port)
    }

    /// Percent-decoding (RFC 3986, 2.1).
    private static func decoded(_ text: Substring) throws(Fault) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else {
                throw Fault(description: "a percent sign in user or password is written %25")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Base64 (RFC 4648), one way.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let digit = alphabet[Int(word >> UInt32(18 - 6 * place) & 63)]
                result.append(place <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
