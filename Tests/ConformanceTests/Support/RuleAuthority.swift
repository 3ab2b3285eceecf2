import BrokerCore
import BrokerValues
import MQTTWire

/// An authority that answers by the name of the user and the first level of the topic.
///
/// Users `stranger` and `forbidden` are refused, topics and filters under `forbidden/` as well.
final class RuleAuthority: AuthorityPort {
    func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
        switch question.userName {
        case "stranger": .now(.refuse(.badUserNameOrPassword, "nobody of that name"))
        case "forbidden": .now(.refuse(.notAuthorized, "may not connect"))
        case "closed": .now(.refuse(.serverUnavailable, "nobody is let in now"))
        default: .now(.accept(data: nil))
        }
    }

    func authenticate(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> {
        .now(.refuse(.badAuthenticationMethod, "there are no methods"))
    }

    var asksAboutPublishes: Bool { true }

    func publish(_ question: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict> {
        .now(question.topic.text.hasPrefix("forbidden/") ? .refuse(.notAuthorized) : .accept)
    }

    var asksAboutSubscriptions: Bool { true }

    func subscribe(
        _ client: ClientIdentity, filters: [(filter: [UInt8], options: SubscriptionOptions)],
        _ login: (any LoginRecord)?, _ request: RequestNumber
    ) -> Answer<[ReasonCode?]> {
        .now(filters.map { String(decoding: $0.filter, as: UTF8.self).hasPrefix("forbidden/") ? .notAuthorized : nil })
    }
}
