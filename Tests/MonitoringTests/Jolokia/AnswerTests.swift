import Introspection
import Monitoring
import Testing

/// A request and the value that it is answered with.
struct AnswerRow: CustomTestStringConvertible, Sendable {
    let rule: String
    var path: String?
    var query = ""
    var body: String?
    var door = JolokiaDoor.operating
    /// What the answer repeats of the request; nil where the row is not about that.
    var request: String?
    let value: String

    var testDescription: String { rule }
}

@Suite("Jolokia: what is answered")
struct JolokiaAnswerTests {
    @Test("A request gets the value that the protocol says", arguments: readRows + pathRows + limitRows + callRows)
    func values(row: AnswerRow) async throws {
        let service = JolokiaService.fixture()
        let answer =
            if let body = row.body {
                try await service.post(body, query: row.query, at: row.door)
            } else {
                try await service.get(row.path ?? "", query: row.query, at: row.door)
            }
        #expect(answer["status"] == 200)
        #expect(answer["timestamp"] == 1_700_000_000)
        #expect(answer["value"] == (try JSONReader.value(Array(row.value.utf8))))
        if let request = row.request {
            #expect(answer["request"] == (try JSONReader.value(Array(request.utf8))))
        }
    }

    static let readRows = [
        AnswerRow(
            rule: "One attribute is its value", path: "/read/skep:type=Broker/Version",
            request: #"{"type":"read","mbean":"skep:type=Broker","attribute":"Version"}"#, value: #""1.0""#),
        AnswerRow(
            rule: "One attribute with POST", body: #"{"type":"read","mbean":"skep:type=Broker","attribute":"Version"}"#,
            request: #"{"type":"read","mbean":"skep:type=Broker","attribute":"Version"}"#, value: #""1.0""#),
        AnswerRow(rule: "A type in capitals", path: "READ/skep:type=Broker/Version", value: #""1.0""#),
        AnswerRow(rule: "Slashes at the end", path: "/read/skep:type=Broker/Version//", value: #""1.0""#),
        AnswerRow(
            rule: "The path in the query", path: "/", query: "p=/read/skep%3Atype%3DBroker/Version", value: #""1.0""#),
        AnswerRow(rule: "An encoded path", path: "/read/skep%3Atype=Broker/%56ersion", value: #""1.0""#),
        AnswerRow(
            rule: "All attributes are an object", path: "/read/skep:type=Broker",
            request: #"{"type":"read","mbean":"skep:type=Broker"}"#,
            value: #"{"Version":"1.0","Connections":9007199254740993,"UptimeSeconds":1.5}"#),
        AnswerRow(
            rule: "Null for what is left out",
            body: #"{"type":"read","mbean":"skep:type=Broker","attribute":null,"path":null}"#,
            value: #"{"Version":"1.0","Connections":9007199254740993,"UptimeSeconds":1.5}"#),
        AnswerRow(
            rule: "A star is all attributes, and the path goes on behind it",
            path: "/read/skep:type=Nested/*/Signals/memory/ratio", value: "0.25"),
        AnswerRow(
            rule: "Several attributes with commas", path: "/read/skep:type=Broker/Version,UptimeSeconds",
            request: #"{"type":"read","mbean":"skep:type=Broker","attribute":["Version","UptimeSeconds"]}"#,
            value: #"{"Version":"1.0","UptimeSeconds":1.5}"#),
        AnswerRow(
            rule: "An array of attributes is an object, even of one",
            body: #"{"type":"read","mbean":"skep:type=Broker","attribute":["Version"]}"#, value: #"{"Version":"1.0"}"#),
        AnswerRow(
            rule: "Properties in another order", path: "/read/skep:name=a,type=Listener/Name",
            request: #"{"type":"read","mbean":"skep:name=a,type=Listener","attribute":"Name"}"#, value: #""a""#),
        AnswerRow(
            rule: "Canonical names", path: "/read/skep:type=Listener,name=a/Name", query: "canonicalNaming=true",
            request: #"{"type":"read","mbean":"skep:name=a,type=Listener","attribute":"Name"}"#, value: #""a""#),
        AnswerRow(
            rule: "A value that is not known", path: "/read/skep:type=Listener,name=a/ConnectRate", value: "null"),
        AnswerRow(
            rule: "A quoted name", path: #"/read/skep:type=Metric,name=!"a,b%5C*c!"/Value"#, value: "5"),
        AnswerRow(
            rule: "A pattern is beans by name, those without the attribute left out",
            body: #"{"type":"read","mbean":"skep:*","attribute":"Name"}"#,
            value: #"{"skep:type=Listener,name=a":{"Name":"a"},"skep:name=b,type=Listener":{"Name":"b"}}"#),
        AnswerRow(
            rule: "A pattern with canonical names", path: "/read/*:type=Listener,*/Name,Nothing",
            query: "canonicalNaming=1",
            value: #"{"skep:name=a,type=Listener":{"Name":"a"},"skep:name=b,type=Listener":{"Name":"b"}}"#),
        AnswerRow(
            rule: "Errors in the place of values", path: "/read/skep:type=Broker/Version,Nothing",
            query: "ignoreErrors=true",
            value: #"""
                {"Version":"1.0","Nothing":"ERROR: skep:type=Broker has no attribute \"Nothing\" (class javax.management.AttributeNotFoundException)"}
                """#),
        AnswerRow(
            rule: "A search", path: "/search/skep:type=Listener,*",
            request: #"{"type":"search","mbean":"skep:type=Listener,*"}"#,
            value: #"["skep:type=Listener,name=a","skep:name=b,type=Listener"]"#),
        AnswerRow(
            rule: "A search with canonical names",
            body: #"{"type":"search","mbean":"skep:type=Listener,*","config":{"canonicalNaming":true}}"#,
            value: #"["skep:name=a,type=Listener","skep:name=b,type=Listener"]"#),
        AnswerRow(rule: "A search that finds nothing", path: "/search/nowhere:*", value: "[]"),
        AnswerRow(rule: "A search for one name", path: "/search/skep:type=Broker", value: #"["skep:type=Broker"]"#),
    ]

    static let pathRows = [
        AnswerRow(
            rule: "A path of keys and indexes", path: "/read/skep:type=Nested/Signals/cpu/list/1/m",
            request: #"{"type":"read","mbean":"skep:type=Nested","attribute":"Signals","path":"cpu/list/1/m"}"#,
            value: "3"),
        AnswerRow(
            rule: "Escapes in a path", path: "/read/skep:type=Nested/Signals/a!/b!!c/ratio",
            request: #"{"type":"read","mbean":"skep:type=Nested","attribute":"Signals","path":"a!/b!!c/ratio"}"#,
            value: "1"),
        AnswerRow(
            rule: "Escapes in a path with POST",
            body: #"{"type":"read","mbean":"skep:type=Nested","attribute":"Signals","path":"a!/b!!c/ratio"}"#,
            value: "1"),
        AnswerRow(
            rule: "Escapes in encoded form", path: "/read/skep:type=Nested/Signals/a%21%2Fb%21%21c/ratio", value: "1"),
        AnswerRow(
            rule: "A star matches each member", path: "/read/skep:type=Nested/Signals/*/ratio",
            value: #"{"cpu":0.5,"memory":0.25,"a/b!c":1}"#),
        AnswerRow(
            rule: "What is missing below a star is left out", path: "/read/skep:type=Nested/Signals/*/list/*/m",
            value: #"{"cpu":[3]}"#),
        AnswerRow(
            rule: "A star in a word is a star", path: "/read/skep:type=Nested/Signals/c*/ratio", value: "null"),
        AnswerRow(rule: "A path that leads nowhere", path: "/read/skep:type=Nested/Signals/cpu/list/2", value: "null"),
        AnswerRow(
            rule: "A path through beans and attributes", body: #"{"type":"read","mbean":"skep:*","path":"*/Name"}"#,
            value: #"{"skep:type=Listener,name=a":"a","skep:name=b,type=Listener":"b"}"#),
    ]

    static let limitRows = [
        AnswerRow(
            rule: "A limit on depth", path: "/read/skep:type=Nested/Signals/cpu", query: "maxDepth=1",
            value: #"{"ratio":0.5,"list":"[Depth limit [{\"n\":1},{\"m\":3,\"n\":2}]]"}"#),
        AnswerRow(
            rule: "No limit on depth", path: "/read/skep:type=Nested/Signals/cpu/list", query: "maxDepth=0",
            value: #"[{"n":1},{"n":2,"m":3}]"#),
        AnswerRow(
            rule: "A limit on collections", path: "/read/skep:type=Nested/Signals", query: "maxCollectionSize=1",
            value: #"{"a/b!c":{"ratio":1}}"#),
        AnswerRow(
            rule: "A limit on objects", path: "/read/skep:type=Nested/Signals/cpu/list", query: "maxObjects=2",
            value: #"[{"n":1},"[Object limit exceeded]"]"#),
        AnswerRow(
            rule: "The body's config before the query", query: "maxCollectionSize=2&maxDepth=5",
            body: #"""
                {"type":"read","mbean":"skep:type=Logging","attribute":"Numbers","config":{"maxCollectionSize":"1"}}
                """#, value: "[1]"),
        AnswerRow(
            rule: "A long as text", path: "/read/skep:type=Broker/Connections", query: "serializeLong=string",
            value: #""9007199254740993""#),
        AnswerRow(
            rule: "An int stays a number", path: "/read/skep:type=Logging/Maximum", query: "serializeLong=string",
            value: "7"),
        AnswerRow(
            rule: "A number in a map becomes text where it would not be exact", path: "/read/skep:type=Nested/Big",
            query: "serializeLong=string", value: #"{"exact":9007199254740991,"large":"9007199254740993"}"#),
        AnswerRow(
            rule: "The old value as text",
            body: #"""
                {"type":"write","mbean":"skep:type=Logging","attribute":"Bytes","value":9,"config":{"serializeLong":"string"}}
                """#, value: #""8""#),
        AnswerRow(
            rule: "A result as text", path: "/exec/skep:type=Broker/count", query: "serializeLong=string",
            value: #""12""#),
    ]

    static let callRows = [
        AnswerRow(
            rule: "An operation without arguments", path: "/exec/skep:type=Broker/readiness()", door: .aggregates,
            request: #"{"type":"exec","mbean":"skep:type=Broker","operation":"readiness()"}"#,
            value: #"{"ok":true,"checks":[{"name":"a"},{"name":"b"}]}"#),
        AnswerRow(rule: "A void operation is null", path: "/exec/skep:type=Broker/drain", value: "null"),
        AnswerRow(
            rule: "A path into a result",
            body: #"""
                {"type":"exec","mbean":"skep:type=Broker","operation":"readiness","arguments":null,"path":"checks/*/name"}
                """#, value: #"["a","b"]"#),
        AnswerRow(rule: "An overload without arguments", path: "/exec/skep:type=Logging/set()", value: #"["set()"]"#),
        AnswerRow(
            rule: "An overload by its signature", path: "/exec/skep:type=Logging/set(java.lang.String, int)/a!/b/5",
            request: #"""
                {"type":"exec","mbean":"skep:type=Logging","operation":"set(java.lang.String, int)","arguments":["a/b","5"]}
                """#, value: #"["set(java.lang.String,int)","a/b",5]"#),
        AnswerRow(
            rule: "Arguments of GET become what the types say",
            path: "/exec/skep:type=Nested/echo/s/TRUE/-5/9007199254740993/1e3/%7B%22a%22:[1]%7D/[true,null]",
            door: .reading,
            value: #"""
                ["echo(java.lang.String,boolean,int,long,double,java.util.Map,java.util.List)","s",true,-5,9007199254740993,1000.0,{"a":[1]},[true,null]]
                """#),
        AnswerRow(
            rule: "Null and nothing as arguments of GET",
            path: #"/exec/skep:type=Nested/echo/""/[null]/[null]/[null]/1/{}/[]"#,
            value: #"""
                ["echo(java.lang.String,boolean,int,long,double,java.util.Map,java.util.List)","",null,null,null,1.0,{},[]]
                """#),
        AnswerRow(
            rule: "Arguments of POST keep their types",
            body: #"""
                {"type":"exec","mbean":"skep:type=Nested","operation":"echo","arguments":["[null]",false,5.0,-9223372036854775808,2,{"a":{}},[]]}
                """#,
            value: #"""
                ["echo(java.lang.String,boolean,int,long,double,java.util.Map,java.util.List)","[null]",false,5,-9223372036854775808,2.0,{"a":{}},[]]
                """#),
        AnswerRow(
            rule: "Writing answers the old value", path: "/write/skep:type=Logging/Level/debug",
            request: #"{"type":"write","mbean":"skep:type=Logging","attribute":"Level","value":"debug"}"#,
            value: #""info""#),
        AnswerRow(
            rule: "Writing with POST",
            body: #"{"type":"write","mbean":"skep:type=Logging","attribute":"Verbose","value":true,"path":""}"#,
            request: #"{"type":"write","mbean":"skep:type=Logging","attribute":"Verbose","value":true}"#, value: "false"
        ),
        AnswerRow(
            rule: "Writing inside a value answers what was there",
            path: "/write/skep:type=Logging/ClientLevels/5/b/deep",
            value: "1"),
        AnswerRow(
            rule: "Writing a new member",
            body: #"""
                {"type":"write","mbean":"skep:type=Logging","attribute":"ClientLevels","value":"x","path":"new"}
                """#, value: "null"),
        AnswerRow(
            rule: "Writing in a list", path: "/write/skep:type=Logging/Numbers/9/2/k", value: "2"),
    ]
}
