import Introspection
import Monitoring
import Testing

/// A request and the error that it is answered with.
struct RefusalRow: CustomTestStringConvertible, Sendable {
    let rule: String
    var path: String?
    var query = ""
    var body: String?
    var door = JolokiaDoor.operating
    var httpStatus = 200
    let status: JSONValue
    let type: String

    var testDescription: String { rule }
}

private let illegalArgument = "java.lang.IllegalArgumentException"
private let noInstance = "javax.management.InstanceNotFoundException"
private let noAttribute = "javax.management.AttributeNotFoundException"

@Suite("Jolokia: what is refused")
struct JolokiaRefusalTests {
    @Test(
        "A request that cannot be answered gets the status and the type of error that the protocol says",
        arguments: missingRows + malformedRows + argumentRows + accessRows)
    func refusals(row: RefusalRow) async throws {
        var exchange = JolokiaExchange(.get, path: row.path ?? "", query: row.query)
        if let body = row.body {
            exchange.method = .post
            exchange.body = Array(body.utf8)
        }
        let answer = await JolokiaService.fixture().answer(exchange, at: row.door)
        let body = try JSONReader.value(answer.body)
        #expect(answer.httpStatus == row.httpStatus)
        #expect(body["status"] == row.status)
        #expect(body["error_type"]?.string == row.type)
        #expect(body["error"]?.string?.isEmpty == false)
        #expect(body[".error"] == true)
        #expect(body["error_type_jmx"]?.string == (row.type.hasPrefix("javax.management") ? row.type : nil))
        for absent in ["value", "timestamp", "stacktrace", "error_value"] { #expect(body[absent] == .none) }
    }

    static let missingRows = [
        RefusalRow(rule: "No such bean", path: "/read/skep:type=Nobody/A", status: 404, type: noInstance),
        RefusalRow(rule: "No bean for a pattern", path: "/read/skep:type=X*/A", status: 404, type: noInstance),
        RefusalRow(rule: "No attribute for a pattern", path: "/read/skep:*/Nothing", status: 404, type: noAttribute),
        RefusalRow(rule: "No such attribute", path: "/read/skep:type=Broker/Nothing", status: 404, type: noAttribute),
        RefusalRow(
            rule: "No such attribute among several", path: "/read/skep:type=Broker/Version,Nothing", status: 404,
            type: noAttribute),
        RefusalRow(
            rule: "An attribute that nobody described", path: "/read/skep:type=Listener,name=a/Hidden", status: 404,
            type: noAttribute),
        RefusalRow(
            rule: "Ignoring errors does not help one attribute alone", path: "/read/skep:type=Broker/Nothing",
            query: "ignoreErrors=true", status: 404, type: noAttribute),
        RefusalRow(rule: "Writing to no bean", path: "/write/skep:type=Nobody/A/1", status: 404, type: noInstance),
        RefusalRow(rule: "Writing no attribute", path: "/write/skep:type=Broker/A/1", status: 404, type: noAttribute),
        RefusalRow(
            rule: "Writing what is read only", path: "/write/skep:type=Broker/Version/2", status: 404, type: noAttribute
        ),
        RefusalRow(rule: "Calling no bean", path: "/exec/skep:type=Nobody/a", status: 404, type: noInstance),
        RefusalRow(rule: "Calling no operation", path: "/exec/skep:type=Broker/a", status: 400, type: illegalArgument),
        RefusalRow(
            rule: "Calling no such overload", path: "/exec/skep:type=Logging/set(int)/1", status: 400,
            type: illegalArgument),
        RefusalRow(
            rule: "An overload that is not told", path: "/exec/skep:type=Logging/set/a", status: 400,
            type: illegalArgument),
        RefusalRow(rule: "No bean in the list", path: "/list/skep/type=Nobody", status: 404, type: noInstance),
        RefusalRow(
            rule: "No part in the list", path: "/list/skep/type=Broker/parts", status: 400, type: illegalArgument),
        RefusalRow(
            rule: "No attribute in the list", path: "/list/skep/type=Broker/attr/Nothing", status: 404,
            type: noAttribute),
    ]

    static let malformedRows = [
        RefusalRow(rule: "No JSON", body: "read", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(rule: "Nothing", body: "", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(rule: "No object", body: "5", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(
            rule: "Too many levels", body: String(repeating: "[", count: 100_000), httpStatus: 400, status: 400,
            type: illegalArgument),
        RefusalRow(
            rule: "Too many bytes",
            body: #"{"type":"version"}"# + String(repeating: " ", count: JolokiaLimits.bodyBytes),
            httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(
            rule: "Too large a bulk",
            body: "[" + String(repeating: "{},", count: JolokiaLimits.bulkRequests) + "{}]", httpStatus: 400,
            status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A path cut in an escape", path: "/version%4", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A path that is not UTF-8", path: "/version%FF", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A query that is not UTF-8", query: "p=%FF", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A depth that is no number", query: "maxDepth=a", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(rule: "A depth below 0", query: "maxDepth=-1", httpStatus: 400, status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A flag that is none", query: "includeRequest=maybe", httpStatus: 400, status: 400,
            type: illegalArgument),
        RefusalRow(
            rule: "Longs as nothing known", query: "serializeLong=x", httpStatus: 400, status: 400,
            type: illegalArgument),
        RefusalRow(
            rule: "A parameter that is an object", body: #"{"type":"version","config":{"maxObjects":{}}}"#,
            httpStatus: 400,
            status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A config that is a string", body: #"{"type":"version","config":""}"#, httpStatus: 400, status: 400,
            type: illegalArgument),
        RefusalRow(rule: "No type", body: "{}", status: 400, type: illegalArgument),
        RefusalRow(rule: "A type that is a number", body: #"{"type":1}"#, status: 400, type: illegalArgument),
        RefusalRow(rule: "An unknown type", path: "/destroy/everything", status: 400, type: illegalArgument),
        RefusalRow(rule: "Notifications", body: #"{"type":"notification"}"#, status: 400, type: illegalArgument),
        RefusalRow(rule: "The agent's configuration", path: "/config", status: 400, type: illegalArgument),
        RefusalRow(rule: "Reading nothing", path: "/read", status: 400, type: illegalArgument),
        RefusalRow(rule: "Searching nothing", path: "/search/", status: 400, type: illegalArgument),
        RefusalRow(rule: "Calling nothing", path: "/exec/skep:type=Broker", status: 400, type: illegalArgument),
        RefusalRow(rule: "Writing nothing", path: "/write/skep:type=Logging/Level", status: 400, type: illegalArgument),
        RefusalRow(
            rule: "Writing no value", body: #"{"type":"write","mbean":"skep:type=Logging","attribute":"Level"}"#,
            status: 400,
            type: illegalArgument),
        RefusalRow(rule: "A name that is none", path: "/read/Broker/Version", status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A name that is too long", path: "/read/skep:type=" + String(repeating: "a", count: 5000),
            status: 400,
            type: illegalArgument),
        RefusalRow(rule: "Calling a pattern", path: "/exec/skep:*/readiness", status: 400, type: illegalArgument),
        RefusalRow(rule: "Writing to a pattern", path: "/write/skep:*/Level/info", status: 400, type: illegalArgument),
        RefusalRow(
            rule: "An attribute that is a number", body: #"{"type":"read","mbean":"skep:type=Broker","attribute":1}"#,
            status: 400, type: illegalArgument),
        RefusalRow(
            rule: "Attributes that are numbers", body: #"{"type":"read","mbean":"skep:type=Broker","attribute":[1]}"#,
            status: 400, type: illegalArgument),
        RefusalRow(
            rule: "A path that is an array", body: #"{"type":"list","path":[]}"#, status: 400, type: illegalArgument),
    ]

    static let argumentRows =
        [
            ("string", 0, "[]"), ("boolean", 1, #""yes""#), ("boolean", 1, "1"), ("int", 2, "2147483648"),
            ("int", 2, "1.5"),
            ("int", 2, #""x""#), ("long", 3, "9223372036854775808"), ("double", 4, #""inf""#), ("double", 4, "true"),
            ("map", 5, "[]"), ("map", 5, #""[]""#), ("map", 5, #""{""#), ("list", 6, "{}"), ("list", 6, "5"),
        ].map { type, place, text in
            var arguments = [String](repeating: "null", count: 7)
            arguments[place] = text
            return RefusalRow(
                rule: "\(text) is no \(type)",
                body:
                    #"{"type":"exec","mbean":"skep:type=Nested","operation":"echo","arguments":[\#(arguments.joined(separator: ","))]}"#,
                status: 400, type: illegalArgument)
        } + [
            RefusalRow(
                rule: "Too few arguments", path: "/exec/skep:type=Broker/fail", status: 400, type: illegalArgument),
            RefusalRow(
                rule: "Too many arguments", path: "/exec/skep:type=Broker/readiness/1", status: 400,
                type: illegalArgument),
            RefusalRow(
                rule: "Arguments that are no array",
                body: #"{"type":"exec","mbean":"skep:type=Broker","operation":"fail","arguments":"a"}"#, status: 400,
                type: illegalArgument),
            RefusalRow(
                rule: "A value of the wrong type", path: "/write/skep:type=Logging/Maximum/many", status: 400,
                type: illegalArgument),
            RefusalRow(
                rule: "A value that the bean does not take", path: "/write/skep:type=Logging/Level/senseless",
                status: 400,
                type: illegalArgument),
            RefusalRow(
                rule: "Writing at a path without a value", path: "/write/skep:type=Logging/ClientLevels/1/c/d",
                status: 400,
                type: illegalArgument),
            RefusalRow(
                rule: "Writing behind the end of a list", path: "/write/skep:type=Logging/Numbers/1/3", status: 400,
                type: illegalArgument),
            RefusalRow(
                rule: "Writing another type inside a value", path: "/write/skep:type=Logging/ClientLevels/x/b/deep",
                status: 400, type: illegalArgument),
        ]
        + [
            ("noSuchBean", 404, noInstance), ("noSuchAttribute", 404, noAttribute),
            ("noSuchOperation", 400, illegalArgument), ("badArgument", 400, illegalArgument),
            ("notAllowed", 403, "java.lang.Exception"), ("notFound", 404, "java.util.NoSuchElementException"),
            ("failed", 500, "java.lang.IllegalStateException"),
        ].map { kind, status, type in
            RefusalRow(
                rule: "A bean says \(kind)", path: "/exec/skep:type=Broker/fail/\(kind)", status: .integer(status),
                type: type)
        }

    static let accessRows = [
        RefusalRow(
            rule: "Reading on another agent",
            body: #"{"type":"version","target":{"url":"service:jmx:rmi:///jndi/rmi://a:1/b"}}"#, status: 403,
            type: "java.lang.Exception"),
        RefusalRow(
            rule: "Reading on another agent by options", body: #"{"type":"version","options":{"target":{"url":"a"}}}"#,
            status: 403, type: "java.lang.Exception"),
        RefusalRow(
            rule: "Writing where only aggregates are read", body: writeBody, door: .aggregates, status: 403,
            type: "java.lang.Exception"),
        RefusalRow(
            rule: "Writing where only is read", body: writeBody, door: .reading, status: 403,
            type: "java.lang.Exception"),
        RefusalRow(
            rule: "Writing with GET where GET changes nothing", path: "/write/skep:type=Logging/Level/debug",
            door: .postOnly, status: 403, type: "java.lang.Exception"),
        RefusalRow(
            rule: "Single clients where only aggregates are read", path: "/exec/skep:type=Nested/echo",
            door: .aggregates, status: 403, type: "java.lang.Exception"),
        RefusalRow(
            rule: "Operating where only aggregates are read", path: "/exec/skep:type=Broker/drain", door: .aggregates,
            status: 403, type: "java.lang.Exception"),
        RefusalRow(
            rule: "Operating where only is read", path: "/exec/skep:type=Broker/drain", door: .reading, status: 403,
            type: "java.lang.Exception"),
        RefusalRow(
            rule: "Operating with GET where GET changes nothing", path: "/exec/skep:type=Broker/drain", door: .postOnly,
            status: 403, type: "java.lang.Exception"),
    ]

    private static let writeBody =
        #"{"type":"write","mbean":"skep:type=Logging","attribute":"Level","value":"debug"}"#

    @Test("A refusal says which socket is for what was asked")
    func socketsInMessages() async throws {
        let service = JolokiaService.fixture()
        let operating = try await service.get("/exec/skep:type=Broker/drain", at: .reading)
        #expect(operating["error"]?.string?.contains("introspection.sock") == true)
        let reading = try await service.get("/exec/skep:type=Nested/echo", at: .aggregates)
        #expect(reading["error"]?.string?.contains("introspection-ro.sock") == true)
        let post = try await service.get("/exec/skep:type=Broker/drain", at: .postOnly)
        #expect(post["error"]?.string?.contains("POST") == true)
    }

    @Test("What is refused is not done")
    func nothingIsDone() async throws {
        let service = JolokiaService.fixture()
        for door in [JolokiaDoor.aggregates, .reading] {
            #expect(try await service.post(Self.writeBody, at: door)["status"] == 403)
        }
        #expect(try await service.get("/write/skep:type=Logging/Level/debug", at: .postOnly)["status"] == 403)
        #expect(try await service.get("/read/skep:type=Logging/Level")["value"] == "info")
        #expect(try await service.post(Self.writeBody, at: .postOnly)["status"] == 200)
        #expect(try await service.get("/read/skep:type=Logging/Level")["value"] == "debug")
    }

    @Test("A stack trace and the exception itself come only to who asks for them")
    func details() async throws {
        let service = JolokiaService.fixture()
        let missing = "/read/skep:type=Nobody"
        #expect(try await service.get(missing, query: "includeStackTrace=true")["stacktrace"] != .none)
        #expect(try await service.get(missing, query: "includeStackTrace=runtime")["stacktrace"] == .none)
        #expect(try await service.get("/nothing", query: "includeStackTrace=runtime")["stacktrace"] != .none)
        let error = try await service.get(missing, query: "serializeException=true")
        #expect(error["error_value"]?["message"] == error["error"])
        #expect(error["request"] == ["type": "read", "mbean": "skep:type=Nobody"])
        #expect(try await service.get(missing, query: "includeRequest=false")["request"] == .none)
    }
}
