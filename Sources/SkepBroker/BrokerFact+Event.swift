import BrokerCore
import BrokerValues
import Introspection
import MQTTWire

// Facts of the broker as events for operators.
extension BrokerFact {
    /// Nil for what is no event.
    var eventKind: BrokerEvent.Kind? {
        switch self {
        case .connectRefused: .connectRefused
        case .clientConnected: .clientConnected
        case .clientDisconnected: .clientDisconnected
        case .sessionEnded(_, let hasExpired): hasExpired ? .sessionExpired : nil
        case .limitHit, .clientSlowed, .connectionsNearLimit: .limitHit
        case .messageDropped: .messageDropped
        case .willPublished, .subscriptionsRefused: nil
        }
    }

    /// What is known, by name.
    var eventDetails: [String: JSONValue] {
        switch self {
        case .connectRefused(let client, let user, let address, let listener, let reason, let text):
            [
                "client": .string("\(client)"), "user": JSONValue(user), "address": .string(address),
                "listener": .string("\(listener)"), "reason": .string(reason.described), "detail": .string(text),
            ]
        case .clientConnected(let client, let address, let listener, let version, let isResumed):
            [
                "client": .string(client.name), "address": .string(address), "listener": .string("\(listener)"),
                "protocol": .string(version.name), "session": isResumed ? "resumed" : "new",
            ]
        case .clientDisconnected(let client, let address, let cause, let text):
            [
                "client": .string(client.name), "address": .string(address), "cause": .string(cause.name),
                "reason": JSONValue(cause.reasonCode.map { ReasonCode(rawValue: $0).described }),
                "detail": .string(text),
            ]
        case .sessionEnded(let client, _), .willPublished(let client): ["client": .string(client.name)]
        case .limitHit(let limit, let client): ["limit": .string(limit.rawValue), "client": .string(client)]
        case .subscriptionsRefused: [:]
        case .clientSlowed(let client, let address, let listener, let cause):
            [
                "client": JSONValue(client?.name), "address": .string(address), "listener": .string("\(listener)"),
                "limit": .string(cause.rawValue),
            ]
        case .connectionsNearLimit(let client, let count, let limit):
            [
                "client": .string(client.name), "limit": "connections", "count": JSONValue(count),
                "maximum": JSONValue(limit),
            ]
        case .messageDropped(let client, let reason, let qos):
            [
                "client": JSONValue(client?.name), "reason": .string(reason.rawValue), "qos": JSONValue(qos.rawValue),
            ]
        }
    }
}
