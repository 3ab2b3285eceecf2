import Introspection
import Monitoring
import Testing

@Suite("Jolokia: the list of beans")
struct JolokiaListTests {
    private let service = JolokiaService.fixture()

    private func list(_ path: String = "", query: String = "") async throws -> JSONValue {
        let answer = try await service.get("/list\(path)", query: query)
        #expect(answer["status"] == 200)
        return answer["value"] ?? "nothing"
    }

    @Test("It leads from domains over properties in canonical order to what a bean offers")
    func wholeList() async throws {
        let value = try await list()
        #expect(Set(value.object.map { Array($0.keys) } ?? []) == ["skep", "metrics"])
        #expect(
            Set(value["skep"]?.object.map { Array($0.keys) } ?? []) == [
                "type=Broker", "name=a,type=Listener", "name=b,type=Listener", "type=Logging", "type=Nested",
                #"name="a,b\*c",type=Metric"#,
            ])
        let metric: JSONValue = [
            "class": "skep.Gauge", "desc": "A metric.", "op": [:], "notif": [:],
            "attr": ["Value": ["type": "long", "desc": "Now.", "rw": false]],
        ]
        #expect(value["metrics"] == ["name=com.hivemq.networking.connections.current": metric])
    }

    @Test("Operations tell their parameters, and several of one name are an array")
    func operations() async throws {
        let nothing: JSONValue = ["args": [], "ret": "java.util.List", "desc": "None."]
        let name: JSONValue = ["name": "name", "type": "java.lang.String", "desc": "Which."]
        let one: JSONValue = ["args": [name], "ret": "java.util.List", "desc": "One."]
        let count: JSONValue = ["name": "count", "type": "int", "desc": "How many."]
        let two: JSONValue = ["args": [name, count], "ret": "java.util.List", "desc": "Two."]
        #expect(try await list("/skep/type=Logging/op") == ["set": [nothing, one, two]])
        let drain: JSONValue = ["args": [], "ret": "void", "desc": "Shuts down."]
        #expect(try await list("/skep/type=Broker/op/drain") == drain)
    }

    @Test("A path leads to a domain, a bean, a part of it and one of that")
    func paths() async throws {
        let whole = try await list()
        let broker = whole["skep"]?["type=Broker"] ?? "nothing"
        #expect(try await list("/skep") == whole["skep"])
        #expect(try await list("/skep/type=Broker") == broker)
        #expect(try await list("/skep/type=Broker/attr") == broker["attr"])
        #expect(try await list("/skep/type=Broker/attr/Version/type") == "java.lang.String")
        #expect(try await list("/skep/type=Broker/class") == "skep.Broker")
        #expect(try await list("/skep/type=Broker/notif") == [:])
        #expect(try await list("/skep/type=Listener,name=a") == whole["skep"]?["name=a,type=Listener"])
        #expect(try await list(#"/skep/type=Metric,name=!"a,b%5C*c!"/desc"#) == "A metric.")
        #expect(try await list("/nowhere") == [:])
        let post = try await service.post(#"{"type":"list","path":"skep/type=Broker/desc"}"#)
        #expect(post["value"] == "The broker.")
        #expect(post["request"] == ["type": "list", "path": "skep/type=Broker/desc"])
    }

    @Test("Wildcards in a path keep their level and leave out what has nothing there")
    func wildcards() async throws {
        #expect(
            try await list("/skep/*/op/drain/ret") == ["type=Broker": "void"])
        #expect(try await list("/*/type=Broker/desc") == ["skep": "The broker."])
        #expect(
            try await list("/m*/*/desc") == ["metrics": ["name=com.hivemq.networking.connections.current": "A metric."]]
        )
        #expect(
            try await list("/skep/type=Listener,*/desc") == [
                "name=a,type=Listener": "A listener.", "name=b,type=Listener": "A listener.",
            ])
        #expect(try await list("/skep/type=N*/desc") == ["type=Nested": "Values in values."])
    }

    @Test("Below the limit on depth stands 1")
    func depth() async throws {
        #expect(try await list(query: "maxDepth=1") == ["skep": 1, "metrics": 1])
        #expect(
            try await list(query: "maxDepth=2")["metrics"] == ["name=com.hivemq.networking.connections.current": 1])
        let third = try await list(query: "maxDepth=3")["metrics"]?["name=com.hivemq.networking.connections.current"]
        #expect(third == ["class": "skep.Gauge", "desc": "A metric.", "attr": 1, "op": 1, "notif": 1])
    }

    @Test("The properties of names come along when asked for")
    func keys() async throws {
        #expect(
            try await list("/skep/type=Listener,name=a/keys", query: "listKeys=true") == [
                "type": "Listener", "name": "a",
            ])
        #expect(try await list("/skep/type=Broker")["keys"] == .none)
    }

    @Test("Descriptions that several beans share are told once when asked for")
    func cache() async throws {
        let value = try await list(query: "listCache=true")
        let whole = try await list()
        let key = try #require(value["domains"]?["skep"]?["name=a,type=Listener"]?.string)
        #expect(value["domains"]?["skep"]?["name=b,type=Listener"]?.string == key)
        #expect(value["cache"]?[key] == whole["skep"]?["name=a,type=Listener"])
        #expect(value["domains"]?["skep"]?["type=Broker"] == whole["skep"]?["type=Broker"])
    }

    @Test("A list that has not changed is not sent again")
    func unchanged() async throws {
        let unchanged = try await service.get("/list", query: "ifModifiedSince=1700000000")
        #expect(unchanged == ["status": 304, "timestamp": 1_700_000_000, "request": ["type": "list"]])
        let older = try await service.get("/list", query: "ifModifiedSince=1699999999")
        #expect(older["status"] == 200)
        let post = try await service.post(#"{"type":"list","config":{"ifModifiedSince":1800000000}}"#)
        #expect(post["status"] == 304)
        let search = try await service.get("/search/skep:*", query: "ifModifiedSince=1800000000")
        #expect(search["status"] == 200)
    }
}
