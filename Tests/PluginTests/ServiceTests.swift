import BrokerTestKit
import BrokerValues
import Monitoring
import PluginAPI
import Testing

@testable import SkepBroker

@Suite("Services for plugins", .serialized)
struct ServiceTests {
    @Test("Clients are listed, looked at, disconnected, and their sessions end", arguments: [1, 2])
    func clients(eventLoops: Int) async throws {
        try await PluginBroker.with([], eventLoops: eventLoops) { setting in
            let clients = setting.services.clients
            let client = try await TestClient.open(setting.broker)
            try await client.connect(
                ConnectFields(id: "c", version: .v5, clean: false, properties: [.sessionExpiry(100)]))
            #expect(try await clients.clients(connected: true, after: nil).identifiers == ["c"])
            #expect(try await clients.isConnected("c"))
            #expect(try await clients.timeToLive(of: "c") == 100)
            try await clients.setTimeToLive(.max, of: "c")
            #expect(try await clients.timeToLive(of: "c") == .max)
            #expect(try await clients.disconnect("c", suppressesWill: true))
            try await client.expectDisconnect(0x98)
            #expect(try await !clients.isConnected("c"))
            #expect(try await clients.session(of: "c")?.disconnectTimestamp != nil)
            #expect(try await clients.clients(connected: false, after: nil).identifiers == ["c"])
            #expect(try await !clients.invalidateSession("c"))
            #expect(try await clients.session(of: "c") == nil)
            await #expect(throws: PluginServiceError.noSuchClient("c")) { try await clients.invalidateSession("c") }
            await #expect(throws: PluginServiceError.noSuchClient("c")) { try await clients.timeToLive(of: "c") }
        }
    }

    @Test("Messages are published to all or one, and retained", arguments: [1, 2])
    func messages(eventLoops: Int) async throws {
        try await PluginBroker.with([], eventLoops: eventLoops) { setting in
            let services = setting.services
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c", version: .v5))
            try await client.subscribe("a/#", qos: 2)
            var message = PublishedMessage(topic: "a/b", payload: [1], qos: .atLeastOnce)
            message.contentType = "text"
            message.userProperties = [UserProperty("k", "v")]
            #expect(try await services.publisher.publish(message, to: "c"))
            message.topic = "other"
            #expect(try await !services.publisher.publish(message, to: "c"))
            let got = try await client.takePublish()
            #expect(got.qos == 1 && got.payload == [1])
            await #expect(throws: PluginServiceError.noSuchClient("x")) {
                try await services.publisher.publish(message, to: "x")
            }
            for topic in ["a/+", "$SYS/x", ""] {
                await #expect(throws: PluginServiceError.self) {
                    try await services.publisher.publish(PublishedMessage(topic: topic, payload: []))
                }
            }
            message.topic = "a/r"
            try await services.retained.set(message)
            #expect(try await services.retained.count() == 1)
            let kept = try #require(try await services.retained.message(at: "a/r"))
            #expect(
                kept.payload == [1] && kept.contentType == "text" && kept.userProperties == [UserProperty("k", "v")])
            #expect(try await services.retained.topics(matching: "a/#", after: nil).topics == ["a/r"])
            #expect(try await services.retained.remove("a/r"))
            #expect(try await !services.retained.remove("a/r"))
            try await services.retained.set(message)
            #expect(try await services.retained.removeAll() == 1)
        }
    }

    @Test("Subscriptions are added and removed for a client", arguments: [1, 2])
    func subscriptions(eventLoops: Int) async throws {
        try await PluginBroker.with([], eventLoops: eventLoops) { setting in
            let store = setting.services.subscriptions
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c"))
            try await store.add([Subscription(filter: "a/+", qos: .atLeastOnce)], to: "c")
            #expect(try await store.subscriptions(of: "c") == [Subscription(filter: "a/+", qos: .atLeastOnce)])
            #expect(try await store.subscribers(of: "a/b") == ["c"])
            try await store.remove(["a/+"], from: "c")
            #expect(try await store.subscriptions(of: "c").isEmpty)
            await #expect(throws: PluginServiceError.self) {
                try await store.add([Subscription(filter: "$share/g/a", qos: .atMostOnce)], to: "c")
            }
            await #expect(throws: PluginServiceError.noSuchClient("x")) { try await store.remove(["a"], from: "x") }
        }
    }

    @Test("Attributes of a session are replaced only by newer ones, where that is asked for", arguments: [1, 2])
    func attributes(eventLoops: Int) async throws {
        try await PluginBroker.with([], eventLoops: eventLoops) { setting in
            let store = setting.services.attributes
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c"))
            let first = try await store.putIfNewer("c", "k", [1], timestamp: 10)
            #expect(first == AttributeOutcome(previous: nil, isReplaced: true))
            let same = try await store.putIfNewer("c", "k", [2], timestamp: 10)
            #expect(same == AttributeOutcome(previous: [1], isReplaced: false))
            let equal = try await store.putIfNewerOrEquals("c", "k", [2], timestamp: 10)
            #expect(equal == AttributeOutcome(previous: [1], isReplaced: true))
            try await store.put("c", "other", [3])
            #expect(try await store.all("c") == ["k": [2], "other": [3]])
            #expect(try await store.remove("c", "k") == [2])
            #expect(try await store.get("c", "k") == nil)
            try await store.removeAll("c")
            #expect(try await store.all("c").isEmpty)
            await #expect(throws: PluginServiceError.noSuchClient("x")) { try await store.put("x", "k", []) }
            await #expect(throws: PluginServiceError.self) {
                try await store.put("c", "k", [UInt8](repeating: 0, count: 10_241))
            }
        }
    }

    @Test("Attributes of a connection go with it, and groups hold clients")
    func connectionAttributes() async throws {
        try await PluginBroker.with([]) { setting in
            let store = setting.services.connectionAttributes
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c", clean: false))
            try await store.put("c", "k", [1])
            #expect(await store.get("c", "k") == [1])
            await #expect(throws: PluginServiceError.self) {
                try await store.put("c", "k", [UInt8](repeating: 0, count: 10_241))
            }
            try await client.disconnect()
            #expect(await !store.isAccessible("c"))
            let groups = setting.services.groups
            for name in ["b", "a"] { try await groups.add(name, to: "g") }
            #expect(try await groups.clients(of: "g") == ["a", "b"])
            for name in ["a", "b"] { try await groups.remove(name, from: "g") }
            #expect(try await groups.groups().isEmpty)
        }
    }

    @Test("More calls a second than allowed are refused with when to try again, and counted")
    func rate() throws {
        let rate = ServiceRate(callsPerSecond: 10, now: 0)
        for _ in 0..<10 { try rate.take(now: 0) }
        #expect(throws: PluginServiceError.rateLimitExceeded(retryAfterMilliseconds: 100)) { try rate.take(now: 0) }
        #expect(throws: PluginServiceError.rateLimitExceeded(retryAfterMilliseconds: 50)) {
            try rate.take(now: 50_000_000)
        }
        try rate.take(now: 100_000_000)
        #expect(rate.refused == 2)
        rate.set(callsPerSecond: 0)
        for _ in 0..<1_000 { try rate.take(now: 100_000_000) }
    }

    @Test("The limit covers the services that HiveMQ's does")
    func limited() async throws {
        var limits = PluginLimits()
        limits.serviceCallsPerSecond = 1
        try await PluginBroker.with([NoPlugin()], limits: limits) { setting in
            _ = try await setting.services.clients.isConnected("x")
            await #expect(throws: PluginServiceError.self) { try await setting.services.clients.isConnected("x") }
            try await setting.services.publisher.publish(PublishedMessage(topic: "a", payload: []))
            #expect(try await setting.services.retained.count() == 0)
            #expect(setting.host.entries[0].figures.throttledCalls == 1)
        }
    }

    @Test("Work that blocks runs apart, and what is planned runs when it is due")
    func scheduler() async throws {
        try await PluginBroker.with([]) { setting in
            let scheduler = setting.services.scheduler
            #expect(try await scheduler.blocking { 6 * 7 } == 42)
            let heard = Heard()
            try scheduler.once(afterMilliseconds: 1) { heard.add("once") }
            let repeated = try scheduler.repeatedly(everyMilliseconds: 10) { heard.add("again") }
            try await heard.wait(for: "once")
            try await waitUntil("a second run") { heard.all.count { $0 == "again" } >= 2 }
            repeated.end()
            #expect(throws: PluginServiceError.self) { _ = try scheduler.repeatedly(everyMilliseconds: 1) {} }
        }
    }
}
