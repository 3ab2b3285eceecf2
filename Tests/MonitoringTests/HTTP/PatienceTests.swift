import Dispatch
import Glibc
import Monitoring
import Testing

@Suite("Monitoring over HTTP: patience with clients")
struct HTTPPatienceTests {
    @Test("300 idle connections do not keep a scraper from being answered")
    func idleConnections() async throws {
        try await withEndpoints { endpoints in
            try await onThread { [port = endpoints.port] in
                var idle: [HTTPTestClient] = []
                for index in 0..<300 {
                    let client = try HTTPTestClient(port: port)
                    // Some say nothing, some begin a request.
                    if index % 2 == 0 { client.send("GET /metr") }
                    idle.append(client)
                }
                let scraper = try HTTPTestClient(port: port)
                #expect(try scraper.request("GET", "/metrics").status == 200)
                #expect(try idle[0].readToEnd() == [], "the oldest was closed")
                #expect(try scraper.request("GET", "/metrics").status == 200, "the newest was not")
            }
        }
    }

    @Test("For one connection too many, that which has rested longest is closed")
    func longestRest() async throws {
        var limits = HTTPLimits()
        limits.connections = 3
        try await withEndpoints(limits: limits) { endpoints in
            try await onThread { [port = endpoints.port] in
                let clients = try (0..<3).map { _ in try HTTPTestClient(port: port) }
                for index in [2, 0, 1, 2] {
                    #expect(try clients[index].request("GET", "/healthz").status == 200)
                }
                let fourth = try HTTPTestClient(port: port)
                #expect(try fourth.request("GET", "/healthz").status == 200)
                #expect(try clients[0].readToEnd() == [])
                #expect(try clients[1].request("GET", "/healthz").status == 200)
                #expect(try clients[2].request("GET", "/healthz").status == 200)
            }
        }
    }

    @Test("A connection that is owed an answer is not closed for another one")
    func owed() async throws {
        let (began, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let scrapes = TestScrapes {
            began.signal()
            mayEnd.wait()
        }
        var limits = HTTPLimits()
        limits.connections = 1
        try await withEndpoints(scrapes: scrapes, limits: limits) { endpoints in
            try await onThread { [port = endpoints.port] in
                let first = try HTTPTestClient(port: port)
                first.send("GET /metrics HTTP/1.1\r\nHost: skep\r\n\r\n")
                began.wait()
                let second = try HTTPTestClient(port: port)
                #expect(try second.readToEnd() == [])
                mayEnd.signal()
                #expect(try first.answer().status == 200)
            }
        }
    }

    @Test("A client that sends its head byte by byte is cut off")
    func slowHead() async throws {
        var limits = HTTPLimits()
        limits.requestMilliseconds = 400
        try await withEndpoints(limits: limits) { endpoints in
            let wasCut = try await endpoints.connect { client in
                let head = Array("GET /metrics HTTP/1.1\r\nX: \(String(repeating: "a", count: 2000))".utf8)
                for byte in head {
                    if !client.send([byte]) { return true }
                    usleep(20_000)
                }
                return false
            }
            #expect(wasCut)
            #expect(try await endpoints.get("/healthz").status == 200)
        }
    }

    @Test("A client that sends its body byte by byte is cut off")
    func slowBody() async throws {
        var limits = HTTPLimits()
        limits.requestMilliseconds = 400
        try await withEndpoints(limits: limits) { endpoints in
            let wasCut = try await endpoints.connect { client in
                client.send("GET /healthz HTTP/1.1\r\nHost: skep\r\nContent-Length: 2000\r\n\r\n")
                for _ in 0..<2000 {
                    if !client.send("a") { return true }
                    usleep(20_000)
                }
                return false
            }
            #expect(wasCut)
        }
    }

    @Test("A client that says nothing is cut off, before its first request and after one")
    func silent() async throws {
        var limits = HTTPLimits()
        limits.requestMilliseconds = 300
        limits.idleMilliseconds = 300
        try await withEndpoints(limits: limits) { endpoints in
            #expect(try await endpoints.connect { try $0.readToEnd() } == [])
            let rest = try await endpoints.connect { client in
                _ = try client.request("GET", "/healthz")
                return try client.readToEnd()
            }
            #expect(rest == [])
        }
    }

    @Test("A connection that rests between requests has the longer limit")
    func restBetweenRequests() async throws {
        var limits = HTTPLimits()
        limits.requestMilliseconds = 300
        try await withEndpoints(limits: limits) { endpoints in
            try await endpoints.connect { client in
                _ = try client.request("GET", "/healthz")
                usleep(1_000_000)
                #expect(try client.request("GET", "/healthz").status == 200)
            }
        }
    }

    @Test("A scraper that does not read is cut off, and meanwhile others are answered")
    func noReader() async throws {
        var limits = HTTPLimits()
        limits.writeMilliseconds = 1000
        let scrapes = TestScrapes(bytes: 32 << 20)
        try await withEndpoints(scrapes: scrapes, limits: limits) { endpoints in
            let hanging = try await onThread { [port = endpoints.port] in
                let client = try HTTPTestClient(port: port, receiveBufferBytes: 4096)
                client.send("GET /metrics HTTP/1.1\r\nHost: skep\r\n\r\n")
                return client
            }
            #expect(try await endpoints.get("/healthz").status == 200)
            let wasCut = try await onThread {
                // Empty lines between requests mean nothing; they show whether somebody is still there.
                for _ in 0..<3000 {
                    if !hanging.send("\r\n") { return true }
                    usleep(20_000)
                }
                return false
            }
            #expect(wasCut)
            #expect(try await endpoints.get("/healthz").status == 200)
        }
    }

    @Test("A scraper that reads slowly, but in time, gets everything")
    func slowReader() async throws {
        let scrapes = TestScrapes(bytes: 8 << 20)
        try await withEndpoints(scrapes: scrapes) { endpoints in
            let answer = try await onThread { [port = endpoints.port] in
                let client = try HTTPTestClient(port: port, receiveBufferBytes: 4096)
                client.send("GET /metrics HTTP/1.1\r\nHost: skep\r\n\r\n")
                usleep(300_000)
                return try client.answer()
            }
            #expect(answer.text == scrapes.text(.prometheusText))
        }
    }
}
