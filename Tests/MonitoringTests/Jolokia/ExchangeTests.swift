import Introspection
import Monitoring
import Testing

@Suite("Jolokia: exchanges over HTTP")
struct JolokiaExchangeTests {
    private let service = JolokiaService.fixture()

    @Test(
        "Without a path, or with slashes alone, the agent tells its version", arguments: ["", "/", "//", "/version/"])
    func version(path: String) async throws {
        let answer = try await service.get(path)
        #expect(answer["request"] == ["type": "version"])
        let value = answer["value"]
        #expect(value?["agent"] == "1.0")
        #expect(value?["protocol"] == "7.2")
        #expect(value?["id"] == "test")
        #expect(value?["config"]?["canonicalNaming"] == "false")
        #expect(value?["info"]?["product"] == "skep")
        #expect(value?["details"]?["agent_id"] == "test")
        #expect(value?["decorators"] == [:])
    }

    @Test("A bulk is answered in its order, each request with a status of its own")
    func bulk() async throws {
        let body = #"""
            [{"type":"read","mbean":"skep:type=Broker","attribute":"Version"}, 5, {"type":"nothing"},
             {"type":"read","mbean":"skep:type=Nobody"}, [], {"type":"version","config":{"maxDepth":"x"}},
             {"type":"read","mbean":"skep:type=Nested","attribute":"Signals","config":{"maxDepth":"2"}},
             {"type":"version","target":{"url":"a"}}, {"type":"search","mbean":"metrics:*"}]
            """#
        let exchange = JolokiaExchange(.post, query: "maxDepth=1", body: Array(body.utf8))
        let answer = await service.answer(exchange, at: .aggregates)
        #expect(answer.httpStatus == 200)
        let answers = try #require(try JSONReader.value(answer.body).array)
        #expect(answers.map { $0["status"] } == [200, 400, 400, 404, 400, 400, 200, 403, 200])
        #expect(answers[0]["value"] == "1.0")
        #expect(answers[6]["value"]?["memory"] == ["ratio": .number(0.25)])
        #expect(answers[8]["value"] == ["metrics:name=com.hivemq.networking.connections.current"])
        #expect(try await service.post("[]") == [])
    }

    @Test("A bulk is done one after the other")
    func bulkOrder() async throws {
        let write = { (value: Int) in
            #"{"type":"write","mbean":"skep:type=Logging","attribute":"Maximum","value":\#(value)}"#
        }
        let answers = try await service.post("[\(write(1)),\(write(2)),\(write(3))]").array
        #expect(answers?.map { $0["value"] } == [7, 1, 2])
    }

    @Test("A bulk with the most requests is answered")
    func largestBulk() async throws {
        let count = JolokiaLimits.bulkRequests
        let body = "[" + [String](repeating: #"{"type":"version"}"#, count: count).joined(separator: ",") + "]"
        #expect(try await service.post(body).array?.count == count)
    }

    @Test("A bulk whose answer grows too large is answered to its end, but not with values")
    func hugeAnswer() async throws {
        // Each bean is in the source once, but this pattern asks for all of them each time.
        let service = JolokiaService(
            beans: WideBeans(), agent: JolokiaAgent(id: "test", version: "1.0"),
            clock: MonitorClock(monotonic: { 0 }, wall: { 0 }))
        let body = "[" + [String](repeating: #"{"type":"read","mbean":"*:*"}"#, count: 100).joined(separator: ",") + "]"
        let answer = await service.answer(JolokiaExchange(.post, body: Array(body.utf8)), at: .operating)
        #expect(answer.body.count < JolokiaLimits.answerBytes + 2 * WideBeans.bytes)
        let statuses = try JSONReader.value(answer.body).array?.map { $0["status"] }
        #expect(statuses?.count == 100)
        #expect(statuses?.first == 200)
        #expect(statuses?.last == 500)
    }

    @Test("Answers are text unless JSON is asked for, and nothing else")
    func contentTypes() async throws {
        let text = "text/plain; charset=utf-8"
        let json = "application/json; charset=utf-8"
        for (query, type) in [
            ("", text), ("mimeType=application/json", json), ("mimeType=application%2FJSON", json),
            ("mimeType=text/plain", text), ("mimeType=text/html", text), ("mimeType=application/json&maxDepth=x", text),
        ] {
            #expect(await service.answer(JolokiaExchange(.get, query: query), at: .operating).contentType == type)
        }
        let body = Array(#"{"type":"version","config":{"mimeType":"application/json"}}"#.utf8)
        let post = JolokiaExchange(.post, query: "mimeType=text/plain", body: body)
        #expect(await service.answer(post, at: .operating).contentType == json)
    }

    @Test("The request comes back unless it is not wanted")
    func includeRequest() async throws {
        #expect(try await service.get("/version", query: "includeRequest=false")["request"] == .none)
        let answer = try await service.post(#"{"type":"version","config":{"includeRequest":false}}"#)
        #expect(answer["request"] == .none)
        #expect(answer["status"] == 200)
    }

    @Test("Of equal parameters the first counts, and unknown ones do nothing")
    func parameters() async throws {
        let answer = try await service.get("/list", query: "maxDepth=1&maxDepth=x&callback=f&a&=b&&ignoreErrors=on")
        #expect(answer["value"] == ["skep": 1, "metrics": 1])
    }

    @Test("A pre-flight tells pages of allowed servers what they may send")
    func preflight() async {
        var door = JolokiaDoor.aggregates
        door.origins = .these(["https://a.example"])
        let allowed = JolokiaExchange(.options, origin: "https://a.example", requestedHeaders: "Content-Type, X-A")
        let answer = await service.answer(allowed, at: door)
        #expect(answer.httpStatus == 200)
        #expect(answer.body.isEmpty)
        #expect(
            answer.headers == [
                "Access-Control-Allow-Origin": "https://a.example", "Access-Control-Allow-Headers": "Content-Type, X-A",
                "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "7200", "Vary": "Origin",
                "Cache-Control": "no-cache",
            ])
        for (origins, origin) in [
            (JolokiaOrigins.nobody, "https://a.example"), (.these(["https://a.example"]), "https://b.example"),
            (.everybody, "https://a.example\r\nX: y"), (.everybody, ""),
        ] {
            door.origins = origins
            let exchange = JolokiaExchange(.options, origin: origin, requestedHeaders: "X\r\nY: z")
            let answer = await service.answer(exchange, at: door)
            #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
            #expect(answer.headers["Access-Control-Allow-Headers"] == nil)
        }
    }

    @Test("Pages of allowed servers may read answers, and nobody keeps them")
    func origins() async {
        var door = JolokiaDoor.aggregates
        let exchange = JolokiaExchange(.get, origin: "https://a.example")
        #expect(await service.answer(exchange, at: door).headers == ["Cache-Control": "no-cache"])
        door.origins = .everybody
        #expect(
            await service.answer(exchange, at: door).headers == [
                "Cache-Control": "no-cache", "Vary": "Origin", "Access-Control-Allow-Origin": "https://a.example",
            ])
    }

    @Test("What the Python client pyjolokia sends is understood")
    func pyjolokia() async throws {
        let read = try await service.post(
            #"{"type":"read","config":{},"mbean":"skep:type=Nested","attribute":"Signals","path":null}"#)
        #expect(read["status"] == 200)
        let write = try await service.post(
            #"{"type":"write","config":{},"mbean":"skep:type=Logging","attribute":"Level","value":"debug","path":""}"#)
        #expect(write["value"] == "info")
        let call = try await service.post(
            #"{"type":"exec","config":{},"mbean":"skep:type=Broker","operation":"drain","arguments":null}"#)
        #expect(call["status"] == 200)
        #expect(try await service.post(#"{"type":"list","config":{},"path":null}"#)["status"] == 200)
        #expect(try await service.post(#"{"type":"version","config":{},"mbean":null}"#)["status"] == 200)
    }
}

/// One bean with a long value.
private struct WideBeans: BeanSource {
    static let bytes = 1_048_576

    let names = [ObjectName("skep", ["type": "Wide"])]

    func description(of name: ObjectName) -> BeanDescription? {
        BeanDescription(className: "Wide", "", attributes: [AttributeDescription("Value", .string, "")])
    }

    func read(_ names: [ObjectName]) async -> [[String: JSONValue]] {
        names.map { _ in ["Value": .string(String(repeating: "a", count: Self.bytes))] }
    }

    func write(_ name: ObjectName, attribute: String, value: JSONValue) async throws(BeanError) -> JSONValue {
        throw BeanError(.failed, "nothing to write")
    }

    func invoke(
        _ name: ObjectName, _ operation: OperationDescription, arguments: [JSONValue]
    ) async throws(BeanError) -> JSONValue {
        throw BeanError(.failed, "nothing to call")
    }
}
