import Monitoring
import Testing

/// A small generator whose numbers follow from its seed.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Monitoring over HTTP: mutated requests")
struct HTTPMutationTests {
    private static let requests = [
        "GET /metrics HTTP/1.1\r\nHost: skep\r\nAccept: \(prometheus242)\r\nAccept-Encoding: gzip\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: skep\r\nConnection: keep-alive\r\n\r\nGET /nowhere?a=b#c HTTP/1.0\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nHost: skep\r\nContent-Length: 11\r\n\r\nhello worldGET /readyz HTTP/1.1\r\n\r\n",
        "PUT /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
        "GET http://user@skep:9399/servlet/metrics HTTP/1.1\r\nHost: [::1]:9399\r\nUpgrade: h2c\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: skep\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    ]

    private static func mutated(_ random: inout Seeded) -> [UInt8] {
        var bytes = Array((requests.randomElement(using: &random) ?? requests[0]).utf8)
        for _ in 0...Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            let length = Int.random(in: 1...12, using: &random)
            let end = min(bytes.count, position + length)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(position..<end)
            case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
            case 4: bytes.insert(contentsOf: Array("\r\n".utf8), at: position)
            case 5: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(ascii: "9") }, at: position)
            default: bytes.removeSubrange(end...)
            }
        }
        return bytes
    }

    @Test("3,000 mutated requests are each brought to an end, and then a good one is answered")
    func mutations() async throws {
        var limits = HTTPLimits()
        // What depends on time running out would hang here.
        limits.requestMilliseconds = 3_600_000
        limits.idleMilliseconds = 3_600_000
        limits.writeMilliseconds = 3_600_000
        try await withEndpoints(limits: limits) { endpoints in
            try await withThrowingTaskGroup(of: Int.self) { workers in
                for worker in 0..<6 {
                    workers.addTask {
                        try await onThread { [port = endpoints.port] in
                            var random = Seeded(state: UInt64(worker))
                            var ended = 0
                            for _ in 0..<500 {
                                let bytes = Self.mutated(&random)
                                let client = try HTTPTestClient(port: port)
                                client.send(bytes)
                                client.finishSending()
                                do {
                                    _ = try client.readToEnd()
                                } catch {
                                    throw HTTPTestFailure(
                                        description:
                                            "no end of \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                                }
                                ended += 1
                            }
                            return ended
                        }
                    }
                }
                var ended = 0
                for try await count in workers { ended += count }
                #expect(ended == 3000)
            }
            #expect(try await endpoints.get("/metrics").status == 200)
        }
    }
}
