import BrokerCore
import BrokerValues
import MQTTWire
import PluginAPI

/// One shard's way to the plugins that have a say.
final class PluginAuthority: AuthorityPort {
    private let host: PluginHost
    private let shard: ShardIndex
    let asksAboutPublishes: Bool
    let asksAboutSubscriptions: Bool
    let asksBeforeSending: Bool

    init(_ host: PluginHost, _ shard: ShardIndex) {
        self.host = host
        self.shard = shard
        asksAboutPublishes = !host.publishInterceptors.isEmpty
        asksAboutSubscriptions = !host.subscribeInterceptors.isEmpty
        asksBeforeSending = !host.sendInterceptors.isEmpty
    }

    func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
        if host.answersLoginsAtOnce { return .now(host.verdictAtOnce(question)) }
        return ask(question, isReauthentication: false, request)
    }

    func authenticate(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> {
        ask(question, isReauthentication: isReauthentication, request)
    }

    private func ask(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> {
        let isStarted = host.calls.start { [host, shard] in
            let verdict = await host.decide(question, isReauthentication: isReauthentication)
            host.answer(shard) { $0.connectResolved(request, verdict, now: $1) }
        }
        return isStarted ? .pending : .now(.refuse(.serverBusy, "too many clients want to be let in"))
    }

    func publish(_ question: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict> {
        guard let login = question.login as? PluginLogin else { return .now(.accept) }
        let message = PublishedMessage(
            topic: question.topic, properties: question.properties, payload: question.payload, qos: question.qos,
            retain: question.retain, expirySeconds: question.expirySeconds)
        let isStarted = host.calls.start { [host, shard] in
            let verdict = await host.decide(message, from: login.client)
            host.answer(shard) { $0.publishResolved(request, verdict, now: $1) }
        }
        return isStarted ? .pending : .now(.refuse(.quotaExceeded))
    }

    func subscribe(
        _ client: ClientIdentity, filters: [(filter: [UInt8], options: SubscriptionOptions)],
        _ login: (any LoginRecord)?, _ request: RequestNumber
    ) -> Answer<[ReasonCode?]> {
        guard let login = login as? PluginLogin else { return .now([]) }
        let subscriptions = filters.map { PluginAPI.Subscription($0.filter, $0.options) }
        let isStarted = host.calls.start { [host, shard] in
            let verdicts = await host.decide(subscriptions, of: login.client)
            host.answer(shard) { $0.subscribeResolved(request, verdicts, now: $1) }
        }
        return isStarted ? .pending : .now(Array(repeating: .quotaExceeded, count: filters.count))
    }

    func send(_ delivery: Delivery, _ login: (any LoginRecord)?, _ request: RequestNumber) -> Answer<SendVerdict> {
        guard let login = login as? PluginLogin else { return .now(.send) }
        let message = PublishedMessage(delivery.message, qos: delivery.qos, retain: delivery.retain)
        let isStarted = host.calls.start { [host, shard] in
            let verdict = await host.decide(message, to: login.client)
            host.answer(shard) { $0.sendResolved(request, verdict, now: $1) }
        }
        return isStarted ? .pending : .now(.drop)
    }
}

/// One shard's way to the plugins that only listen.
final class PluginHooks: HookPort {
    private let host: PluginHost
    let events: HookEvents
    private let packets: Set<PacketKind>

    init(_ host: PluginHost) {
        self.host = host
        packets = host.packetObservers.reduce(into: []) { $0.formUnion($1.1.packets) }
        var events: HookEvents = []
        if !host.connectionObservers.isEmpty { events.insert(.connections) }
        if !host.subscriptionObservers.isEmpty { events.insert(.subscriptions) }
        if !host.permissionObservers.isEmpty { events.insert(.refusals) }
        if !packets.isEmpty { events.insert(.packets) }
        self.events = events
    }

    func sessionReady(_ login: any LoginRecord, isResumed: Bool) {
        tell(login, host.connectionObservers, .sessionReady) { observer, client in
            await observer.sessionReady(client, isResumed: isResumed)
        }
    }

    func disconnected(_ login: any LoginRecord, _ cause: DisconnectCause) {
        let end = Disconnection(timestamp: SystemClock.milliseconds, isGraceful: cause.isGraceful, cause: cause.name)
        tell(login, host.connectionObservers, .disconnect) { observer, client in
            await observer.disconnected(client, end)
        }
    }

    func subscribed(_ login: any LoginRecord, _ filters: [(filter: [UInt8], options: SubscriptionOptions)]) {
        let subscriptions = filters.map { PluginAPI.Subscription($0.filter, $0.options) }
        tell(login, host.subscriptionObservers, .subscribe) { observer, client in
            await observer.subscribed(client, to: subscriptions)
        }
    }

    func unsubscribed(_ login: any LoginRecord, _ filters: [[UInt8]]) {
        let filters = filters.map { String(decoding: $0, as: UTF8.self) }
        tell(login, host.subscriptionObservers, .unsubscribe) { observer, client in
            await observer.unsubscribed(client, from: filters)
        }
    }

    func refused(_ login: any LoginRecord, isPublish: Bool, topic: [UInt8], _ qos: QualityOfService) {
        let (topic, qos) = (String(decoding: topic, as: UTF8.self), QoS(qos))
        tell(login, host.permissionObservers, isPublish ? .publishRefused : .subscribeRefused) { observer, client in
            await observer.refused(client, isPublish ? .publish : .subscribe, topic: topic, qos: qos)
        }
    }

    func packet(_ login: any LoginRecord, _ type: PacketType, isSent: Bool, identifier: UInt16) {
        guard let (kind, callback) = Self.kind(type, isSent: isSent), packets.contains(kind) else { return }
        let observers = host.packetObservers.filter { $0.1.packets.contains(kind) }
        tell(login, observers, callback) { observer, client in
            await observer.packet(kind, of: client, packetIdentifier: identifier)
        }
    }

    private static func kind(_ type: PacketType, isSent: Bool) -> (PacketKind, PluginCallback)? {
        switch (type, isSent) {
        case (.connack, true): (.connackSent, .connackSent)
        case (.publish, true): (.publishSent, .publishSent)
        case (.pingreq, false): (.pingReceived, .ping)
        case (.puback, false): (.pubackReceived, .pubackReceived)
        case (.puback, true): (.pubackSent, .pubackSent)
        case (.pubrec, false): (.pubrecReceived, .pubrecReceived)
        case (.pubrec, true): (.pubrecSent, .pubrecSent)
        case (.pubrel, false): (.pubrelReceived, .pubrelReceived)
        case (.pubrel, true): (.pubrelSent, .pubrelSent)
        case (.pubcomp, false): (.pubcompReceived, .pubcompReceived)
        case (.pubcomp, true): (.pubcompSent, .pubcompSent)
        case (.suback, true): (.subackSent, .subackSent)
        case (.unsuback, true): (.unsubackSent, .unsubackSent)
        case (.connect, _), (.connack, _), (.publish, _), (.subscribe, _), (.suback, _), (.unsubscribe, _),
            (.unsuback, _), (.pingreq, _), (.pingresp, _), (.disconnect, _), (.auth, _):
            nil
        }
    }

    private func tell<Observer: Sendable>(
        _ login: any LoginRecord, _ observers: [(PluginEntry, Observer)], _ callback: PluginCallback,
        _ body: @escaping @Sendable (Observer, Client) async -> Void
    ) {
        guard let login = login as? PluginLogin else { return }
        for (entry, observer) in observers {
            host.notify { [calls = host.calls] in
                _ = await calls.call(entry, callback) { await body(observer, login.client) }
            }
        }
    }
}
