/// Decides who is let in (`OnAuthenticationCallback`).
///
/// All authenticators are asked in the order of their priority until one accepts or refuses. If all abstain, a client
/// without credentials is let in where its listener says `anonymous`, and everybody else is refused. Without any
/// authenticator everybody is let in by such a listener.
public protocol Authenticator: Plugin {
    /// Whether this client is who it says it is. One that throws, or does not answer in time, abstains.
    func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult
}

/// What a client shows to be let in.
public struct LoginAttempt: Sendable, Hashable {
    /// The client identifier, empty if the client wants the broker to choose one.
    public let clientIdentifier: String
    public let userName: String?
    public let password: Secret?
    public let connection: ConnectionInformation
    public let userProperties: [UserProperty]
    /// Set with an authentication method of MQTT 5: what the client has sent with CONNECT or AUTH.
    public let exchange: AuthenticationExchange?

    /// A client that wants to be let in.
    public init(
        clientIdentifier: String, userName: String?, password: Secret?, connection: ConnectionInformation,
        userProperties: [UserProperty] = [], exchange: AuthenticationExchange? = nil
    ) {
        self.clientIdentifier = clientIdentifier
        self.userName = userName
        self.password = password
        self.connection = connection
        self.userProperties = userProperties
        self.exchange = exchange
    }
}

/// A step of the enhanced authentication of MQTT 5 (section 4.12).
public struct AuthenticationExchange: Sendable, Hashable {
    public let method: String
    public let data: Secret?
    /// Whether the client, let in before, authenticates again.
    public let isReauthentication: Bool

    /// A step.
    public init(method: String, data: Secret?, isReauthentication: Bool) {
        self.method = method
        self.data = data
        self.isReauthentication = isReauthentication
    }
}

/// What an authenticator says.
public enum AuthenticationResult: Sendable, Hashable {
    /// The client is let in.
    ///
    /// - Parameters:
    ///   - userName: takes the place of what the client calls itself: what a certificate or token says.
    ///   - data: goes along with the answer, with an authentication method of MQTT 5.
    case accept(userName: String? = nil, data: Secret? = nil)
    /// It is not for this authenticator to say; the next one is asked.
    case abstain
    /// The client is refused at once, whatever others would say (`AuthenticationException`).
    case refuse(RefusalReason)
    /// The client is asked for more, with an authentication method of MQTT 5.
    case challenge(Secret?)
}

/// Hears of logins (`AfterLoginCallback`).
public protocol LoginObserver: Plugin {
    func loginSucceeded(_ client: Client) async
    /// - Parameter reason: what the client was told.
    func loginFailed(_ attempt: LoginAttempt, reason: RefusalReason) async
}

/// Says what a client may do, once for each login (`RestrictionsAfterLoginCallback`).
public protocol RestrictionProvider: Plugin {
    /// Of several providers that say something about the same limit the last one asked is right.
    func restrictions(of client: Client) async throws -> Restrictions
}

/// Decides about clients that have been authenticated (`OnConnectCallback`).
public protocol ConnectInterceptor: Plugin {
    /// - Returns: nil to let the client in. One that throws lets it in.
    func connect(_ client: Client) async throws -> RefusalReason?
}
