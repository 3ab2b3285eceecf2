import Glibc
import Introspection
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import Monitoring

@Suite("The doors of introspection")
struct DoorTests {
    /// The service with its sockets in a folder of its own.
    private struct Doors {
        let path: String
        let port: Int
        let events: EventHub
        let operations: TestOperations
        var readers: String { IntrospectionConfiguration.UnixPart.readerPath(beside: path) }

        func talk<Result: Sendable>(
            _ body: @escaping @Sendable (HTTPTestClient) throws -> Result, to path: String? = nil
        ) async throws -> Result {
            try await onThread { [path = path ?? self.path] in try body(HTTPTestClient(path: path)) }
        }

        func tcp<Result: Sendable>(
            _ body: @escaping @Sendable (HTTPTestClient) throws -> Result
        ) async throws -> Result {
            try await onThread { [port] in try body(HTTPTestClient(port: port)) }
        }
    }

    private func withDoors(
        user: String = "", limits: HTTPLimits = .introspection, _ body: @escaping @Sendable (Doors) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var logger = Logger(label: "doors")
        logger.logLevel = .critical
        let (operations, events) = (TestOperations(), EventHub())
        let beans = try WatchedBroker().beans(operations)
        var configuration = IntrospectionConfiguration()
        configuration.unix.path = shortPath("\(UInt32.random(in: .min ... .max)).sock")
        configuration.tcp.port = 0
        configuration.tcp.user = user
        configuration.tcp.password = user.isEmpty ? "" : "secret"
        let service = IntrospectionService(
            configuration: configuration, standardPath: "/nowhere",
            jolokia: JolokiaService(beans: beans, agent: JolokiaAgent(id: "test", version: "1")), events: events,
            limits: limits, eventLoop: group.next(), logger: logger)
        try await service.bind()
        let doors = Doors(
            path: configuration.unix.path, port: try #require(service.boundPort), events: events,
            operations: operations)
        let services = ServiceGroup(services: [service], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            do {
                try await body(doors)
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(unsafe access(doors.path, F_OK) != 0, "the socket's file is gone")
        #expect(unsafe access(doors.readers, F_OK) != 0, "the socket's file is gone")
        try await group.shutdownGracefully()
    }

    private static let version = "/jolokia/read/skep:type=Broker/Version"
    private static let find =
        "{\"type\":\"exec\",\"mbean\":\"skep:type=Sessions\",\"operation\":\"find\",\"arguments\":[{}]}"
    private static let drain = "{\"type\":\"exec\",\"mbean\":\"skep:type=Broker\",\"operation\":\"drain\"}"

    @Test("On the socket for operators everything is allowed, also with GET")
    func operators() async throws {
        try await withDoors { doors in
            try await doors.talk { (client: HTTPTestClient) throws -> Void in
                #expect(try client.request("GET", Self.version).text.contains("\"value\":\"1.2.3\""))
                #expect(try client.post("/jolokia", Self.find).text.contains("\"id\":\"one\""))
                #expect(
                    try client.request("GET", "/jolokia/exec/skep:type=Broker/drain").text.contains("\"status\":200"))
            }
            #expect(doors.operations.orders.contains("drain"))
        }
    }

    @Test("On the socket for readers clients are shown, and nothing can be changed")
    func readers() async throws {
        try await withDoors { doors in
            try await doors.talk(
                { (client: HTTPTestClient) throws -> Void in
                    #expect(try client.post("/jolokia/", Self.find).text.contains("\"id\":\"one\""))
                    #expect(try client.post("/jolokia/", Self.drain).text.contains("\"status\":403"))
                    let write =
                        "{\"type\":\"write\",\"mbean\":\"skep:type=Logging\",\"attribute\":\"Level\",\"value\":\"debug\"}"
                    #expect(try client.post("/jolokia/", write).text.contains("\"status\":403"))
                }, to: doors.readers)
            #expect(!doors.operations.orders.contains("drain"))
            #expect(doors.operations.logLevel == "info")
        }
    }

    @Test("Over TCP without a user there are sums, but no clients, no orders and no events")
    func anonymous() async throws {
        try await withDoors { doors in
            try await doors.tcp { (client: HTTPTestClient) throws -> Void in
                let fields = ["Host: 127.0.0.1:8778"]
                func get(_ path: String) throws -> HTTPTestAnswer {
                    client.send("GET \(path) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
                    return try client.answer()
                }
                #expect(try get(Self.version).text.contains("\"value\":\"1.2.3\""))
                #expect(try client.post("/jolokia", Self.find).text.contains("\"status\":403"))
                #expect(try client.post("/jolokia", Self.drain).text.contains("\"status\":403"))
                #expect(try get("/events").status == 403)
            }
            #expect(doors.operations.orders.isEmpty)
        }
    }

    @Test("Over TCP a foreign host and a foreign origin are refused")
    func foreign() async throws {
        try await withDoors { doors in
            try await doors.tcp { (client: HTTPTestClient) throws -> Void in
                client.send("GET \(Self.version) HTTP/1.1\r\nHost: example.org\r\n\r\n")
                #expect(try client.answer().status == 403)
                client.send("GET \(Self.version) HTTP/1.1\r\nHost: localhost\r\nOrigin: http://example.org\r\n\r\n")
                #expect(try client.answer().status == 403)
            }
        }
    }

    @Test("Over TCP with a user only the password opens, and GET changes nothing")
    func password() async throws {
        try await withDoors(user: "ops") { doors in
            try await doors.tcp { (client: HTTPTestClient) throws -> Void in
                let right = "Authorization: Basic b3BzOnNlY3JldA=="
                let refusal = try client.post("/jolokia", Self.find)
                #expect(refusal.status == 401)
                #expect(refusal.headers["www-authenticate"]?.hasPrefix("Basic") == true)
                #expect(try client.post("/jolokia", Self.find, ["Authorization: Basic b3BzOng="]).status == 401)
                #expect(try client.post("/jolokia", Self.find, [right]).text.contains("\"id\":\"one\""))
                client.send(
                    "GET /jolokia/exec/skep:type=Broker/drain HTTP/1.1\r\nHost: localhost\r\n\(right)\r\n\r\n")
                #expect(try client.answer().text.contains("\"status\":403"))
                #expect(try client.post("/jolokia", Self.drain, [right]).text.contains("\"status\":200"))
            }
            #expect(doors.operations.orders.filter { $0 == "drain" }.count == 1)
        }
    }

    @Test("Events come as lines of JSON while the connection lasts, only those that were asked for")
    func events() async throws {
        try await withDoors { doors in
            try await doors.talk { (client: HTTPTestClient) throws -> Void in
                client.send("GET /events?kinds=limit-hit,client-connected HTTP/1.1\r\nHost: x\r\n\r\n")
                let head = try client.read(until: "\"heartbeat\"")
                #expect(head.contains("application/x-ndjson"))
                doors.events.publish(BrokerEvent(.sessionExpired, time: 1, details: ["client": "no"]))
                doors.events.publish(BrokerEvent(.limitHit, time: 2, details: ["limit": "credits"]))
                let line = try client.read(until: "credits")
                #expect(line.contains("{\"event\":\"limit-hit\",\"limit\":\"credits\",\"time\":2}\n"))
                #expect(!line.contains("session-expired"))
            }
        }
    }

    @Test("Who watches at one door does not keep others from watching at another")
    func watchers() async throws {
        try await withDoors { doors in
            try await onThread { [path = doors.path, readers = doors.readers] in
                // Each opened only when it asks: a connection that says nothing is closed after a while.
                var many: [HTTPTestClient] = []
                for _ in 0..<EventStream.maximumWatchers {
                    let client = try HTTPTestClient(path: readers)
                    client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                    _ = try client.read(until: "heartbeat")
                    many.append(client)
                }
                #expect(try HTTPTestClient(path: readers).request("GET", "/events").status == 503)
                #expect(many.allSatisfy { !$0.isAtEnd })
                let operators = try HTTPTestClient(path: path)
                operators.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try operators.read(until: "heartbeat")
            }
        }
    }

    @Test("A kind of event that there is not is refused in words")
    func unknownKind() async throws {
        try await withDoors { doors in
            try await doors.talk { (client: HTTPTestClient) throws -> Void in
                let answer = try client.request("GET", "/events?kinds=weather")
                #expect(answer.status == 400)
                #expect(answer.text.contains("the kinds are: client-connected,"))
            }
        }
    }

    @Test("A watcher that reads nothing is given up, and costs no more than its buffer")
    func stopped() async throws {
        var limits = HTTPLimits.introspection
        limits.writeMilliseconds = 200
        try await withDoors(limits: limits) { doors in
            try await doors.talk { (client: HTTPTestClient) throws -> Void in
                client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try client.read(until: "\"heartbeat\"")
                let text = String(repeating: "x", count: 10_000)
                // Until nobody watches any more: the server has closed, or else this test would not end.
                while doors.events.isWatched(.limitHit) {
                    doors.events.publish(BrokerEvent(.limitHit, time: 1, details: ["limit": .string(text)]))
                    usleep(100)
                }
            }
        }
    }

    @Test("What is no such page, no such method, or too much, is refused")
    func refusals() async throws {
        try await withDoors { doors in
            try await doors.talk { (client: HTTPTestClient) throws -> Void in
                #expect(try client.request("GET", "/").status == 404)
                #expect(try client.request("GET", "/jolokiax").status == 404)
                #expect(try client.request("PUT", "/jolokia").status == 405)
                #expect(try client.request("POST", "/events", ["Content-Length: 0"]).status == 405)
                client.send("POST /jolokia HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n")
                #expect(try client.answer().status == 413)
            }
        }
    }

    @Test("A default address that is taken is left out; one that was configured stops the start")
    func taken() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var logger = Logger(label: "doors")
        logger.logLevel = .critical
        let beans = try WatchedBroker().beans(TestOperations())
        func service(_ change: (inout IntrospectionConfiguration) -> Void) -> IntrospectionService {
            var configuration = IntrospectionConfiguration()
            configuration.unix.isEnabled = false
            change(&configuration)
            return IntrospectionService(
                configuration: configuration, standardPath: shortPath("\(getpid())-taken.sock"),
                jolokia: JolokiaService(beans: beans, agent: JolokiaAgent(id: "test", version: "1")),
                events: EventHub(), eventLoop: group.next(), logger: logger)
        }
        let first = service { $0.tcp.port = 0 }
        try await first.bind()
        let port = try #require(first.boundPort)
        let second = service { $0.tcp.port = port }
        try await second.bind()
        #expect(second.boundPort == nil)
        let third = service {
            $0.tcp.port = port
            $0.tcp.isConfigured = true
            $0.unix.isEnabled = true
        }
        let failure = await #expect(throws: HTTPBindFailure.self) { try await third.bind() }
        #expect(failure?.description.hasPrefix("nothing can be served over HTTP on 127.0.0.1:\(port): ") == true)
        #expect(unsafe access(shortPath("\(getpid())-taken.sock"), F_OK) != 0, "what it had taken is given back")
        await first.close()
        try await group.shutdownGracefully()
    }
}
