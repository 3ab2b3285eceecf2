package import BrokerValues
package import MQTTWire

/// What an authority knows of a client that it has let in; it comes back with every question about the client.
package protocol LoginRecord: AnyObject, Sendable {}

/// What is known about a client when it asks to be let in, or authenticates again.
package struct ConnectQuestion: Sendable {
    package let clientIdentifier: String
    package let userName: String?
    package let password: [UInt8]?
    package let listener: ListenerIdentity
    package let origin: ConnectionOrigin
    package let version: ProtocolVersion
    package let userProperties: [UserProperty]
    package var authenticationMethod: String?
    package var authenticationData: [UInt8]?
    /// Set when it has been let in before.
    package let login: (any LoginRecord)?
}

/// What goes with a yes.
package struct LoginGrant: Sendable {
    /// Sent along with the answer when there is an authentication method.
    package var data: [UInt8]?
    /// What it calls itself from now on; nil for what it has said.
    package var userName: String?
    /// Nil allows everything.
    package var rights: ClientRights?
    /// What it may do, where that is not what the limits say.
    package var restrictions = ClientRestrictions()
    package var login: (any LoginRecord)?

    /// Everything is allowed.
    package init(data: [UInt8]? = nil) { self.data = data }
}

/// The authority's answer to CONNECT or AUTH.
package enum ConnectVerdict: Sendable {
    /// Let in. After a re-authentication only the data counts.
    case accept(LoginGrant)
    case refuse(ReasonCode, String)
    /// Ask the client for more (AUTH 0x18) [MQTT5-4.12.0-2].
    case challenge(data: [UInt8]?)

    /// Let in, and everything is allowed.
    package static func accept(data: [UInt8]?) -> ConnectVerdict { .accept(LoginGrant(data: data)) }
}

/// A PUBLISH that the authority is asked about. Its bytes may be looked at during the call only.
package struct PublishQuestion {
    package let client: ClientIdentity
    package let topic: ByteView
    /// The properties that are forwarded.
    package let properties: ByteView
    package let payload: ByteView
    package let qos: QualityOfService
    package let retain: Bool
    /// Seconds that are left of its life; nil for ever.
    package let expirySeconds: UInt32?
    package let login: (any LoginRecord)?
}

/// The authority's answer to a PUBLISH.
package enum PublishVerdict: Sendable, Equatable {
    case accept
    /// Goes on with another topic and payload.
    case change(topic: [UInt8], payload: [UInt8])
    /// Acknowledged with this code in MQTT 5, acknowledged and dropped in 3.x [MQTT-3.3.5-2].
    case refuse(ReasonCode)
    /// Nobody gets it, and the publisher's connection ends.
    case disconnect(ReasonCode, String)
}

/// The authority's answer about a message to one receiver.
package enum SendVerdict: Sendable, Equatable {
    case send
    /// Sent with another topic and payload.
    case change(topic: [UInt8], payload: [UInt8])
    case drop
}

/// Decides who may do what. Without one everybody may do everything that the limits allow.
package protocol AuthorityPort: AnyObject {
    /// CONNECT has arrived and is well-formed.
    func connect(_ question: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict>

    /// AUTH has arrived, in the handshake or to authenticate again.
    func authenticate(
        _ question: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
    ) -> Answer<ConnectVerdict>

    /// Whether ``publish(_:_:)`` needs to be asked at all: a broker without rules pays nothing.
    var asksAboutPublishes: Bool { get }

    /// PUBLISH has arrived, is well-formed, and the client's rights allow it.
    func publish(_ question: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict>

    /// Whether ``subscribe(_:filters:_:_:)`` needs to be asked at all.
    var asksAboutSubscriptions: Bool { get }

    /// SUBSCRIBE has arrived; one verdict for each filter, nil to allow it.
    func subscribe(
        _ client: ClientIdentity, filters: [(filter: [UInt8], options: SubscriptionOptions)],
        _ login: (any LoginRecord)?, _ request: RequestNumber
    ) -> Answer<[ReasonCode?]>

    /// Whether ``send(_:_:_:)`` needs to be asked at all.
    var asksBeforeSending: Bool { get }

    /// A message is about to be sent to one client.
    func send(_ delivery: Delivery, _ login: (any LoginRecord)?, _ request: RequestNumber) -> Answer<SendVerdict>
}

extension AuthorityPort {
    package var asksAboutPublishes: Bool { false }

    /// Everything goes on.
    package func publish(_ question: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict> {
        .now(.accept)
    }

    package var asksAboutSubscriptions: Bool { false }

    /// Everything is allowed.
    package func subscribe(
        _ client: ClientIdentity, filters: [(filter: [UInt8], options: SubscriptionOptions)],
        _ login: (any LoginRecord)?, _ request: RequestNumber
    ) -> Answer<[ReasonCode?]> { .now([]) }

    package var asksBeforeSending: Bool { false }

    /// Everything is sent.
    package func send(
        _ delivery: Delivery, _ login: (any LoginRecord)?, _ request: RequestNumber
    ) -> Answer<SendVerdict> { .now(.send) }
}
