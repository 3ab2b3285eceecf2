import FoundationEssentials

/// Decides who may ask over TCP: pure, so that every rule can be tested in a table.
///
/// A browser on the same machine reaches a loopback port too, whatever page it shows: so the request must name a host
/// that is meant (against DNS rebinding), and must not come from a page of another origin.
struct TCPGate: Sendable {
    /// What becomes of a request.
    enum Verdict: Equatable {
        /// Sees metrics and sums over all clients.
        case anonymous
        /// Has shown user and password.
        case authenticated
        case refused(status: Int, reason: String)
    }

    let user: String
    private let password: String
    private let hosts: Set<String>

    init(_ configuration: IntrospectionConfiguration.TCPPart) {
        user = configuration.user
        password = configuration.password
        let names = ["localhost", Self.plain(configuration.bindAddress), Self.plain(configuration.host)]
        hosts = Set(names.map { $0.lowercased() }.filter { !$0.isEmpty && $0 != "0.0.0.0" && $0 != "::" })
    }

    /// - Parameters:
    ///   - host: the authority of the request.
    ///   - origin: the value of `Origin`; nil from everything that is no browser.
    ///   - authorization: the value of `Authorization`.
    func verdict(host: String?, origin: String?, authorization: String?) -> Verdict {
        guard let host, isKnown(host) else {
            return .refused(status: 403, reason: "the Host is not this machine; configure introspection/tcp/host")
        }
        if let origin, !isSame(origin, host) {
            return .refused(status: 403, reason: "requests of other origins are refused")
        }
        guard !user.isEmpty else { return .anonymous }
        guard let authorization, holds(authorization) else {
            return .refused(status: 401, reason: "user and password are needed")
        }
        return .authenticated
    }

    private func isKnown(_ host: String) -> Bool {
        let name = Self.name(ofHost: host).lowercased()
        return hosts.contains(name) || name == "::1" || Self.isLoopback4(name)
    }

    /// 127.0.0.0/8, in the usual form only: a name that merely begins like an address is none.
    private static func isLoopback4(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { isNumber($0) && UInt8($0) != nil }
    }

    private func isSame(_ origin: String, _ host: String) -> Bool {
        let name = host.lowercased()
        return ["http://\(name)", "https://\(name)"].contains(origin.lowercased())
    }

    private static func isNumber(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Without the port and the brackets of an IPv6 address; empty if something else stands behind them.
    private static func name(ofHost host: String) -> String {
        let isBracketed = host.hasPrefix("[")
        let end = isBracketed ? host.firstIndex(of: "]") : host.firstIndex(of: ":") ?? host.endIndex
        guard let end else { return "" }
        let rest = isBracketed ? host[end...].dropFirst() : host[end...]
        guard rest.isEmpty || rest.first == ":" && isNumber(rest.dropFirst()) else { return "" }
        return String(isBracketed ? host[..<end].dropFirst() : host[..<end])
    }

    private static func plain(_ address: String) -> String {
        address.hasPrefix("[") && address.hasSuffix("]") ? String(address.dropFirst().dropLast()) : address
    }

    /// Takes the same time wherever the first difference is.
    private func holds(_ authorization: String) -> Bool {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let decoded = Data(base64Encoded: String(parts[1]))
        else { return false }
        let wanted = Array("\(user):\(password)".utf8)
        let given = Array(decoded)
        var difference = wanted.count ^ given.count
        for (index, byte) in wanted.enumerated() {
            difference |= Int(byte ^ (given.indices.contains(index) ? given[index] : ~byte))
        }
        return difference == 0
    }
}
