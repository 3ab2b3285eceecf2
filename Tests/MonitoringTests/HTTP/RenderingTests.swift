import Dispatch
import Glibc
import Monitoring
import Testing

@Suite("Monitoring over HTTP: shared renderings")
struct RenderingTests {
    @Test("Scrapes that come while a rendering is made all get that one")
    func concurrent() async throws {
        let (began, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let scrapes = TestScrapes {
            began.signal()
            mayEnd.wait()
        }
        var limits = HTTPLimits()
        // However late a thread of this test gets its turn.
        limits.renderingReuseMilliseconds = 600_000
        try await withEndpoints(scrapes: scrapes, limits: limits) { endpoints in
            try await withThrowingTaskGroup(of: HTTPTestAnswer.self) { clients in
                for index in 0..<10 {
                    let fields = index % 2 == 0 ? [] : ["Accept-Encoding: gzip"]
                    clients.addTask { try await endpoints.get("/metrics", fields) }
                }
                try await onThread { began.wait() }
                // While it is being made, nothing else has to wait.
                #expect(try await endpoints.get("/healthz").status == 200)
                mayEnd.signal()
                for try await answer in clients {
                    let isCompressed = answer.headers["content-encoding"] == "gzip"
                    let body = isCompressed ? gunzip(answer.body) : answer.body
                    #expect(body == Array(scrapes.text(.prometheusText).utf8))
                }
            }
            #expect(scrapes.renderings == 1)
        }
    }

    @Test("There is one rendering at a time, whatever forms are asked for")
    func oneAtATime() async throws {
        let scrapes = TestScrapes(during: { usleepBriefly() })
        var limits = HTTPLimits()
        limits.renderingReuseMilliseconds = 0
        try await withEndpoints(scrapes: scrapes, limits: limits) { endpoints in
            try await withThrowingTaskGroup(of: Int.self) { clients in
                for index in 0..<60 {
                    clients.addTask {
                        switch index % 3 {
                        case 0: try await endpoints.get("/metrics").status
                        case 1: try await endpoints.get("/servlet/metrics").status
                        default: try await endpoints.get("/metrics", ["Accept: \(prometheus242)"]).status
                        }
                    }
                }
                for try await status in clients { #expect(status == 200) }
            }
            #expect(scrapes.renderings >= 3)
            #expect(scrapes.mostAtOnce == 1)
        }
    }

    @Test("A rendering is forgotten, and the next scrape sees new values")
    func forgotten() async throws {
        try await withEndpoints { endpoints in
            _ = try await endpoints.get("/metrics")
            var attempts = 0
            while endpoints.scrapes.renderings < 2, attempts < 1000 {
                _ = try await endpoints.get("/metrics")
                try await Task.sleep(for: .milliseconds(10))
                attempts += 1
            }
            #expect(endpoints.scrapes.renderings == 2)
        }
    }

    @Test("A page that asks for no metrics makes no rendering")
    func unasked() async throws {
        try await withEndpoints { endpoints in
            for path in ["/", "/healthz", "/readyz", "/nowhere"] { _ = try await endpoints.get(path) }
            #expect(endpoints.scrapes.renderings == 0)
        }
    }
}

/// Long enough for other scrapes to come in meanwhile.
private func usleepBriefly() { usleep(2000) }
