import Introspection
import Monitoring
import Synchronization

/// A few managed beans with every kind of attribute and operation that the protocol has rules for.
final class FixtureBeans: BeanSource {
    static let broker = ObjectName("skep", ["type": "Broker"])
    static let logging = ObjectName("skep", ["type": "Logging"])
    static let nested = ObjectName("skep", ["type": "Nested"])
    static let quoted = ObjectName("skep", ["type": "Metric", "name": "a,b*c"])
    static let metric = ObjectName("metrics", ["name": "com.hivemq.networking.connections.current"])

    let names: [ObjectName] = [
        broker, ObjectName("skep", ["type": "Listener", "name": "a"]),
        ObjectName("skep", ["name": "b", "type": "Listener"]), logging, nested, quoted, metric,
    ]

    private let values = Mutex<[ObjectName: [String: JSONValue]]>([
        broker: ["Version": "1.0", "Connections": 9_007_199_254_740_993, "UptimeSeconds": .number(1.5)],
        logging: [
            "Level": "info", "Verbose": false, "Maximum": 7, "Bytes": 8, "Rate": .number(0.5),
            "ClientLevels": ["a": "debug", "b": ["deep": 1]], "Numbers": [1, "x", ["k": 2]],
        ],
        nested: [
            "Signals": [
                "cpu": ["ratio": .number(0.5), "list": [["n": 1], ["n": 2, "m": 3]]],
                "memory": ["ratio": .number(0.25)], "a/b!c": ["ratio": 1],
            ],
            "Big": ["exact": 9_007_199_254_740_991, "large": 9_007_199_254_740_993],
        ],
        quoted: ["Value": 5],
        metric: ["Value": 42],
    ])

    func description(of name: ObjectName) -> BeanDescription? {
        guard names.contains(name) else { return nil }
        switch name {
        case Self.broker: return Self.brokerDescription
        case Self.logging: return Self.loggingDescription
        case Self.nested: return Self.nestedDescription
        case Self.quoted, Self.metric:
            return BeanDescription(
                className: "skep.Gauge", "A metric.", attributes: [AttributeDescription("Value", .long, "Now.")])
        default:
            return BeanDescription(
                className: "skep.Listener", "A listener.",
                attributes: [
                    AttributeDescription("Name", .string, "Its name."),
                    AttributeDescription("ConnectRate", .double, "Connects per second."),
                ])
        }
    }

    func read(_ names: [ObjectName]) async -> [[String: JSONValue]] {
        values.withLock { values in
            names.map { name in
                guard name["type"] == "Listener" else { return values[name] ?? [:] }
                return ["Name": JSONValue(name["name"]), "ConnectRate": .null, "Hidden": true]
            }
        }
    }

    func write(_ name: ObjectName, attribute: String, value: JSONValue) async throws(BeanError) -> JSONValue {
        if value == "senseless" { throw BeanError(.badArgument, "There is no such level") }
        return values.withLock { values in
            let old = values[name]?[attribute] ?? .null
            values[name]?[attribute] = value
            return old
        }
    }

    func invoke(
        _ name: ObjectName, _ operation: OperationDescription, arguments: [JSONValue]
    ) async throws(BeanError) -> JSONValue {
        switch operation.name {
        case "echo", "set": return .array([.string(operation.signature)] + arguments)
        case "readiness": return ["ok": true, "checks": [["name": "a"], ["name": "b"]]]
        case "count": return 12
        case "fail":
            let kinds: [String: BeanError.Kind] = [
                "noSuchBean": .noSuchBean, "noSuchAttribute": .noSuchAttribute, "noSuchOperation": .noSuchOperation,
                "badArgument": .badArgument, "notAllowed": .notAllowed, "notFound": .notFound, "failed": .failed,
            ]
            throw BeanError(kinds[arguments.first?.string ?? ""] ?? .failed, "as asked")
        default: return .null
        }
    }
}

extension FixtureBeans {
    private static let brokerDescription = BeanDescription(
        className: "skep.Broker", "The broker.",
        attributes: [
            AttributeDescription("Version", .string, "Of the program."),
            AttributeDescription("Connections", .long, "Now."),
            AttributeDescription("UptimeSeconds", .double, "Since its start."),
        ],
        operations: [
            OperationDescription("readiness", returns: .map, access: .everybody, "Whether it is ready."),
            OperationDescription("count", returns: .long, access: .everybody, "A number."),
            OperationDescription("drain", returns: .void, access: .operators, "Shuts down."),
            OperationDescription(
                "fail", [.init("kind", .string, "How.")], returns: .void, access: .everybody, "Fails."),
        ])

    private static let loggingDescription = BeanDescription(
        className: "skep.Logging", "The log.",
        attributes: [
            AttributeDescription("Level", .string, "What is written.", isWritable: true),
            AttributeDescription("Verbose", .boolean, "More.", isWritable: true),
            AttributeDescription("Maximum", .int, "Lines.", isWritable: true),
            AttributeDescription("Bytes", .long, "Written.", isWritable: true),
            AttributeDescription("Rate", .double, "Lines per second.", isWritable: true),
            AttributeDescription("ClientLevels", .map, "By client.", isWritable: true),
            AttributeDescription("Numbers", .list, "Several.", isWritable: true),
        ],
        operations: [
            OperationDescription("set", returns: .list, access: .operators, "None."),
            OperationDescription(
                "set", [.init("name", .string, "Which.")], returns: .list, access: .operators, "One."),
            OperationDescription(
                "set", [.init("name", .string, "Which."), .init("count", .int, "How many.")], returns: .list,
                access: .operators, "Two."),
        ])

    private static let nestedDescription = BeanDescription(
        className: "skep.Nested", "Values in values.",
        attributes: [
            AttributeDescription("Signals", .map, "By name."), AttributeDescription("Big", .map, "Large numbers."),
        ],
        operations: [
            OperationDescription(
                "echo",
                [
                    .init("string", .string, ""), .init("boolean", .boolean, ""), .init("int", .int, ""),
                    .init("long", .long, ""), .init("double", .double, ""), .init("map", .map, ""),
                    .init("list", .list, ""),
                ], returns: .list, access: .readers, "Gives back what it gets.")
        ])
}

extension JolokiaDoor {
    static let operating = JolokiaDoor(access: .operating, getMayChange: true)
    static let reading = JolokiaDoor(access: .reading, getMayChange: true)
    static let aggregates = JolokiaDoor(access: .aggregates, getMayChange: false)
    static let postOnly = JolokiaDoor(access: .operating, getMayChange: false)
}

extension JolokiaService {
    /// An agent for new beans, whose clock stands.
    static func fixture() -> JolokiaService {
        JolokiaService(
            beans: FixtureBeans(), agent: JolokiaAgent(id: "test", version: "1.0"),
            clock: MonitorClock(monotonic: { 0 }, wall: { 1_700_000_000.9 }))
    }

    /// The body of the answer to a GET.
    func get(_ path: String, query: String = "", at door: JolokiaDoor = .operating) async throws -> JSONValue {
        try JSONReader.value(await answer(JolokiaExchange(.get, path: path, query: query), at: door).body)
    }

    /// The body of the answer to a POST.
    func post(_ body: String, query: String = "", at door: JolokiaDoor = .operating) async throws -> JSONValue {
        let exchange = JolokiaExchange(.post, query: query, body: Array(body.utf8))
        return try JSONReader.value(await answer(exchange, at: door).body)
    }
}
