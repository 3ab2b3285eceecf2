import BrokerCore
import BrokerValues
import MQTTWire
import PluginAPI

// PUBLISH, SUBSCRIBE, and messages on their way to a receiver.
extension PluginHost {
    /// Asks all interceptors, each about what the one before has made of the message.
    func decide(_ message: PublishedMessage, from client: Client) async -> PublishVerdict {
        var current = message
        for (entry, interceptor) in publishInterceptors {
            let question = current
            let answer = await calls.call(entry, .publishReceived) {
                try await interceptor.publishReceived(question, from: client)
            }
            switch answer {
            case .accept: continue
            case .change(let changed): current = changed
            case .refuse(let reason): return .refuse(ReasonCode(reason))
            case .disconnect(let reason): return .disconnect(ReasonCode(reason), "a plugin refuses a message")
            case nil: return .refuse(.implementationSpecificError)
            }
        }
        if current.topic == message.topic, current.payload == message.payload { return .accept }
        return .change(topic: Array(current.topic.utf8), payload: current.payload)
    }

    /// One verdict for each filter; nil allows it.
    func decide(_ subscriptions: [PluginAPI.Subscription], of client: Client) async -> [ReasonCode?] {
        var verdicts: [ReasonCode?] = []
        for subscription in subscriptions { verdicts.append(await decide(subscription, of: client)) }
        return verdicts
    }

    private func decide(_ subscription: PluginAPI.Subscription, of client: Client) async -> ReasonCode? {
        for (entry, interceptor) in subscribeInterceptors {
            let answer = await calls.call(entry, .topicSubscription) {
                try await interceptor.subscribe(subscription, of: client)
            }
            guard let answer else { return .implementationSpecificError }
            if let reason = answer { return ReasonCode(reason) }
        }
        return nil
    }

    /// Asks all interceptors about a message to one receiver.
    func decide(_ message: PublishedMessage, to client: Client) async -> SendVerdict {
        var current = message
        for (entry, interceptor) in sendInterceptors {
            let question = current
            let answer = await calls.call(entry, .beforeSend) {
                try await interceptor.beforeSend(question, to: client)
            }
            switch answer {
            case .send: continue
            case .change(let changed): current = changed
            case .drop, nil: return .drop
            }
        }
        if current.topic == message.topic, current.payload == message.payload { return .send }
        return .change(topic: Array(current.topic.utf8), payload: current.payload)
    }
}
