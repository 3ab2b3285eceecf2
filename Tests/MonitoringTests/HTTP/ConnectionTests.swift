import Monitoring
import Testing

@Suite("Monitoring over HTTP: connections")
struct HTTPConnectionTests {
    @Test("A connection serves one request after the other")
    func keepAlive() async throws {
        try await withEndpoints { endpoints in
            try await endpoints.connect { client in
                for _ in 0..<20 {
                    let answer = try client.request("GET", "/healthz")
                    #expect(answer.status == 200)
                    #expect(answer.headers["connection"] == nil)
                }
            }
        }
    }

    @Test("Pipelined requests are answered in their order")
    func pipelining() async throws {
        try await withEndpoints { endpoints in
            let paths = (0..<60).map { ["/healthz", "/nowhere", "/"][$0 % 3] }
            let statuses = try await endpoints.connect { client in
                client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: skep\r\n\r\n" }.joined())
                return try paths.map { _ in try client.answer().status }
            }
            #expect(statuses == paths.map { $0 == "/nowhere" ? 404 : 200 })
        }
    }

    @Test(
        "A client that does not keep its connection alive gets one answer and the end",
        arguments: [
            "GET /healthz HTTP/1.1\r\nHost: skep\r\nConnection: close\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: skep\r\nConnection: Close, TE\r\n\r\n",
            "GET /healthz HTTP/1.0\r\n\r\n",
        ])
    func close(request: String) async throws {
        try await withEndpoints { endpoints in
            let (answer, rest) = try await endpoints.connect { client in
                // The second request comes too late: the first one was the last.
                client.send(request + request)
                return (try client.answer(), try client.readToEnd())
            }
            #expect(answer.status == 200)
            #expect(answer.headers["connection"] == "close")
            #expect(rest == [])
        }
    }

    @Test("An HTTP/1.0 client that asks to keep its connection is told that it stays")
    func oldKeepAlive() async throws {
        try await withEndpoints { endpoints in
            try await endpoints.connect { client in
                for _ in 0..<3 {
                    client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    let answer = try client.answer()
                    #expect(answer.headers["connection"] == "keep-alive")
                }
            }
        }
    }

    @Test("A client that has closed its half still gets its answers")
    func halfClosed() async throws {
        try await withEndpoints { endpoints in
            let (first, second, rest) = try await endpoints.connect { client in
                client.send("GET /metrics HTTP/1.1\r\nHost: skep\r\n\r\nGET /healthz HTTP/1.1\r\nHost: skep\r\n\r\n")
                client.finishSending()
                return (try client.answer(), try client.answer(), try client.readToEnd())
            }
            #expect(first.text == endpoints.scrapes.text(.prometheusText))
            #expect(second.status == 200)
            #expect(rest == [])
        }
    }

    @Test(
        "Where the protocol would change, the request is answered and the connection ends",
        arguments: [
            "GET /healthz HTTP/1.1\r\nHost: skep\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
            "CONNECT skep:443 HTTP/1.1\r\nHost: skep\r\n\r\n",
        ])
    func upgrade(request: String) async throws {
        try await withEndpoints { endpoints in
            let (answer, rest) = try await endpoints.connect { client in
                client.send(request)
                // What follows must not pile up in the decoder.
                client.send([UInt8](repeating: 0x41, count: 500_000))
                return (try client.answer(), try client.readToEnd())
            }
            #expect((200...499).contains(answer.status))
            #expect(rest == [])
        }
    }

    @Test("A body within the limit is ignored, and the next request is answered")
    func body() async throws {
        try await withEndpoints { endpoints in
            let statuses = try await endpoints.connect { client in
                client.send("GET /healthz HTTP/1.1\r\nHost: skep\r\nContent-Length: 65536\r\n\r\n")
                client.send([UInt8](repeating: 0x41, count: 65536))
                client.send("POST /healthz HTTP/1.1\r\nHost: skep\r\nTransfer-Encoding: chunked\r\n\r\n")
                client.send("5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n")
                return [
                    try client.answer().status, try client.answer().status,
                    try client.request("GET", "/healthz").status,
                ]
            }
            #expect(statuses == [200, 405, 200])
        }
    }
}

@Suite("Monitoring over HTTP: bad input")
struct HTTPBadInputTests {
    @Test(
        "Malformed HTTP is answered 400, and the connection ends",
        arguments: [
            "GARBAGE\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
            "GET / HTTP/1.1\r\nA b: c\r\n\r\n",
            "GET / HTTP/1.1\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
        ])
    func malformed(request: String) async throws {
        try await withEndpoints { endpoints in
            let (answer, rest) = try await endpoints.connect { client in
                client.send(request)
                return (try client.answer(), try client.readToEnd())
            }
            #expect(answer.status == 400)
            #expect(answer.headers["connection"] == "close")
            #expect(rest == [])
        }
    }

    @Test("What comes before malformed HTTP is answered first")
    func malformedAfterGood() async throws {
        try await withEndpoints { endpoints in
            let (statuses, rest) = try await endpoints.connect { client in
                client.send("GET /metrics HTTP/1.1\r\nHost: skep\r\n\r\nnonsense follows\r\n\r\n")
                return ([try client.answer().status, try client.answer().status], try client.readToEnd())
            }
            #expect(statuses == [200, 400])
            #expect(rest == [])
        }
    }

    @Test("Malformed chunks end the connection after the answer")
    func malformedChunks() async throws {
        try await withEndpoints { endpoints in
            let (answer, rest) = try await endpoints.connect { client in
                client.send("GET /healthz HTTP/1.1\r\nHost: skep\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
                return (try client.answer(), try client.readToEnd())
            }
            #expect(answer.status == 200)
            #expect(rest == [])
        }
    }

    @Test(
        "A head beyond the limits is answered 431",
        arguments: [
            "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 9000),
            "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1",
            "GET / HTTP/1.1\r\n" + (0..<3).map { "X\($0): \(String(repeating: "a", count: 6000))\r\n" }.joined(),
            "GET / HTTP/1.1\r\n" + (0..<101).map { "X\($0): a\r\n" }.joined(),
        ])
    func largeHead(request: String) async throws {
        try await withEndpoints { endpoints in
            let (answer, rest) = try await endpoints.connect { client in
                client.send(request + "\r\n\r\n")
                return (try client.answer(), try client.readToEnd())
            }
            #expect(answer.status == 431)
            #expect(answer.headers["connection"] == "close")
            #expect(rest == [])
            #expect(try await endpoints.get("/healthz").status == 200)
        }
    }

    /// Far more bytes than the limits and all buffers between client and server hold.
    private static let flood = 64 << 20

    /// No time limit that could end a flood instead of the limit on bytes.
    private static func patientLimits() -> HTTPLimits {
        var limits = HTTPLimits()
        limits.requestMilliseconds = 3_600_000
        limits.writeMilliseconds = 3_600_000
        return limits
    }

    @Test("A flood of header fields ends by itself")
    func headerFlood() async throws {
        try await withEndpoints(limits: Self.patientLimits()) { endpoints in
            let sent = try await endpoints.connect { client in
                client.send("GET / HTTP/1.1\r\n")
                let line = Array("X-Flood: \(String(repeating: "a", count: 1000))\r\n".utf8)
                var sent = 0
                while sent < Self.flood, client.send(line) { sent += line.count }
                return sent
            }
            #expect(sent < Self.flood)
            #expect(try await endpoints.get("/healthz").status == 200)
        }
    }

    @Test("A body that says it is too large is answered 413")
    func largeBody() async throws {
        try await withEndpoints { endpoints in
            for length in ["65537", "9223372036854775807", "999999999999999999"] {
                let (answer, rest) = try await endpoints.connect { client in
                    client.send("POST /metrics HTTP/1.1\r\nHost: skep\r\nContent-Length: \(length)\r\n\r\n")
                    client.send([UInt8](repeating: 0x41, count: 100_000))
                    return (try client.answer(), try client.readToEnd())
                }
                #expect(answer.status == 413)
                #expect(rest == [])
            }
        }
    }

    @Test("A body that turns out too large ends the connection")
    func largeChunks() async throws {
        try await withEndpoints(limits: Self.patientLimits()) { endpoints in
            let sent = try await endpoints.connect { client in
                client.send("POST /metrics HTTP/1.1\r\nHost: skep\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = Array("400\r\n".utf8) + [UInt8](repeating: 0x41, count: 1024) + Array("\r\n".utf8)
                var sent = 0
                while sent < Self.flood, client.send(chunk) { sent += chunk.count }
                return sent
            }
            #expect(sent < Self.flood)
            #expect(try await endpoints.get("/healthz").status == 200)
        }
    }
}
