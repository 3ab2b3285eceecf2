import Introspection
import Testing

@testable import SkepControl

struct BeanProtocolTests {
    @Test("Requests are in the words of the protocol")
    func requests() {
        #expect(BeanRequest.read("a:b=c").json == ["type": "read", "mbean": "a:b=c"])
        #expect(BeanRequest.read("a:b=c", attributes: ["X"], path: "y").json["attribute"] == "X")
        #expect(BeanRequest.read("a:b=c", attributes: ["X"], path: "y").json["path"] == "y")
        #expect(BeanRequest.read("a:b=c", attributes: ["X", "Y"]).json["attribute"] == ["X", "Y"])
        #expect(
            BeanRequest.execute("a:b=c", "f", [1, .null]).json
                == ["type": "exec", "mbean": "a:b=c", "operation": "f", "arguments": [1, .null]])
        #expect(
            BeanRequest.write("a:b=c", attribute: "X", value: true).json
                == ["type": "write", "mbean": "a:b=c", "attribute": "X", "value": true])
        #expect(BeanRequest.list().json == ["type": "list"])
        #expect(BeanRequest.pathPart("a/b!c") == "a!/b!!c")
    }

    private func values(_ text: String, status: Int = 200, count: Int = 1) throws(ToolError) -> [BeanReply.Value] {
        try BeanReply.values(status: status, body: Array(text.utf8), count: count)
    }

    @Test("Each request of a bulk has its own value or error")
    func replies() throws {
        let text = #"""
            [{"status":200,"value":{"a":1}},{"status":404,"error":"x.NotFound : gone\u001b","error_type":"x.NotFound"},
             {"status":403,"error":"no"},{"status":400},{"value":1}]
            """#
        let values = try values(text, count: 5)
        #expect(values[0] == .success(["a": 1]))
        #expect(values[1] == .failure(ToolError(.notFound, "gone\\u{1B}")))
        #expect(values[2] == .failure(ToolError(.notPermitted, "no")))
        #expect(values[3] == .failure(ToolError(.failed, "The broker answered with status 400.")))
        #expect(throws: ToolError.self) { try values[4].get() }
    }

    @Test(
        "An answer that makes no sense is a failure",
        arguments: ["", "<html>", "null", "1", "[]", "[{},{}]", "{\"status\":200,\"value\":1}", "{\"error\":\"x\"}"])
    func senseless(text: String) {
        let error = #expect(throws: ToolError.self) { try values(text) }
        #expect(error?.kind == .failed)
    }

    @Test("A fault of the whole request is told")
    func wholeFault() {
        let error = #expect(throws: ToolError.self) { try values(#"{"status":403,"error":"too many"}"#) }
        #expect(error == ToolError(.notPermitted, "too many"))
    }

    @Test(
        "HTTP statuses have their exit statuses",
        arguments: [(401, 5), (403, 5), (404, 1), (413, 1), (500, 1), (503, 1)] as [(Int, Int32)])
    func statuses(status: Int, exit: Int32) {
        let error = #expect(throws: ToolError.self) { try values("[]", status: status) }
        #expect(error?.kind.rawValue == exit)
    }

    @Test("What goes wrong between question and answer has its exit status")
    func faults() {
        #expect(Broker.error(ExchangeFault.timedOut).kind == .unreachable)
        #expect(Broker.error(ExchangeFault.closed).kind == .unreachable)
        #expect(Broker.error(ExchangeFault.tooLarge).kind == .failed)
        #expect(Broker.error(ExchangeFault.notHTTP).kind == .failed)
    }

    @Test(
        "Arguments are JSON, but text where text is taken",
        arguments: [
            ("5", nil, .integer(5)), ("5", "java.lang.String", .string("5")),
            ("true", "java.lang.String", .string("true")),
            ("null", "java.lang.String", .null), ("\"null\"", "java.lang.String", .string("null")),
            ("a b", nil, .string("a b")), ("{\"a\":1}", "java.util.Map", .object(["a": .integer(1)])),
            ("{\"a\":1}", "java.lang.String", .string("{\"a\":1}")), ("", "int", .string("")),
        ] as [(String, String?, JSONValue)])
    func argument(text: String, type: String?, value: JSONValue) {
        #expect(ArgumentValue.json(text, type: type) == value)
    }

    @Test("The types of parameters are those in the operation's name, or those described for as many arguments")
    func types() {
        let bean: JSONValue = [
            "op": [
                "f": ["args": [["type": "int"]]],
                "g": [["args": []], ["args": [["type": "java.lang.String"], ["type": "long"]]]],
            ]
        ]
        #expect(ArgumentValue.types(of: "g(java.util.Map,int)", count: 2, in: .null) == ["java.util.Map", "int"])
        #expect(ArgumentValue.types(of: "f", count: 1, in: bean) == ["int"])
        #expect(ArgumentValue.types(of: "f", count: 2, in: bean) == [])
        #expect(ArgumentValue.types(of: "g", count: 2, in: bean) == ["java.lang.String", "long"])
        #expect(ArgumentValue.types(of: "h", count: 0, in: bean) == [])
    }

    @Test("A tree is shown by its leaves")
    func leaves() {
        let leaves = BeanText.leaves(["b": ["c": 1, "d": [["e": .null]]], "a": [1, 2], "f": [:]])
        #expect(leaves.map(\.path) == ["a", "b/c", "b/d/0/e", "f"])
        #expect(leaves.map(\.text) == ["1, 2", "1", "-", "{}"])
    }

    @Test("Beans are found by patterns, and shown with what they offer")
    func catalog() {
        let bean: JSONValue = [
            "desc": "It logs.", "attr": ["Level": ["type": "java.lang.String", "rw": true, "desc": "How much."]],
            "op": [
                "clear": ["args": [["name": "client", "type": "java.lang.String"]], "ret": "void", "desc": "As all."]
            ],
        ]
        let catalog = BeanCatalog(["skep": ["type=Logging": bean, "type=Broker": [:]], "metrics": ["name=a": [:]]])
        #expect(catalog.beans(matching: nil).map(\.0) == ["metrics:name=a", "skep:type=Broker", "skep:type=Logging"])
        let found = catalog.beans(matching: "skep:type=L*")
        #expect(
            BeanCatalog.details(found, Style(isOn: false)) == [
                "skep:type=Logging  It logs.", "  Level                  String, may be written  How much.",
                "  clear(client: String)  void                    As all.",
            ])
    }
}
