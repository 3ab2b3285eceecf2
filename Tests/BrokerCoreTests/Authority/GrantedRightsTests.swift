import BrokerCore
import BrokerValues
import Introspection
import MQTTWire
import SimulationKit
import Testing

/// Grants clients rights by their name.
private final class RightsAuthority: AuthorityPort {
    var rights: [String: ClientRights] = [:]
    /// What becomes of messages before they are sent; nil sends all at once.
    var verdict: ((Delivery) -> Answer<SendVerdict>)?
    var open: [RequestNumber] = []
    var publishVerdict: ((PublishQuestion) -> Answer<PublishVerdict>)?

    let asksBeforeSending: Bool
    let asksAboutPublishes: Bool

    init(asksBeforeSending: Bool = false, asksAboutPublishes: Bool = false) {
        self.asksBeforeSending = asksBeforeSending
        self.asksAboutPublishes = asksAboutPublishes
    }

    func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
        var grant = LoginGrant()
        grant.rights = rights[question.clientIdentifier]
        grant.userName = "user of \(question.clientIdentifier)"
        return .now(.accept(grant))
    }

    func authenticate(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> { .now(.refuse(.badAuthenticationMethod, "there are no methods")) }

    func publish(_ question: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict> {
        let answer = publishVerdict?(question) ?? .now(.accept)
        if case .pending = answer { open.append(request) }
        return answer
    }

    func send(_ delivery: Delivery, _ login: (any LoginRecord)?, _ request: RequestNumber) -> Answer<SendVerdict> {
        let answer = verdict?(delivery) ?? .now(.send)
        if case .pending = answer { open.append(request) }
        return answer
    }
}

private func allow(_ publish: [String], _ subscribe: [String], filtersDelivery: Bool = false) -> ClientRights {
    let rules =
        publish.map { ClientRights.Rule(topic: Array($0.utf8), isAllowed: true, activity: .publish) }
        + subscribe.map { ClientRights.Rule(topic: Array($0.utf8), isAllowed: true, activity: .subscribe) }
    return ClientRights([.init(rules: rules, otherwise: false, filtersDelivery: filtersDelivery)])
}

@Suite("Rights that were granted at login")
struct GrantedRightsTests {
    private func broker(_ authority: RightsAuthority, shards: Int = 1) -> SimulatedBroker {
        SimulatedBroker(shardCount: shards) { _ in BrokerPorts(authority: authority) }
    }

    @Test("A PUBLISH that is not allowed reaches nobody; version 5 is told so, version 3 is not", arguments: [0, 1, 2])
    func publish(qos: UInt8) throws {
        let authority = RightsAuthority()
        for name in ["five", "three"] { authority.rights[name] = allow(["mine/#"], []) }
        let broker = broker(authority)
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("#", 0)
        let five = try TestClient.connected(broker, ConnectFields("five"))
        var fields = ConnectFields("three")
        fields.version = .v3_1_1
        let three = try TestClient.connected(broker, fields)
        for client in [five, three] {
            client.publish("other", "no", qos: qos)
            client.publish("mine/a", "yes", qos: qos)
        }
        #expect(try watcher.payloads() == ["yes", "yes"])
        let codes = [five, three].map { client in
            (try? client.receive())?.compactMap { packet -> UInt8? in
                if case .acknowledgement(_, _, let reason) = packet { reason } else { nil }
            } ?? []
        }
        #expect(codes == (qos == 0 ? [[], []] : [[0x87, 0], [0, 0]]))
    }

    @Test("A SUBSCRIBE is refused unless it is covered, also a shared one", arguments: [1, 3])
    func subscribe(shards: Int) throws {
        let authority = RightsAuthority()
        authority.rights["client"] = allow([], ["a/#"])
        let broker = broker(authority, shards: shards)
        let client = try TestClient.connected(broker, ConnectFields("client"))
        func code(_ filter: String) throws -> UInt8? {
            guard case .subscription(_, _, let codes) = try client.subscribe(filter, 1).first else { return nil }
            return codes.first
        }
        #expect(try code("a/b") == 1)
        #expect(try code("a/+") == 1)
        #expect(try code("#") == 0x87)
        #expect(try code("$share/group/a/c") == 1)
        #expect(try code("$share/group/b") == 0x87)
    }

    @Test("Where delivery is filtered, live, queued and retained messages are", arguments: [1, 3], [UInt8(0), 1])
    func delivery(shards: Int, qos: UInt8) throws {
        let authority = RightsAuthority()
        authority.rights["client"] = allow([], ["a/#"], filtersDelivery: true)
        let broker = broker(authority, shards: shards)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"), shard: shards - 1)
        publisher.publish("a/r", "retained", qos: 1, retain: true)
        publisher.publish("b/r", "forbidden", qos: 1, retain: true)
        let client = try TestClient.connected(broker, .durable("client"))
        let first = try client.subscribe("#", 1)
        func payloads(_ packets: [ServerPacket]) -> [String] {
            packets.compactMap { packet in
                guard case .publish(let publish) = packet else { return nil }
                if publish.qos == 1 { client.acknowledge(.puback, publish.identifier) }
                return String(decoding: publish.payload, as: UTF8.self)
            }
        }
        #expect(payloads(first) == ["retained"])
        for number in 0..<3 {
            publisher.publish("a", "\(number)", qos: qos)
            publisher.publish("b", "forbidden", qos: qos)
        }
        #expect(payloads(try client.receive()) == ["0", "1", "2"])
        client.disconnect()
        for topic in ["a/x", "b"] { publisher.publish(topic, "away \(topic)", qos: 1) }
        let again = TestClient(broker, version: .v5)
        let back = try again.exchange(ConnectFields.durable("client").bytes)
        #expect(
            back.compactMap { packet -> String? in
                if case .publish(let publish) = packet { String(decoding: publish.payload, as: UTF8.self) } else { nil }
            } == ["away a/x"])
    }

    @Test(
        "Rights that are taken away are gone at once: subscriptions end, and what waits is not sent", arguments: [1, 3])
    func lostRights(shards: Int) throws {
        let authority = RightsAuthority()
        authority.rights["client"] = allow(["#"], ["#"])
        let broker = broker(authority, shards: shards)
        let client = try TestClient.connected(broker, ConnectFields("client"))
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"), shard: shards - 1)
        for filter in ["a", "b", "$share/group/b"] { _ = try client.subscribe(filter, 1) }
        let isSet = broker.shards.contains { $0.setRights(allow(["a"], ["a"]), of: "client", now: broker.now) }
        #expect(isSet)
        broker.settle()
        for topic in ["a", "b"] { publisher.publish(topic, "to \(topic)", qos: 0) }
        #expect(try client.payloads() == ["to a"])
        client.publish("b", "from client", qos: 1)
        guard case .acknowledgement(_, _, let reason) = try client.receive().first else {
            Issue.record("no PUBACK")
            return
        }
        #expect(reason == 0x87)
        let snapshot = broker.shards.compactMap { $0.snapshot(of: "client", now: broker.now) }.first
        #expect(snapshot?.subscriptionCount == 1)
        #expect(!broker.shard.setRights(nil, of: "nobody", now: broker.now))
    }

    @Test("A session that comes back with fewer rights loses what it may not have, in its subscriptions and its queue")
    func fewerRightsAtReturn() throws {
        let authority = RightsAuthority()
        authority.rights["client"] = allow([], ["#"])
        let broker = broker(authority)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        let client = try TestClient.connected(broker, .durable("client"))
        for filter in ["a", "b"] { _ = try client.subscribe(filter, 1) }
        client.disconnect()
        for topic in ["a", "b"] { publisher.publish(topic, "to \(topic)", qos: 1) }
        authority.rights["client"] = allow([], ["a"])
        let again = TestClient(broker, version: .v5)
        let back = try again.exchange(ConnectFields.durable("client").bytes)
        #expect(
            back.compactMap { packet -> String? in
                if case .publish(let publish) = packet { String(decoding: publish.payload, as: UTF8.self) } else { nil }
            } == ["to a"])
        #expect(broker.shard.snapshot(of: "client", now: broker.now)?.subscriptionCount == 1)
    }

    @Test(
        "What was in flight to a session is sent again only if whoever comes back may have it",
        arguments: [UInt8(1), 2])
    func inFlightAtReturn(qos: UInt8) throws {
        let authority = RightsAuthority()
        authority.rights["client"] = allow([], ["#"])
        let broker = broker(authority)
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        let client = try TestClient.connected(broker, .durable("client"))
        for filter in ["a", "b"] { _ = try client.subscribe(filter, qos) }
        for topic in ["a", "b"] { publisher.publish(topic, "to \(topic)", qos: qos) }
        func payloads(_ packets: [ServerPacket]) -> [String] {
            packets.compactMap { packet in
                if case .publish(let publish) = packet { String(decoding: publish.payload, as: UTF8.self) } else { nil }
            }
        }
        #expect(payloads(try client.receive()) == ["to a", "to b"])
        client.disconnect()
        authority.rights["client"] = allow([], ["a"])
        let again = TestClient(broker, version: .v5)
        #expect(payloads(try again.exchange(ConnectFields.durable("client").bytes)) == ["to a"])
        #expect(broker.shard.snapshot(of: "client", now: broker.now)?.inflightMessages == 1)
        publisher.publish("a", "next", qos: qos)
        #expect(payloads(try again.receive()) == ["next"])
    }

    @Test("A will is published only if its client may publish it when it goes")
    func wills() throws {
        let authority = RightsAuthority()
        for name in ["good", "bad", "lost"] { authority.rights[name] = allow(["will/good", "will/lost"], []) }
        let broker = broker(authority)
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("will/#", 0)
        for name in ["good", "bad", "lost"] {
            var fields = ConnectFields(name)
            fields.willTopic = "will/\(name)"
            fields.willPayload = Array(name.utf8)
            let client = try TestClient.connected(broker, fields)
            if name == "lost" { #expect(broker.shard.setRights(ClientRights([]), of: name, now: broker.now)) }
            client.lose()
            broker.advanceSettling(milliseconds: 100)
        }
        #expect(try watcher.payloads() == ["good"])
    }

    @Test("What the authority calls the user is what operators see")
    func userName() throws {
        let broker = broker(RightsAuthority())
        _ = try TestClient.connected(broker, ConnectFields("client"))
        #expect(broker.shard.snapshot(of: "client", now: broker.now)?.connection?.userName == "user of client")
    }
}

@Suite("Messages that somebody looks at before they are sent")
struct SendQuestionTests {
    private let authority = RightsAuthority(asksBeforeSending: true)

    private func pair(expiry: UInt32 = 0) throws -> (SimulatedBroker, TestClient, TestClient) {
        let broker = SimulatedBroker { [authority] _ in BrokerPorts(authority: authority) }
        let client = try TestClient.connected(broker, .durable("client", expiry: 3_600))
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        return (broker, client, publisher)
    }

    @Test("They are sent, changed or dropped, in their order", arguments: [UInt8(0), 1, 2])
    func verdicts(qos: UInt8) throws {
        let (_, client, publisher) = try pair()
        _ = try client.subscribe("#", qos)
        authority.verdict = { delivery in
            let payload = delivery.message.withParts { _, _, payload in payload.text }
            return switch payload {
            case "drop": .now(.drop)
            case "change": .now(.change(topic: Array("other".utf8), payload: Array("changed".utf8)))
            case "impossible": .now(.change(topic: Array("a/+".utf8), payload: []))
            default: .now(.send)
            }
        }
        for payload in ["1", "drop", "change", "impossible", "2"] { publisher.publish("t", payload, qos: qos) }
        let publishes = try client.publishes()
        #expect(publishes.map(\.topic) == ["t", "other", "t"])
        #expect(publishes.map { String(decoding: $0.payload, as: UTF8.self) } == ["1", "changed", "2"])
    }

    @Test("While a question is open the others wait behind it, and come in their order")
    func pending() throws {
        let (broker, client, publisher) = try pair()
        _ = try client.subscribe("#", 1)
        authority.verdict = { _ in .pending }
        for number in 1...3 { publisher.publish("t", "\(number)", qos: 1) }
        #expect(try client.publishes().isEmpty)
        #expect(authority.open.count == 1)
        authority.verdict = nil
        broker.shard.sendResolved(authority.open[0], .send, now: broker.now)
        broker.settle()
        #expect(try client.payloads() == ["1", "2", "3"])
    }

    @Test("A client that goes while a question is open gets its messages when it is back")
    func lostWhilePending() throws {
        let (broker, client, publisher) = try pair()
        _ = try client.subscribe("#", 1)
        authority.verdict = { _ in .pending }
        publisher.publish("t", "1", qos: 1)
        client.lose()
        authority.verdict = nil
        let again = TestClient(broker, version: .v5)
        let back = try again.exchange(ConnectFields.durable("client").bytes)
        #expect(back.contains { if case .publish = $0 { true } else { false } })
        // The answer to the old question changes nothing any more.
        broker.shard.sendResolved(authority.open[0], .drop, now: broker.now)
        broker.settle()
    }

    @Test("A question that nobody answers in time drops its message, and the next one goes on")
    func expired() throws {
        let (broker, client, publisher) = try pair()
        _ = try client.subscribe("#", 1)
        authority.verdict = { [authority] _ in authority.open.isEmpty ? .pending : .now(.send) }
        for number in 1...2 { publisher.publish("t", "\(number)", qos: 1) }
        #expect(try client.publishes().isEmpty)
        broker.advanceSettling(milliseconds: 31_000)
        #expect(try client.payloads() == ["2"])
    }
}

@Suite("Publishes that somebody changes or refuses")
struct PublishQuestionTests {
    @Test(
        "A change reaches all receivers, at once or later, and the acknowledgement says success",
        arguments: [false, true], [UInt8(0), 1, 2])
    func change(isLate: Bool, qos: UInt8) throws {
        let authority = RightsAuthority(asksAboutPublishes: true)
        let broker = SimulatedBroker { _ in BrokerPorts(authority: authority) }
        let watcher = try TestClient.connected(broker, ConnectFields("watcher"))
        _ = try watcher.subscribe("#", 0)
        let verdict = PublishVerdict.change(topic: Array("other".utf8), payload: Array("changed".utf8))
        authority.publishVerdict = { _ in isLate ? .pending : .now(verdict) }
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        publisher.publish("t", "payload", qos: qos)
        if isLate {
            #expect(try watcher.publishes().isEmpty)
            broker.shard.publishResolved(authority.open[0], verdict, now: broker.now)
        }
        let publishes = try watcher.publishes()
        #expect(publishes.map(\.topic) == ["other"])
        #expect(publishes.map(\.payload) == [Array("changed".utf8)])
        for case .acknowledgement(_, _, let reason) in try publisher.receive() { #expect(reason == 0) }
    }

    @Test("A change that makes no sense is a refusal, and a publisher can be cut off")
    func refusals() throws {
        let authority = RightsAuthority(asksAboutPublishes: true)
        let broker = SimulatedBroker { _ in BrokerPorts(authority: authority) }
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        authority.publishVerdict = { _ in .now(.change(topic: Array("$SYS/x".utf8), payload: [])) }
        publisher.publish("t", "payload", qos: 1)
        guard case .acknowledgement(_, _, let reason) = try publisher.receive().first else {
            Issue.record("no PUBACK")
            return
        }
        #expect(reason == 0x83)
        authority.publishVerdict = { _ in .now(.disconnect(.notAuthorized, "no")) }
        publisher.publish("t", "payload", qos: 1)
        #expect(try publisher.receive() == [.disconnect(reason: 0x87)])
        #expect(publisher.isClosed)
    }
}
