package import BrokerCore
package import BrokerValues
package import MQTTWire

/// Lets everybody in, and says what a client called `restricted` may do.
package final class RestrictingAuthority: AuthorityPort {
    private let restrictions: ClientRestrictions

    /// Everybody else may do what the limits say.
    package init(_ restrictions: ClientRestrictions) { self.restrictions = restrictions }

    package func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
        .now(.accept(data: nil))
    }

    package func authenticate(
        _ client: String, method: String, data: [UInt8]?, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> { .now(.refuse(.badAuthenticationMethod, "there are no methods")) }

    package var asksAboutPublishes: Bool { false }

    package func publish(
        _ client: ClientIdentity, topic: ByteView, qos: QualityOfService, retain: Bool, _ request: RequestNumber
    ) -> Answer<PublishVerdict> { .now(.accept) }

    package func subscribe(
        _ client: ClientIdentity, filters: [(filter: [UInt8], options: SubscriptionOptions)], _ request: RequestNumber
    ) -> Answer<[ReasonCode?]> { .now([]) }

    package func restrictions(of client: ClientIdentity) -> ClientRestrictions {
        client.name == "restricted" ? restrictions : ClientRestrictions()
    }
}
