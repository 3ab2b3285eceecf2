import BrokerValues
import Introspection
import MetricCatalog
import Synchronization
import Testing

@testable import Monitoring

/// Answers that a test makes up, and the orders that it got.
final class TestOperations: BrokerQueries, ClientCommands, BrokerControls {
    private let said = Mutex<[String]>([])
    private let level = Mutex("info")

    var orders: [String] { said.withLock { $0 } }
    private func note(_ order: String) { said.withLock { $0.append(order) } }

    let longestStep = 1_500

    func clients(_ query: ClientQuery) async throws(QueryFailure) -> ClientPage {
        if query.cursor == "bad" { throw QueryFailure("this cursor is none of ours") }
        note("find \(query.identifier ?? "-") \(query.limit) \(query.order?.rawValue ?? "-") \(query.isReversed)")
        return ClientPage(clients: [snapshot("one"), snapshot("two")], next: "n", examined: 9)
    }

    func snapshot(_ name: String) -> ClientSnapshot {
        var snapshot = ClientSnapshot(clientIdentifier: name)
        snapshot.queuedMessages = 3
        var part = ClientSnapshot.ConnectionPart(address: "192.0.2.1:9", listener: "l", protocolVersion: "5")
        part.userName = "u"
        part.pauseCause = .credits
        snapshot.connection = name == "one" ? part : nil
        snapshot.restrictions.maximumQueuedMessages = 5
        return snapshot
    }

    func client(_ identifier: String) async -> ClientSnapshot? { identifier == "one" ? snapshot("one") : nil }

    func subscriptions(
        of identifier: String, cursor: String?, limit: Int
    ) async throws(QueryFailure) -> Page<SubscriptionSnapshot>? {
        guard identifier == "one" else { return nil }
        let one = SubscriptionSnapshot(
            filter: "a/#", qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 2, identifier: 7)
        return Page(elements: [one], next: nil)
    }

    func receivers(of topic: String, limit: Int) async throws(QueryFailure) -> TopicReceivers {
        if topic.contains("#") { throw QueryFailure("a topic has no wildcards") }
        var receivers = TopicReceivers()
        receivers.total = 1
        receivers.receivers = [.init(clientIdentifier: "one", filter: "a/#", qos: 1, isConnected: true)]
        receivers.filters = ["a/#": 1]
        receivers.groups = [.init(filter: "$share/g/a", members: 2)]
        return receivers
    }

    func retained(
        matching filter: String, cursor: String?, limit: Int
    ) async throws(QueryFailure) -> Page<RetainedSnapshot> {
        Page(
            elements: [RetainedSnapshot(topic: "t", qos: 1, payloadSize: 3, preview: [0x61, 0xFF], expiresIn: nil)],
            next: "\(limit)")
    }

    func heapSummary() async -> [HeapPart] { [HeapPart("sessions", count: 2, bytes: nil)] }

    func disconnect(_ identifier: String, publishesWill: Bool) async -> Bool {
        note("disconnect \(identifier) \(publishesWill)")
        return identifier == "one"
    }

    func invalidateSession(_ identifier: String) async -> Bool { identifier == "one" }

    func setRestrictions(_ restrictions: ClientRestrictions, of identifier: String) async -> Bool {
        note("restrict \(identifier) \(restrictions.json)")
        return identifier == "one"
    }

    func setSessionExpiry(_ seconds: UInt32, of identifier: String) async -> Bool {
        note("expiry \(identifier) \(seconds)")
        return identifier == "one"
    }

    func deleteRetained(matching filter: String) async throws(QueryFailure) -> Int { 4 }

    func reload() async -> ReloadReport {
        ReloadReport(changes: [.init(option: "o", old: "1", new: "2", needsRestart: true)], warnings: ["w"])
    }

    func drain() { note("drain") }

    func backUp(to path: String) async throws(BeanError) -> BackupReport {
        note("backup \(path)")
        if path == "/taken" { throw BeanError(.failed, "/taken exists already") }
        return BackupReport(bytes: 4096, seconds: 0.25)
    }

    let logLevels = ["debug", "info"]
    var logLevel: String { level.withLock { $0 } }

    func setLogLevel(_ level: String) -> Bool {
        guard logLevels.contains(level) else { return false }
        self.level.withLock { $0 = level }
        return true
    }

    var clientLogLevels: [String: String] { ["one": "debug"] }

    func setClientLogLevel(_ level: String?, of client: String) -> BeanError? {
        note("log \(client) \(level ?? "-")")
        return nil
    }
}

extension WatchedBroker {
    /// The beans of this broker, which has run for a while.
    func beans(_ operations: TestOperations) -> BrokerBeans {
        run(milliseconds: 3_000)
        let context = BeanContext(
            version: "1.2.3", swiftVersion: "6.3", queries: operations, commands: operations, controls: operations,
            status: { "running" }, listeners: [.init(name: "one", transport: "tcp", address: { "127.0.0.1:1" })],
            plugins: [
                .init(name: "gate", version: "1", author: "somebody"), .init(name: "idle", version: "2", author: ""),
            ])
        return BrokerBeans(monitor: monitor, context: context, eventLoops: 2)
    }
}

@Suite("Managed beans")
struct BeanTests {
    private let operations = TestOperations()
    private let watched: WatchedBroker
    private let beans: BrokerBeans

    init() throws {
        watched = try WatchedBroker()
        beans = watched.beans(operations)
    }

    private func name(_ text: String) throws -> ObjectName { try #require(ObjectName(text)) }

    @discardableResult
    private func call(_ bean: String, _ operation: String, _ arguments: JSONValue...) async throws -> JSONValue {
        let name = try name(bean)
        let operation = try #require(beans.description(of: name)?.operations.first { $0.name == operation })
        return try await beans.invoke(name, operation, arguments: arguments)
    }

    private func attributes(_ bean: String) async throws -> [String: JSONValue] {
        try #require(await beans.read([name(bean)]).first)
    }

    @Test("Every metric of the catalogues is a bean, under the name that integrations know")
    func metrics() {
        let names = Set(beans.names.map(\.text))
        for metric in HiveMQCatalog.all where metric.absence == nil && !metric.isFamily {
            #expect(names.contains("metrics:name=\(metric.name)"))
        }
        for metric in MetricCatalog.all { #expect(names.contains("skep:type=Metric,name=\(metric.name)")) }
        #expect(names.count == beans.names.count, "no name stands twice")
    }

    @Test("Every bean has a description whose attributes are those that it has, with values of the declared types")
    func descriptions() async throws {
        let readings = await beans.read(beans.names)
        for (name, values) in zip(beans.names, readings) {
            let description = try #require(beans.description(of: name))
            #expect(Set(description.attributes.map(\.name)) == Set(values.keys), "\(name.text)")
            for attribute in description.attributes {
                let value = try #require(values[attribute.name])
                #expect(Self.fits(value, attribute.type), "\(name.text) \(attribute.name) \(value)")
                #expect(!attribute.text.isEmpty)
            }
            let signatures = description.operations.map(\.signature)
            #expect(Set(signatures).count == signatures.count)
        }
    }

    /// Null is what is not known.
    private static func fits(_ value: JSONValue, _ type: BeanType) -> Bool {
        switch (value, type) {
        case (.null, _), (.string, .string), (.boolean, .boolean), (.object, .map), (.array, .list): true
        case (.integer, .int), (.integer, .long), (.integer, .double), (.number, .double): true
        // Counts of HiveMQ's that are reckoned from others may have a fraction.
        case (.number, .long): true
        default: false
        }
    }

    @Test("The native metrics that typed beans show are there")
    func typedBeans() async throws {
        for bean in ["Broker", "Sessions", "Subscriptions", "Retained", "Memory", "Process", "Overload"] {
            for (attribute, value) in try await attributes("skep:type=\(bean)") {
                // What the kernel of the test's made-up machine does not say may be missing.
                let mayBeMissing = ["Memory", "Process"].contains(bean)
                #expect(value != .null || mayBeMissing || attribute == "connectsPerSecond", "\(bean) \(attribute)")
            }
        }
    }

    @Test("A meter says its count and its rates, a histogram its quantiles, as the Dropwizard library does")
    func dropwizard() async throws {
        watched.run(milliseconds: 20_000) { _ in
            watched.blocks[0].add(ShardCounters.publishesReceived, 10)
            watched.blocks[0].observe(.publishSizeReceived, 100)
        }
        let meter = try await attributes("metrics:name=com.hivemq.messages.incoming.publish.rate")
        #expect(meter["Count"] == 2_000)
        for rate in ["OneMinuteRate", "FiveMinuteRate", "FifteenMinuteRate"] {
            let value = try #require(meter[rate]?.number)
            // 100 a second, but in the first five seconds, which the averages begin with, only 40.
            #expect(value >= 40 && value <= 101, "\(rate) \(value)")
        }
        #expect(meter["RateUnit"] == "events/second")
        let histogram = try await attributes("metrics:name=com.hivemq.messages.incoming.publish.bytes")
        #expect(histogram["Count"] == 2_000)
        #expect(histogram["SnapshotSize"] == 200)
        for key in ["Min", "Max", "Mean", "50thPercentile", "999thPercentile"] {
            let value = try #require(histogram[key]?.number)
            #expect(abs(value - 100) <= 12.5, "\(key) \(value)")
        }
        #expect(histogram["StdDev"]?.number ?? .infinity < 12.5)
    }

    @Test("A native metric with labels shows its series and their sum")
    func series() async throws {
        watched.blocks[1].add(ShardCounters.publishesReceived, 5)
        let metric = try await attributes("skep:type=Metric,name=skep_publishes_received_total")
        #expect(metric["Value"] == 5)
        #expect(metric["Kind"] == "counter")
        #expect(metric["Series"]?.array?.first == ["labels": ["qos": "0"], "value": 5])
    }

    @Test("Histograms begin anew when they are reset, also for Prometheus")
    func reset() async throws {
        watched.blocks[0].observe(.loopLag, 1_000)
        let bean = "skep:type=Metric,name=skep_event_loop_lag_seconds"
        #expect(try await attributes(bean)["Count"] == 1)
        try await call("skep:type=Broker", "resetHistograms")
        #expect(try await attributes(bean)["Count"] == 0)
        watched.blocks[0].observe(.loopLag, 1_000)
        #expect(try await attributes(bean)["Count"] == 1)
        #expect(watched.monitor.snapshot().histograms["skep_event_loop_lag_seconds"]?.count == 1)
    }

    @Test("Clients are found by a query, and each wrong key or value is named")
    func find() async throws {
        let page = try await call(
            "skep:type=Sessions", "find", ["id": "a*", "limit": 7, "sort": "queued", "reversed": true])
        #expect(operations.orders == ["find a* 7 queued true"])
        #expect(page["next"] == "n")
        #expect(page["examined"] == 9)
        let clients = try #require(page["clients"]?.array)
        #expect(clients.map { $0["id"] } == ["one", "two"])
        #expect(clients[0]["connection"]?["pausedBy"] == "credits")
        #expect(clients[0]["restrictions"] == ["maxQueuedMessages": 5])
        #expect(clients[1]["connection"] == .null)
        let wrong: [(JSONValue, String)] = [
            (["colour": "red"], "a query has no key colour"), (["limit": 0], "limit must be a whole number"),
            (["limit": 1_001], "limit must be a whole number"), (["sort": "age"], "clients can be sorted by id,"),
            (["connected": "yes"], "connected must be true or false"), (["id": 5], "id must be a text"),
            (["queuedAbove": -1], "queuedAbove must be"), (["cursor": "bad"], "this cursor is none of ours"),
        ]
        for (query, message) in wrong {
            let error = await #expect(throws: BeanError.self) { try await call("skep:type=Sessions", "find", query) }
            #expect(error?.kind == .badArgument)
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        }
    }

    @Test("Orders reach the broker, and say when there is nobody to obey")
    func orders() async throws {
        let sessions = "skep:type=Sessions"
        #expect(try await call(sessions, "disconnect", "one", .null) == true)
        #expect(try await call(sessions, "disconnect", "two", false) == false)
        #expect(try await call(sessions, "invalidate", "one") == true)
        try await call(sessions, "setSessionExpiry", "one", 60)
        try await call(sessions, "setRestrictions", "one", ["inflightQueueSize": 3, "queueStrategy": "discard-oldest"])
        #expect(operations.orders.prefix(3) == ["disconnect one true", "disconnect two false", "expiry one 60"])
        for (operation, argument) in [("setSessionExpiry", JSONValue.integer(1)), ("setRestrictions", [:])] {
            let error = await #expect(throws: BeanError.self) { try await call(sessions, operation, "two", argument) }
            #expect(error?.kind == .notFound)
        }
        let missing = await #expect(throws: BeanError.self) { try await call(sessions, "client", "two") }
        #expect(missing == BeanError(.notFound, "there is no session of a client called two"))
    }

    @Test(
        "Restrictions that make no sense are refused",
        arguments: [
            ["inflightQueueSize": 0], ["inflightQueueSize": 65_536], ["queueStrategy": "drop"], ["sessionExpiry": -1],
            ["sessionExpiry": 4_294_967_296], ["writeBufferHigh": 5], ["writeBufferHigh": 5, "writeBufferLow": 6],
            ["maxPublishSize": 0], ["speed": 5],
        ] as [JSONValue])
    func badRestrictions(restrictions: JSONValue) async {
        let error = await #expect(throws: BeanError.self) {
            try await call("skep:type=Sessions", "setRestrictions", "one", restrictions)
        }
        #expect(error?.kind == .badArgument)
    }

    @Test("Restrictions are read as they are written")
    func restrictions() throws {
        let all: [String: JSONValue] = [
            "maxPublishSize": 1, "outgoingBytesPerSecond": 2, "incomingBytesPerSecond": 3, "writeBufferHigh": 5,
            "writeBufferLow": 4, "maxQueuedMessages": 0, "queueStrategy": "discard-oldest",
            "sessionExpiry": 4_294_967_295, "inflightQueueSize": 65_535,
        ]
        #expect(try ClientRestrictions(json: all).json == .object(all))
    }

    @Test("The log level can be written to one that there is")
    func logLevel() async throws {
        let logging = try name("skep:type=Logging")
        #expect(try await beans.write(logging, attribute: "Level", value: "debug") == "info")
        #expect(try await attributes("skep:type=Logging")["Level"] == "debug")
        let wrong = await #expect(throws: BeanError.self) {
            try await beans.write(logging, attribute: "Level", value: "loud")
        }
        #expect(wrong == BeanError(.badArgument, "the levels are debug, info"))
    }

    @Test("Who only sees sums over all clients can call nothing that names one")
    func access() throws {
        let open = try beans.names.flatMap { name in
            try #require(beans.description(of: name)).operations.filter { $0.access == .everybody }.map(\.name)
        }
        #expect(Set(open) == ["objectName", "readiness"])
    }
}
