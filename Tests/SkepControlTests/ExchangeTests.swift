import ArgumentParser
import Introspection
import NIOCore
import Synchronization
import Testing

@testable import SkepControl

struct ExchangeTests {
    /// What a broker that answers so makes of one question.
    private func ask(_ server: CannedServer, timeout: String = "60") throws -> Result<JSONValue, ToolError> {
        let options = try ConnectOptions.parse(["--socket", server.path, "--timeout", timeout])
        let broker = try Broker.connect(options, readOnlySuffices: true)
        let result = Result { () throws(ToolError) in try broker.value(.read("skep:type=Broker")) }
        try server.stop()
        return result
    }

    @Test("A question gets its answer")
    func answer() throws {
        let server = try CannedServer(json: #"[{"status":200,"value":{"Connections":3}}]"#)
        #expect(try ask(server) == .success(["Connections": 3]))
    }

    @Test("One connection serves several questions, and a new one is made when it has ended", arguments: [false, true])
    func several(closes: Bool) throws {
        let json = #"[{"status":200,"value":1}]"#
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(json.utf8.count)\r\n"
        let server = try CannedServer(
            raw: head + (closes ? "Connection: close\r\n\r\n" : "\r\n") + json, closes: closes)
        let options = try ConnectOptions.parse(["--socket", server.path])
        let broker = try Broker.connect(options, readOnlySuffices: true)
        for _ in 0..<3 { #expect(try broker.value(.read("skep:type=Broker")) == 1) }
        try server.stop()
    }

    @Test("An HTTP status that says no is an error with its exit status")
    func status() throws {
        guard case .failure(let error) = try ask(CannedServer(status: 403, json: "{}")) else {
            Issue.record("an error was expected")
            return
        }
        #expect(error.kind == .notPermitted)
    }

    @Test(
        "An answer that is cut, or is no HTTP, ends the question",
        arguments: [
            ("", ToolError.Kind.unreachable), ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", .unreachable),
            ("HTTP/1.1 200 OK\r\nConte", .unreachable), ("SSH-2.0-OpenSSH_9.2\r\n\r\n", .failed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[}", .failed),
        ])
    func cut(answer: String, kind: ToolError.Kind) throws {
        guard case .failure(let error) = try ask(CannedServer(raw: answer, closes: true)) else {
            Issue.record("an error was expected")
            return
        }
        #expect(error.kind == kind, "\(error)")
    }

    @Test("A broker that does not answer is given up")
    func silent() throws {
        let result = try ask(CannedServer(raw: "HTTP/1.1 200 OK\r\n", closes: false), timeout: "0.2")
        #expect(result == .failure(Broker.error(ExchangeFault.timedOut)))
    }

    @Test("An answer larger than the limit is given up")
    func large() throws {
        let body = String(repeating: " ", count: ExchangeHandler.largestAnswer + 1)
        let result = try ask(CannedServer(json: body))
        #expect(result == .failure(Broker.error(ExchangeFault.tooLarge)))
    }

    @Test("Events come as they are sent, and the end of the stream is told")
    func events() throws {
        let text = #"{"event":"limit-hit"}"# + "\n"
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let server = try CannedServer(raw: head + "16\r\n\(text)\r\n0\r\n\r\n", closes: true)
        let broker = try Broker.connect(try ConnectOptions.parse(["--socket", server.path]), readOnlySuffices: true)
        let received = Mutex("")
        let stream = broker.events(kinds: ["limit-hit"], patience: .seconds(60)) { piece in
            received.withLock { $0 += String(buffer: piece) }
        }
        #expect(try stream.wait().status == 200)
        #expect(received.withLock { $0 } == text)
        try server.stop()
    }
}
