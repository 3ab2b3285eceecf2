import Glibc
package import PluginAPI
import Synchronization

/// Lets in clients whose password is a token (JWT) that was signed with one of the keys of the settings.
///
/// The claim for the user name becomes the client's user name; one that the client gives itself must be the same. A
/// password that is no token is left to others, a token that is wrong is refused. When a token expires, its client's
/// connection ends: within a second after `exp` and the leeway, and its will is published; it may come back with a new
/// token. With the settings the keys are read again: with a fault in a file nothing changes, else clients whose tokens
/// were signed with a key that is gone lose their connection.
package final class TokenPlugin: Authenticator, LoginObserver, ConnectionObserver {
    package let information = PluginInformation(name: "token", version: "1")
    /// A signature costs less than a slow hash, so it is asked before the password file.
    package let priority = PluginPriority.high

    private struct State {
        var verifier: TokenVerifier?
        var sessions = TokenSessions()
        var services: PluginServices?
        var work: (any ScheduledWork)?
    }

    private let configuration: TokenConfiguration
    private let algorithms: Set<TokenAlgorithm>?
    /// Those of the start.
    private let keys: [TokenKey]
    private let state = Mutex(State())
    /// Milliseconds since 1970.
    private let now: @Sendable () -> Int64

    /// How many connections are ended in one go.
    private static let mostEnded = 10_000

    /// Reads the keys.
    package convenience init(_ configuration: TokenConfiguration) throws(KeyFileFaults) {
        try self.init(configuration) {
            var time = timespec()
            // Safe: a variable of this function, which lasts for the call.
            unsafe clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        }
    }

    init(_ configuration: TokenConfiguration, now: @escaping @Sendable () -> Int64) throws(KeyFileFaults) {
        self.configuration = configuration
        self.now = now
        keys = try TokenKeyFiles.read(configuration)
        algorithms = try Self.algorithms(configuration, keys)
    }

    /// Begins to look for tokens that have expired.
    package func start(_ services: PluginServices) async throws {
        let verifier = await TokenVerifier(configuration, keys: keys, only: algorithms)
        let work = try services.scheduler.repeatedly(everyMilliseconds: 500) { [weak self] in await self?.endExpired() }
        state.withLock { state in
            state.verifier = verifier
            state.services = services
            state.work = work
        }
    }

    /// Verifies the password as a token.
    package func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult {
        guard attempt.exchange == nil, let password = attempt.password?.bytes,
            let (verifier, services) = state.withLock({ state in
                state.verifier.flatMap { verifier in state.services.map { (verifier, $0) } }
            })
        else { return .abstain }
        let time = now()
        let token: VerifiedToken
        do throws(TokenFault) {
            token = try await verifier.verify(password, now: time)
        } catch {
            switch error {
            case .notAToken: return .abstain
            case .refused(let why):
                services.log.log(.debug, "A token was refused: \(why)")
                return .refuse(.badUserNameOrPassword)
            }
        }
        if let given = attempt.userName, !given.isEmpty, !given.utf8.elementsEqual(token.userName.utf8) {
            services.log.log(.debug, "A token was refused: the client gives another user name than it")
            return .refuse(.badUserNameOrPassword)
        }
        let isKept = state.withLock { state in
            // The keys may have been read again while the signature was looked at.
            guard state.verifier?.identities.contains(token.key) == true else { return false }
            return state.sessions.insert(token, attempt.connection, now: time)
        }
        return isKept ? .accept(userName: token.userName) : .refuse(.serverBusy)
    }

    /// The client of a connection is known now.
    package func loginSucceeded(_ client: Client) async {
        state.withLock {
            $0.sessions.connected(TokenSessions.Key(client.connection), clientIdentifier: client.identifier)
        }
    }

    /// Forgets what was kept of the login.
    package func loginFailed(_ attempt: LoginAttempt, reason: RefusalReason) async {
        state.withLock { $0.sessions.remove(TokenSessions.Key(attempt.connection)) }
    }

    /// Forgets what was kept of the connection.
    package func disconnected(_ client: Client, _ end: Disconnection) async {
        state.withLock { $0.sessions.remove(TokenSessions.Key(client.connection)) }
    }

    /// Reads the keys again.
    package func settingsReloaded() async {
        guard let services = state.withLock({ $0.services }) else { return }
        let verifier: TokenVerifier
        do throws(KeyFileFaults) {
            let keys = try TokenKeyFiles.read(configuration)
            verifier = await TokenVerifier(configuration, keys: keys, only: try Self.algorithms(configuration, keys))
        } catch {
            for fault in error.faults { services.log.log(.error, "\(fault)") }
            services.log.log(.error, "The keys for tokens have faults: they stay as they were")
            return
        }
        let identities = verifier.identities
        let gone = state.withLock { state in
            state.verifier = verifier
            return state.sessions.take(notSignedWith: identities)
        }
        services.log.log(.notice, "The keys for tokens were read again: \(identities.count) keys")
        await end(gone, services)
    }

    /// Ends the work.
    package func stop() async {
        state.withLock { state in
            state.work?.end()
            state.work = nil
            state.services = nil
        }
    }

    /// What the token of a connection says about permissions; nil if it says nothing.
    func rules(of connection: ConnectionInformation) -> [AccessRules.Rule]? {
        state.withLock { $0.sessions.entry(TokenSessions.Key(connection))?.rules }
    }

    private func endExpired() async {
        let time = now()
        let (services, expired) = state.withLock { state in
            (state.services, state.sessions.takeExpired(now: time, limit: Self.mostEnded))
        }
        guard let services, !expired.isEmpty else { return }
        await end(expired, services)
    }

    /// Ends connections, but not those that the same clients have made since.
    private func end(_ sessions: [TokenSessions.Ended], _ services: PluginServices) async {
        let clients = ConnectedClients(services: services)
        var count = 0
        for ended in sessions {
            let isEnded = await clients.disconnect(ended.clientIdentifier) { session in
                session.address == ended.address && session.listener == ended.listener
            }
            if isEnded { count += 1 }
        }
        if count > 0 { services.log.log(.info, "Clients cut off whose tokens are not valid any more: \(count)") }
    }

    /// The algorithms that are taken; at least one key must be for one of them.
    private static func algorithms(
        _ configuration: TokenConfiguration, _ keys: [TokenKey]
    ) throws(KeyFileFaults) -> Set<TokenAlgorithm>? {
        let file =
            [configuration.publicKeyPath, configuration.keySetPath, configuration.secretPath]
            .first { !$0.isEmpty } ?? ""
        let only: Set<TokenAlgorithm>?
        do throws(TokenAlgorithm.UnknownName) {
            only = try TokenAlgorithm.list(configuration.algorithms)
        } catch {
            let known = TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            let problem = "there is no algorithm \(KeyFileFault.quoted(error.name)) for tokens; there are \(known)"
            throw KeyFileFaults([KeyFileFault(file: file, problem: problem)])
        }
        if let only, keys.allSatisfy({ $0.algorithms.isDisjoint(with: only) }) {
            throw KeyFileFaults([KeyFileFault(file: file, problem: "no key is for the algorithms that are allowed")])
        }
        return only
    }
}
