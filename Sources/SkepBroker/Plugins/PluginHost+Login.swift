import BrokerCore
import BrokerTransport
import BrokerValues
import Logging
import MQTTWire
import PluginAPI
import Synchronization

// CONNECT and AUTH: who is let in, as whom, and what it may do.
extension PluginHost {
    /// Whether a login can be answered without asking anybody.
    var answersLoginsAtOnce: Bool {
        authenticators.isEmpty && restrictionProviders.isEmpty && connectInterceptors.isEmpty && authorizers.isEmpty
            && loginObservers.isEmpty
    }

    /// The answer where nobody has to be asked.
    func verdictAtOnce(_ question: ConnectQuestion) -> ConnectVerdict {
        if let method = question.authenticationMethod { return unknownMethod(method) }
        let client = client(question, userName: question.userName)
        let certified = certifiedName(client.connection)
        guard certified != nil || isAnonymous(question.listener.name) else { return refusal(.notAuthorized) }
        var grant = LoginGrant()
        grant.userName = certified
        grant.login = PluginLogin(certified.map { self.client(question, userName: $0) } ?? client)
        return .accept(grant)
    }

    private func unknownMethod(_ method: String) -> ConnectVerdict {  // [MQTT5-4.12.0-1]
        .refuse(.badAuthenticationMethod, "the authentication method \(method) is not supported")
    }

    /// The same words whatever the reason is: they must not tell a wrong user from a wrong password.
    private func refusal(_ reason: RefusalReason) -> ConnectVerdict {
        .refuse(ReasonCode(reason), "the client is not let in")
    }

    private func client(_ question: ConnectQuestion, userName: String?) -> Client {
        Client(
            identifier: question.clientIdentifier, userName: userName,
            connection: ConnectionInformation(
                question.origin, listener: question.listener, version: question.version))
    }

    /// Asks all that have a say.
    func decide(_ question: ConnectQuestion, isReauthentication: Bool) async -> ConnectVerdict {
        let attempt = LoginAttempt(question, isReauthentication: isReauthentication)
        let host = attempt.connection.host
        switch brake.begins(from: host, at: Self.milliseconds) {
        case .go: break
        case .refuse: return .refuse(.serverBusy, "too many logins from this address have failed")
        case .wait(let milliseconds):
            tellSlowed(host, milliseconds)
            await calls.sleep(milliseconds: milliseconds)
            brake.waited(host)
        }
        let verdict = await judge(question, attempt)
        if case .refuse(let reason, _) = verdict {
            // Who was not looked at has not failed.
            if reason != .serverUnavailable, reason != .serverBusy { brake.failed(from: host, at: Self.milliseconds) }
            let refusal = RefusalReason(rawValue: reason.rawValue) ?? .unspecified
            for (entry, observer) in loginObservers {
                notify { [calls] in
                    _ = await calls.call(entry, .loginFailed) { await observer.loginFailed(attempt, reason: refusal) }
                }
            }
        }
        return verdict
    }

    /// One line a second at most, whoever has to wait then.
    private func tellSlowed(_ host: Substring, _ milliseconds: Int64) {
        let second = Self.milliseconds / 1_000
        let isFirst = slowedSecond.withLock { last in
            defer { last = second }
            return last != second
        }
        guard isFirst else { return }
        logger.log(
            .clientSlowed, .notice, "Logins from an address wait, since many from there have failed",
            ["address": "\(host)", "milliseconds": "\(milliseconds)"])
    }

    private func judge(_ question: ConnectQuestion, _ attempt: LoginAttempt) async -> ConnectVerdict {
        var userName = question.userName
        var data: [UInt8]?
        guard let result = await authenticate(attempt) else {
            return .refuse(.serverUnavailable, "nobody could say whether the client may be let in")
        }
        switch result {
        case .accept(let name, let answer):
            userName = name ?? userName
            data = answer?.bytes
        case .refuse(let reason): return refusal(reason)
        case .challenge(let answer): return .challenge(data: answer?.bytes)
        case .abstain:
            if let method = question.authenticationMethod { return unknownMethod(method) }
            let hasCredentials = question.userName != nil || question.password != nil
            guard isAnonymous(question.listener.name), authenticators.isEmpty || !hasCredentials else {
                return refusal(hasCredentials ? .badUserNameOrPassword : .notAuthorized)
            }
        }
        let client = client(question, userName: userName)
        if attempt.exchange?.isReauthentication == true { return .accept(data: data) }
        for (entry, interceptor) in connectInterceptors {
            let answer = await calls.call(entry, .connect) { try await interceptor.connect(client) }
            if let answer, let reason = answer { return .refuse(ReasonCode(reason), "a plugin refuses the client") }
        }
        var grant = LoginGrant(data: data)
        grant.userName = userName
        grant.login = PluginLogin(client)
        grant.restrictions = ClientRestrictions(await restrictions(of: client))
        grant.rights = await rights(of: client)
        for (entry, observer) in loginObservers {
            notify { [calls] in
                _ = await calls.call(entry, .loginSucceeded) { await observer.loginSucceeded(client) }
            }
        }
        return .accept(grant)
    }

    /// One yes is enough, and a refusal is the end; nil if nobody has said either and somebody could not answer.
    private func authenticate(_ attempt: LoginAttempt) async -> AuthenticationResult? {
        let certified = attempt.exchange == nil ? certifiedName(attempt.connection) : nil
        var isUnanswered = false
        for (entry, authenticator) in authenticators {
            let answer = await calls.call(entry, .authentication) { try await authenticator.authenticate(attempt) }
            guard let answer else {
                isUnanswered = true
                continue
            }
            if answer == .abstain { continue }
            // A certificate that the listener takes for a name gives this name, whatever else lets the client in.
            if let certified, case .accept = answer { return .accept(userName: certified) }
            return answer
        }
        if isUnanswered { return nil }
        if let certified { return .accept(userName: certified) }
        return .abstain
    }

    private func restrictions(of client: Client) async -> Restrictions {
        var all = Restrictions()
        for (entry, provider) in restrictionProviders {
            let answer = await calls.call(entry, .restrictions) { try await provider.restrictions(of: client) }
            if let answer { all = all.merging(answer) }
        }
        return all
    }

    /// Nil allows everything.
    func rights(of client: Client) async -> ClientRights? {
        if authorizers.isEmpty { return nil }
        var stages: [ClientRights.Stage] = []
        for (entry, authorizer) in authorizers {
            let answer = await calls.call(entry, .authorization) { try await authorizer.permissions(of: client) }
            guard let answer else { return ClientRights([]) }
            stages.append(ClientRights.Stage(answer))
        }
        return ClientRights(stages)
    }

    // MARK: - Rights that change

    /// Asks again about a client that is connected. Returns false if it is not.
    func refreshRights(_ name: String, _ login: PluginLogin) async -> Bool {
        let rights = await rights(of: login.client)
        for runner in runners {
            let isThere = await runner.ask { shard in
                // It may have come again meanwhile, with rights that are newer than these.
                guard shard.login(of: name) === login else { return false }
                return shard.setRights(rights, of: name, now: .init(nanoseconds: shard.now.nanoseconds))
            }
            if isThere == true { return true }
        }
        return false
    }

    /// Asks again about all clients that are connected, some at a time. Returns how many there were.
    func refreshRights() async -> Int {
        var count = 0
        for runner in runners {
            var slot: Int? = 0
            while let begin = slot {
                let page = await runner.ask { shard in
                    let page = shard.logins(from: begin, count: 256)
                    return (found: page.found.map { ($0.name, $0.login as? PluginLogin) }, next: page.next)
                }
                slot = page?.next
                for (name, login) in page?.found ?? [] {
                    guard let login else { continue }
                    if await refreshRights(name, login) { count += 1 }
                }
            }
        }
        return count
    }
}
