/// Which form of a rendering a client gets.
enum ContentNegotiation {
    /// OpenMetrics 1.0.0 if the client names it and likes it at least as well as plain text; text 0.0.4 otherwise, also
    /// for a client that accepts neither: Prometheus's own libraries answer like that, and an unread text tells an
    /// operator more than 406.
    static func format(accept: String?) -> ExpositionFormat {
        guard let accept else { return .prometheusText }
        let ranges = QualityList(accept).elements
        let open = weight(ranges) { range in
            range.name == "application/openmetrics-text" && (range.parameters["version"] ?? "1.0.0") == "1.0.0" ? 3 : 0
        }
        let text = weight(ranges) { range in
            switch range.name {
            case "text/plain": (range.parameters["version"] ?? "0.0.4") == "0.0.4" ? 3 : 0
            case "text/*": 2
            case "*/*": 1
            default: 0
            }
        }
        return open > 0 && open >= text ? .openMetrics : .prometheusText
    }

    /// Whether the body may be sent with gzip: the client allows it, and does not like the plain form better.
    static func allowsGzip(acceptEncoding: String?) -> Bool {
        guard let acceptEncoding else { return false }
        let codings = QualityList(acceptEncoding).elements
        let gzip = weight(codings) { coding in
            switch coding.name {
            case "gzip", "x-gzip": 2
            case "*": 1
            default: 0
            }
        }
        let identity = weight(codings) { $0.name == "identity" ? 1 : 0 }
        return gzip > 0 && gzip >= identity
    }

    /// The weight of the most precise range that matches; 0 if none does. Of two that are equally precise the heavier
    /// one counts.
    private static func weight(
        _ ranges: [QualityList.Element], precision: (QualityList.Element) -> Int
    ) -> Int {
        var best = (precision: 0, weight: 0)
        for range in ranges {
            let candidate = (precision: precision(range), weight: range.weight)
            if candidate.precision > 0, candidate > best { best = candidate }
        }
        return best.weight
    }
}
