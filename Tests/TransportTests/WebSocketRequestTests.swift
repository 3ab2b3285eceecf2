import BrokerValues
import NIOCore
import NIOEmbedded
import Testing

@testable import BrokerTransport

@Suite("The request that opens a WebSocket")
struct WebSocketRequestTests {
    private func answer(_ request: [UInt8]) throws -> (text: String, door: EmbeddedDoor) {
        let door = try EmbeddedDoor.webSocket()
        door.send(request)
        return (door.sentText(), door)
    }

    private func header(_ name: String, _ answer: String) -> String? {
        answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
            .map { String($0.dropFirst(name.utf8.count + 2)) }
    }

    @Test("A good one is answered with the key of RFC 6455 section 1.3 and the subprotocol [MQTT-6.0.0-4]")
    func accepted() throws {
        let (text, door) = try answer(FrameBytes.request())
        #expect(text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
        #expect(header("sec-websocket-accept", text) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(header("sec-websocket-protocol", text) == "mqtt")
        #expect(header("upgrade", text) == "websocket")
        #expect(header("connection", text)?.lowercased() == "upgrade")
        #expect(header("sec-websocket-extensions", text) == nil)
        #expect(door.isOpen)
        door.send(FrameBytes.frame([1, 2, 3]))
        #expect(door.recorder.received == [1, 2, 3])
    }

    @Test("It may come in pieces, with other letters, a query and extensions that nobody speaks")
    func otherForms() throws {
        let pieces = try EmbeddedDoor.webSocket()
        for byte in FrameBytes.request() + FrameBytes.frame([7]) { pieces.send([byte]) }
        #expect(pieces.recorder.received == [7])
        for request in [
            FrameBytes.request("GET /mqtt?token=1 HTTP/1.1"),
            FrameBytes.request(without: "Upgrade", with: "uPGRADE: WebSocket"),
            FrameBytes.request(with: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
            FrameBytes.request(with: "Content-Length: 0"),
        ] {
            let (text, _) = try answer(request)
            #expect(text.hasPrefix("HTTP/1.1 101 "))
            #expect(header("sec-websocket-extensions", text) == nil)
        }
    }

    @Test("Frames that come with it are not lost")
    func eager() throws {
        let (_, door) = try answer(FrameBytes.request() + FrameBytes.frame([1]) + FrameBytes.frame([2]))
        door.send(FrameBytes.frame([3]))
        #expect(door.recorder.received == [1, 2, 3])
    }

    @Test(
        "The first subprotocol that is known is agreed on",
        arguments: [
            ("mqtt", "mqtt"), ("mqttv3.1", "mqttv3.1"), ("mqttv3.1, mqtt", "mqttv3.1"), ("mqtt,mqttv3.1", "mqtt"),
            ("chat , mqtt", "mqtt"),
        ])
    func subprotocols(offer: String, chosen: String) throws {
        #expect(header("sec-websocket-protocol", try answer(FrameBytes.request(protocols: offer)).text) == chosen)
    }

    @Test("Several lines of subprotocols count as one")
    func severalLines() throws {
        let request = FrameBytes.request(with: "Sec-WebSocket-Protocol: mqttv3.1", protocols: "chat")
        #expect(header("sec-websocket-protocol", try answer(request).text) == "mqttv3.1")
    }

    @Test(
        "What is not a handshake of MQTT is told why, counted, and closed",
        arguments: [
            (FrameBytes.request("GET / HTTP/1.1"), "404", .wrongPath),
            (FrameBytes.request("GET /mqtt/ HTTP/1.1"), "404", .wrongPath),
            (FrameBytes.request("GET /MQTT HTTP/1.1"), "404", .wrongPath),
            (FrameBytes.request("POST /mqtt HTTP/1.1"), "405", .wrongMethod),
            (FrameBytes.request("HEAD /mqtt HTTP/1.1"), "405", .wrongMethod),
            (FrameBytes.request(without: "Upgrade"), "426", .notWebSocket),
            (FrameBytes.request(without: "Connection"), "426", .notWebSocket),
            (FrameBytes.request(without: "Sec-WebSocket-Version"), "426", .notWebSocket),
            (
                FrameBytes.request(without: "Sec-WebSocket-Version", with: "Sec-WebSocket-Version: 8"), "426",
                .notWebSocket
            ),
            (FrameBytes.request(without: "Sec-WebSocket-Key"), "400", .badRequest),
            (FrameBytes.request(without: "Sec-WebSocket-Key", with: "Sec-WebSocket-Key: short=="), "400", .badRequest),
            (FrameBytes.request(with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), "400", .badRequest),
            (FrameBytes.request(without: "Host"), "400", .badRequest),
            (FrameBytes.request("GET /mqtt HTTP/1.0"), "400", .badRequest),
            (FrameBytes.request(with: "Content-Length: 5"), "400", .badRequest),
            (FrameBytes.request(with: "Transfer-Encoding: chunked"), "400", .badRequest),
            (FrameBytes.request(protocols: nil), "400", .subprotocol),
            (FrameBytes.request(protocols: "chat"), "400", .subprotocol),
            (FrameBytes.request(protocols: "MQTT"), "400", .subprotocol),
            (FrameBytes.request(protocols: ""), "400", .subprotocol),
            (Array("\u{10}\u{0C}\u{0}\u{4}MQTT\u{4}".utf8), "400", .badRequest),
            (Array("GET /mqtt HTTP/2.0\r\n\r\n".utf8), "400", .badRequest),
            (Array("not at all\r\n\r\n".utf8), "400", .badRequest),
        ] as [([UInt8], String, WebSocketRefusal)])
    func refused(request: [UInt8], status: String, refusal: WebSocketRefusal) throws {
        let (text, door) = try answer(request)
        #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
        #expect(header("connection", text) == "close")
        let body = try #require(text.split(separator: "\r\n\r\n", maxSplits: 1).last)
        #expect(header("content-length", text) == "\(body.utf8.count)")
        #expect(door.report.count(refusal) == 1)
        #expect(WebSocketRefusal.allCases.reduce(0) { $0 + door.report.count($1) } == 1)
        // Whatever it says now, it is not heard, and it has a second to go.
        door.send(FrameBytes.request() + FrameBytes.frame([1]))
        #expect(door.recorder.reads == 0)
        #expect(door.sent().isEmpty)
        door.wait(.seconds(1))
        #expect(!door.isOpen)
    }

    @Test("Which methods and versions there are is told with the refusal")
    func hints() throws {
        #expect(header("allow", try answer(FrameBytes.request("PUT /mqtt HTTP/1.1")).text) == "GET")
        let old = try answer(FrameBytes.request(without: "Sec-WebSocket-Version")).text
        #expect(header("sec-websocket-version", old) == "13")
        #expect(header("upgrade", old) == "websocket")
    }

    @Test("A head that is too large is refused, however it is made")
    func large() throws {
        let long = String(repeating: "x", count: 4096)
        let many = (0..<80).map { "X-\($0): y" }.joined(separator: "\r\n")
        let big = (0..<5).map { "X-\($0): \(String(repeating: "y", count: 3500))" }.joined(separator: "\r\n")
        for request in [
            FrameBytes.request("GET /\(long) HTTP/1.1"), FrameBytes.request(with: "X: \(long)x"),
            FrameBytes.request(with: many), FrameBytes.request(with: big), [UInt8](repeating: 0x0A, count: 20_000),
        ] {
            let door = try EmbeddedDoor.webSocket()
            for start in stride(from: 0, to: request.count, by: 1000) {
                door.send(Array(request[start..<min(start + 1000, request.count)]))
            }
            #expect(door.sentText().hasPrefix("HTTP/1.1 431 "))
            #expect(door.report.count(WebSocketRefusal.headTooLarge) == 1)
        }
    }

    @Test("A request that is not whole in time is not waited for, and one that was has no limit any more")
    func late() throws {
        let slow = try EmbeddedDoor.webSocket()
        slow.send(Array(FrameBytes.request().dropLast()))
        slow.wait(.milliseconds(9_999))
        #expect(slow.isOpen)
        slow.wait(.milliseconds(1))
        #expect(!slow.isOpen)
        #expect(slow.report.count(WebSocketRefusal.incomplete) == 1)
        let good = try EmbeddedDoor.open()
        good.wait(.seconds(60))
        #expect(good.isOpen)
    }

    @Test("A peer that closes within its request is counted, one that says nothing is not")
    func peerCloses() throws {
        let within = try EmbeddedDoor.webSocket()
        within.send(Array("GET /mqtt".utf8))
        _ = try? within.channel.finish()
        #expect(within.report.count(WebSocketRefusal.incomplete) == 1)
        #expect(within.report.count(WebSocketRefusal.badRequest) == 0)
        let silent = try EmbeddedDoor.webSocket()
        _ = try? silent.channel.finish()
        #expect(WebSocketRefusal.allCases.allSatisfy { silent.report.count($0) == 0 })
    }
}
