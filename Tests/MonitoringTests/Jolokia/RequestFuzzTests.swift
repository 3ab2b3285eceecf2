import Introspection
import Monitoring
import RandomKit
import Testing

@Suite("Jolokia: requests that nobody planned")
struct JolokiaFuzzTests {
    private static let paths = [
        "/read/skep:type=Broker/Version", "/read/skep:*/*/Name", "/read/skep:type=Nested/Signals/*/list/1/m",
        "/write/skep:type=Logging/Numbers/9/2/k", "/write/skep:type=Logging/Maximum/5",
        "/exec/skep:type=Logging/set(java.lang.String,int)/a!/b/5", "/exec/skep:type=Nested/echo/s/true/1/2/3/{}/[]",
        "/search/*:type=L?stener,*", #"/list/skep/type=Metric,name=!"a,b%5C*c!"/attr/Value"#, "/list/*/type=N*/op",
        "/version",
    ]
    private static let queries = [
        "", "maxDepth=1&maxObjects=2&maxCollectionSize=1", "p=/read/skep%3Atype%3DBroker", "listCache=1&listKeys=1",
        "ignoreErrors=true&serializeLong=string&canonicalNaming=on",
        "ifModifiedSince=1700000000&includeStackTrace=runtime",
    ]
    private static let bodies = [
        #"{"type":"read","mbean":"skep:type=Nested","attribute":["Signals","Big"],"path":"*/*","config":{"maxDepth":2}}"#,
        #"{"type":"write","mbean":"skep:type=Logging","attribute":"ClientLevels","value":{"a":[1,{"b":2}]},"path":"b"}"#,
        #"{"type":"exec","mbean":"skep:type=Nested","operation":"echo","arguments":["a",true,1,2,3.5,{"a":{}},[[]]]}"#,
        #"[{"type":"search","mbean":"*:*"},{"type":"list","path":"skep/*/attr"},{"type":"version","target":null},7]"#,
    ]
    private static let doors = [JolokiaDoor.operating, .reading, .aggregates, .postOnly]

    private static func mutate(_ text: String, _ random: inout SeededGenerator, with letters: [UInt8]) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<random.below(4) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            let end = min(bytes.count, place + 1 + random.below(12))
            switch random.below(6) {
            case 0: bytes[place] = random.pick(letters) ?? 0
            case 1: bytes.insert(random.pick(letters) ?? 0, at: place)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
            case 4: bytes.insert(contentsOf: [UInt8](repeating: random.pick(letters) ?? 0, count: 80), at: place)
            default: bytes.removeSubrange(end...)
            }
        }
        return bytes
    }

    @Test("Every mutated request gets an answer in JSON with a status", arguments: Seeds.all)
    func mutations(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let service = JolokiaService.fixture()
        let pathLetters = Array(#"/!*%,:="?()[]{}\-+019aT. "#.utf8) + [0xC3, 0xFF, 0]
        let bodyLetters = Array(#"{}[]",:\u019-.e*/!"#.utf8) + [0xC3, 0xFF, 0]
        for round in 0..<1000 {
            let text = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self) }
            let query = text(Self.mutate(random.pick(Self.queries) ?? "", &random, with: pathLetters))
            var exchange = JolokiaExchange(random.chance(50) ? .get : .post, query: random.chance(50) ? "" : query)
            exchange.path = text(Self.mutate(random.pick(Self.paths) ?? "", &random, with: pathLetters))
            exchange.body = Self.mutate(random.pick(Self.bodies) ?? "", &random, with: bodyLetters)
            let answer = await service.answer(exchange, at: random.pick(Self.doors) ?? .operating)
            let value = try JSONReader.value(answer.body, nesting: 2 * JolokiaLimits.nesting)
            for single in value.array ?? [value] {
                let status = try #require(single["status"]?.integer, "seed \(seed), round \(round)")
                #expect([200, 304, 400, 403, 404].contains(status), "seed \(seed), round \(round)")
                #expect((single["error"] == .none) == (status < 400), "seed \(seed), round \(round)")
                #expect((single["value"] != .none) == (status == 200), "seed \(seed), round \(round)")
            }
            #expect([200, 400].contains(answer.httpStatus))
        }
    }

    @Test("The deepest request that is taken is answered, and repeated in its answer")
    func deepest() async throws {
        let service = JolokiaService.fixture()
        // The array stands in an object and its arguments.
        let deep = JolokiaLimits.nesting - 2
        let argument = String(repeating: "[", count: deep) + String(repeating: "]", count: deep)
        let body =
            #"{"type":"exec","mbean":"skep:type=Nested","operation":"echo","arguments":["","true",1,2,3,{},\#(argument)]}"#
        let exchange = JolokiaExchange(.post, body: Array(body.utf8))
        let answer = await service.answer(exchange, at: .operating)
        let value = try JSONReader.value(answer.body, nesting: 2 * JolokiaLimits.nesting)
        #expect(value["status"] == 200)
        #expect(value["value"]?.array?.last == value["request"]?["arguments"]?.array?.last)
    }
}
