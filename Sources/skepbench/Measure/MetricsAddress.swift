/// Where a broker serves its metrics: `http://HOST:PORT/PATH`, nothing else.
struct MetricsAddress: Sendable, Equatable {
    let host: String
    let port: UInt16
    let path: String

    /// nil if the text is no such address.
    init?(_ text: String) {
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        path = authority.endIndex == rest.endIndex ? "/metrics" : String(rest[authority.endIndex...])
        guard let colon = authority.lastIndex(of: ":"), let port = UInt16(authority[authority.index(after: colon)...]),
            port > 0
        else { return nil }
        var host = authority[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !path.contains(where: { $0.isWhitespace }) else { return nil }
        self.host = String(host)
        self.port = port
    }
}

/// Reads values out of Prometheus' text format.
enum MetricsText {
    /// The greatest value of a metric over all its label sets; nil if it is not there.
    static func value(of metric: String, in text: String) -> Double? { values(of: metric, in: text).max() }

    /// The sum of a metric over all its label sets, but for those with such a label, as `cause="turn"`; nil if it is not
    /// there.
    static func sum(of metric: String, without label: String? = nil, in text: String) -> Double? {
        let all = values(of: metric, without: label, in: text)
        return all.isEmpty ? nil : all.reduce(0, +)
    }

    private static func values(of metric: String, without label: String? = nil, in text: String) -> [Double] {
        var result: [Double] = []
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(metric) {
            let rest = line.dropFirst(metric.count)
            guard rest.first == " " || rest.first == "{" else { continue }
            let behind = rest.first == "{" ? rest[(rest.lastIndex(of: "}") ?? rest.startIndex)...].dropFirst() : rest
            if let label, rest.dropLast(behind.count).contains(label) { continue }
            guard let word = behind.split(separator: " ").first, let value = Double(word) else { continue }
            result.append(value)
        }
        return result
    }
}
