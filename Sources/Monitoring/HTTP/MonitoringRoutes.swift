import HTTPTypes
import NIOCore

/// What the monitoring endpoints serve, and where.
enum MonitoringRoutes {
    /// Where HiveMQ's own Prometheus plugin has its metrics, so that its scrape configurations work unchanged.
    static let hiveMQPath = "/servlet/metrics"
    static let healthPath = "/healthz"
    static let readinessPath = "/readyz"
    static let indexPath = "/"

    /// - Parameter path: where the metrics are; if it is one of the fixed paths, the metrics are there instead.
    static func all(
        path: String, rendering: SharedRendering, health: any HealthSource, threads: WorkerThreads
    ) -> [HTTPRoute] {
        [
            HTTPRoute(.get, path) { request in
                try await metrics(ContentNegotiation.format(accept: request.list(.accept)), request, rendering)
            },
            HTTPRoute(.get, hiveMQPath) { request in try await metrics(.hiveMQ, request, rendering) },
            HTTPRoute(.get, healthPath) { _ in report(try await threads.submit { health.health() }.getOrCancel()) },
            HTTPRoute(.get, readinessPath) { _ in report(try await threads.submit { health.readiness() }.getOrCancel())
            },
            HTTPRoute(.get, indexPath) { _ in index(path: path) },
        ]
    }

    private static func metrics(
        _ format: ExpositionFormat, _ request: HTTPRequest, _ rendering: SharedRendering
    ) async throws -> HTTPReply {
        let allowsGzip = ContentNegotiation.allowsGzip(acceptEncoding: request.list(.acceptEncoding))
        let content = try await rendering.content(format, allowsGzip: allowsGzip)
        var reply = HTTPReply(contentType: format.contentType, body: content.body)
        reply.headers[.vary] = "Accept, Accept-Encoding"
        if content.isCompressed { reply.headers[.contentEncoding] = "gzip" }
        return reply
    }

    private static func report(_ report: HealthReport) -> HTTPReply {
        HTTPReply(
            status: report.isOK ? .ok : .serviceUnavailable, contentType: "application/json",
            headers: [.cacheControl: "no-store"], body: report.json)
    }

    private static func index(path: String) -> HTTPReply {
        let links = [
            (path, "metrics: Prometheus text 0.0.4, or OpenMetrics 1.0.0 for those who ask for it"),
            (hiveMQPath, "the same with HiveMQ's names"),
            (healthPath, "whether the broker is alive"),
            (readinessPath, "whether it takes clients"),
        ]
        let items = links.map { "<li><a href=\"\(escaped($0.0))\">\(escaped($0.0))</a>: \(escaped($0.1))</li>\n" }
        let page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Skep</title></head>
            <body><h1>Skep</h1>
            <ul>
            \(items.joined())</ul>
            </body></html>

            """
        return HTTPReply(contentType: "text/html; charset=utf-8", body: ByteBuffer(string: page))
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}

extension HTTPRequest {
    /// The values of all fields of this name as one list; nil if there are none.
    fileprivate func list(_ name: HTTPField.Name) -> String? { headerFields[name] }
}
