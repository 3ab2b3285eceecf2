import Monitoring
import Testing

@Suite("Monitoring over HTTP: routes")
struct HTTPRouteTests {
    @Test("Metrics are text 0.0.4 for a client that does not say what it takes")
    func metrics() async throws {
        try await withEndpoints { endpoints in
            let answer = try await endpoints.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text == endpoints.scrapes.text(.prometheusText))
        }
    }

    @Test("Prometheus 2.42 gets OpenMetrics 1.0.0")
    func prometheus() async throws {
        try await withEndpoints { endpoints in
            let answer = try await endpoints.get("/metrics", ["Accept: \(prometheus242)"])
            #expect(answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(answer.text == endpoints.scrapes.text(.openMetrics))
        }
    }

    @Test("HiveMQ's metrics are text 0.0.4 whatever the client would like")
    func hiveMQ() async throws {
        try await withEndpoints { endpoints in
            let answer = try await endpoints.get("/servlet/metrics", ["Accept: \(prometheus242)"])
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text == endpoints.scrapes.text(.hiveMQ))
        }
    }

    @Test("The configured path has the metrics, and the default path has nothing")
    func configuredPath() async throws {
        try await withEndpoints(path: "/internal/prom") { endpoints in
            #expect(try await endpoints.get("/internal/prom").text == endpoints.scrapes.text(.prometheusText))
            #expect(try await endpoints.get("/metrics").status == 404)
            let index = try await endpoints.get("/")
            #expect(index.text.contains("href=\"/internal/prom\""))
        }
    }

    @Test("A query does not change which page answers")
    func query() async throws {
        try await withEndpoints { endpoints in
            let answer = try await endpoints.get("/healthz?verbose=1")
            #expect(answer.status == 200)
        }
    }

    @Test("Health and readiness answer 200 with every check, and are not to be stored")
    func healthy() async throws {
        try await withEndpoints { endpoints in
            let health = try await endpoints.get("/healthz")
            #expect(health.status == 200)
            #expect(health.headers["content-type"] == "application/json")
            #expect(health.headers["cache-control"] == "no-store")
            #expect(
                health.text == """
                    {"status":"ok","failing":[],"checks":[{"name":"event-loops","ok":true,"detail":"answered"}]}

                    """)
            let ready = try await endpoints.get("/readyz")
            #expect(ready.text.contains("\"name\":\"stress\""))
        }
    }

    @Test("A failing check makes 503, and the body names it")
    func failing() async throws {
        var health = TestHealth()
        health.readinessReport = HealthReport(checks: [
            .init(name: "accepting", isOK: true, detail: "2 listeners"),
            .init(name: "stress", isOK: false, detail: "level 6 by \"event-loop lag\"\n\u{1}"),
        ])
        try await withEndpoints(health: health) { endpoints in
            #expect(try await endpoints.get("/healthz").status == 200)
            let ready = try await endpoints.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.headers["cache-control"] == "no-store")
            #expect(
                ready.text == """
                    {"status":"failing","failing":["stress"],"checks":[\
                    {"name":"accepting","ok":true,"detail":"2 listeners"},\
                    {"name":"stress","ok":false,"detail":"level 6 by \\"event-loop lag\\"\\n\\u0001"}]}

                    """)
        }
    }

    @Test("The index page links to every other page, and each link answers")
    func index() async throws {
        try await withEndpoints { endpoints in
            let index = try await endpoints.get("/")
            #expect(index.headers["content-type"] == "text/html; charset=utf-8")
            for path in ["/metrics", "/servlet/metrics", "/healthz", "/readyz"] {
                #expect(index.text.contains("<a href=\"\(path)\">"))
                let page = try await endpoints.get(path)
                #expect(page.status == 200)
            }
            #expect(!index.text.contains("://"), "the page must not need anything from elsewhere")
        }
    }

    @Test("HEAD gets the head that GET gets", arguments: ["/", "/metrics", "/servlet/metrics", "/healthz", "/nowhere"])
    func head(path: String) async throws {
        try await withEndpoints { endpoints in
            let (get, head, next) = try await endpoints.connect { client in
                let get = try client.request("GET", path)
                let head = try client.request("HEAD", path)
                // If HEAD had a body, this answer would be preceded by it.
                return (get, head, try client.request("GET", path))
            }
            #expect(head.status == get.status)
            #expect(head.headers == get.headers)
            #expect(head.body == [])
            #expect(next == get)
        }
    }

    @Test("Another method is answered 405 with what is allowed", arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func method(name: String) async throws {
        try await withEndpoints { endpoints in
            let answer = try await endpoints.connect { try $0.request(name, "/metrics", ["Content-Length: 0"]) }
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, HEAD")
        }
    }

    @Test(
        "An unknown path is answered 404", arguments: ["/nowhere", "/metrics/", "//metrics", "/Metrics", "/healthz/x"])
    func unknown(path: String) async throws {
        try await withEndpoints { endpoints in
            let answer = try await endpoints.get(path)
            #expect(answer.status == 404)
            #expect(answer.text == "404: there is no such page here\n")
        }
    }
}
