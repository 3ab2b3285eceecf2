import BrokerTestKit
import BrokerValues
import PluginAPI
import Synchronization
import Testing

@testable import SkepBroker

/// Looks at everything that passes.
private final class Censor: PublishInterceptor, SendInterceptor, SubscribeInterceptor, SubscriptionObserver, Authorizer,
    PermissionObserver, PacketObserver
{
    let information = PluginInformation(name: "censor", version: "1")
    let heard = Heard()
    let allowed = Mutex(["#"])
    let packets: Set<PacketKind> = [.pubackSent, .pingReceived]

    func publishReceived(_ message: PublishedMessage, from client: Client) async throws -> PublishDecision {
        switch message.topic {
        case "change":
            var changed = message
            changed.payload = Array("changed for \(client.identifier)".utf8)
            return .change(changed)
        case "refuse": return .refuse(.payloadFormatInvalid)
        case "disconnect": return .disconnect(.banned)
        case "slow":
            try await Task.sleep(for: .milliseconds(100))
            return .accept
        default: return .accept
        }
    }

    func beforeSend(_ message: PublishedMessage, to client: Client) async throws -> SendDecision {
        message.payload == Array("secret".utf8) && client.identifier != "trusted" ? .drop : .send
    }

    func subscribe(_ subscription: Subscription, of client: Client) async throws -> RefusalReason? {
        subscription.filter == "forbidden" ? .notAuthorized : nil
    }

    func subscribed(_ client: Client, to subscriptions: [Subscription]) async {
        heard.add("subscribed \(subscriptions.map(\.filter).joined(separator: " "))")
    }

    func unsubscribed(_ client: Client, from filters: [String]) async {
        heard.add("unsubscribed \(filters.joined(separator: " "))")
    }

    func permissions(of client: Client) async throws -> Permissions {
        Permissions(allowed.withLock { $0 }.map { Permission(.allow, $0) }, otherwise: .deny)
    }

    func refused(_ client: Client, _ activity: Permission.Activity, topic: String, qos: QoS) async {
        heard.add("refused \(topic)")
    }

    func packet(_ kind: PacketKind, of client: Client, packetIdentifier: UInt16) async {
        heard.add("\(kind) \(packetIdentifier)")
    }
}

@Suite("Plugins that look at messages and subscriptions")
struct MessageTests {
    @Test("Messages are changed, refused or end their publisher's connection, and keep their order", arguments: [1, 2])
    func publishes(eventLoops: Int) async throws {
        try await PluginBroker.with([Censor()], eventLoops: eventLoops) { setting in
            let watcher = try await TestClient.open(setting.broker)
            try await watcher.connect(ConnectFields(id: "watcher"))
            try await watcher.subscribe("#", qos: 1)
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c", version: .v5))
            for (number, topic) in ["slow", "plain", "change", "refuse", "plain"].enumerated() {
                client.send(.publish(topic, "\(number)", qos: 1, id: UInt16(number + 1)))
            }
            var reasons: [UInt8] = []
            for _ in 0..<5 {
                guard case .puback(let puback) = try await client.next() else { break }
                reasons.append(puback.reason)
            }
            #expect(reasons == [0, 0, 0, 0x99, 0])
            var seen: [String] = []
            for _ in 0..<4 { seen.append(String(decoding: try await watcher.takePublish().payload, as: UTF8.self)) }
            #expect(seen == ["0", "1", "changed for c", "4"])
            client.send(.publish("disconnect", "", qos: 0, id: nil))
            try await client.expectDisconnect(0x87)
        }
    }

    @Test("A message is dropped for one receiver and sent to another")
    func sends() async throws {
        try await PluginBroker.with([Censor()]) { setting in
            var clients: [TestClient] = []
            for name in ["trusted", "stranger"] {
                let client = try await TestClient.open(setting.broker)
                try await client.connect(ConnectFields(id: name))
                try await client.subscribe("t")
                clients.append(client)
            }
            try await setting.services.publisher.publish(PublishedMessage(topic: "t", payload: Array("secret".utf8)))
            try await setting.services.publisher.publish(PublishedMessage(topic: "t", payload: Array("open".utf8)))
            #expect(String(decoding: try await clients[0].nextPublish().payload, as: UTF8.self) == "secret")
            #expect(String(decoding: try await clients[1].nextPublish().payload, as: UTF8.self) == "open")
        }
    }

    @Test("Filters are refused one by one, and what was granted and ended is heard of, and single packets")
    func subscriptions() async throws {
        let censor = Censor()
        try await PluginBroker.with([censor]) { setting in
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c", version: .v5))
            client.send(.subscribe(1, [FilterRequest("a", qos: 1), FilterRequest("forbidden", qos: 0)]))
            #expect(try await client.nextSuback().codes == [1, 0x87])
            try await client.unsubscribe("a")
            try await client.publish("t", "x", qos: 1, id: 9)
            try await client.ping()
            for line in ["subscribed a", "unsubscribed a", "pubackSent 9", "pingReceived 0"] {
                try await censor.heard.wait(for: line)
            }
        }
    }

    @Test("Permissions that are asked for anew take what is lost away at once", arguments: [1, 2])
    func permissions(eventLoops: Int) async throws {
        let censor = Censor()
        try await PluginBroker.with([censor], eventLoops: eventLoops) { setting in
            let client = try await TestClient.open(setting.broker)
            try await client.connect(ConnectFields(id: "c", version: .v5))
            try await client.subscribe("a")
            try await client.subscribe("b")
            censor.allowed.withLock { $0 = ["a"] }
            #expect(try await setting.services.permissions.refresh() == 1)
            for topic in ["a", "b"] {
                try await setting.services.publisher.publish(PublishedMessage(topic: topic, payload: Array(topic.utf8)))
            }
            #expect(String(decoding: try await client.nextPublish().payload, as: UTF8.self) == "a")
            try await client.expectNothing()
            client.send(.publish("b", "", qos: 1, id: 3))
            guard case .puback(let puback) = try await client.next() else {
                Issue.record("no PUBACK")
                return
            }
            #expect(puback.reason == 0x87)
            try await censor.heard.wait(for: "refused b")
            #expect(try await !setting.services.permissions.refresh("nobody"))
        }
    }
}
