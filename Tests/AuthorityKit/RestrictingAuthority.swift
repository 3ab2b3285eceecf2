package import BrokerCore
package import BrokerValues
import MQTTWire

/// Lets everybody in, and says what a client called `restricted` may do.
package final class RestrictingAuthority: AuthorityPort {
    private let restrictions: ClientRestrictions

    /// Everybody else may do what the limits say.
    package init(_ restrictions: ClientRestrictions) { self.restrictions = restrictions }

    package func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
        var grant = LoginGrant()
        if question.clientIdentifier == "restricted" { grant.restrictions = restrictions }
        return .now(.accept(grant))
    }

    package func authenticate(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict> { .now(.refuse(.badAuthenticationMethod, "there are no methods")) }
}
