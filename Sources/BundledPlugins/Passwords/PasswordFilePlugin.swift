import Crypto
package import PluginAPI
import Synchronization

/// How users are let in by a password file.
package struct PasswordFileConfiguration: Sendable, Hashable {
    /// The file; empty for none.
    package var path = ""
    /// Seconds for which a password that was found right counts as right without its hash being computed; 0 for none.
    package var cacheSeconds = 300

    /// Every default.
    package init() {}
}

/// Lets in clients whose user name and password stand in a file (``PasswordTable``).
///
/// A wrong password and an unknown user lead to the same answer after the same time: it abstains, so that a token or a
/// certificate can still speak for the client, and if nothing does the broker refuses it with the same words. Hashes are
/// computed on the broker's threads for slow work; when more wait there than may, clients are told that the server is
/// busy. With the settings the file is read again: with a fault in it nothing changes, else clients whose user is gone or
/// has another password lose their connection.
package final class PasswordFilePlugin: Authenticator {
    package let information = PluginInformation(name: "password-file", version: "1")

    private struct State {
        var table: PasswordTable
        var verified: VerifiedPasswords
        /// Changes with the table.
        var generation = 0
        var services: PluginServices?
        /// Logins whose hash is computed or waits for it.
        var waiting = 0
    }

    private let path: String
    /// Drawn at the start; chooses decoys and makes the codes of passwords that were right.
    private let key = SymmetricKey(size: .bits256)
    private let state: Mutex<State>

    /// Logins that may wait for their hash. More would wait for longer than they are waited for: two threads
    /// compute some 25 hashes a second.
    static let maximumWaiting = 64
    /// How old a login may be for its hash to be computed still.
    private static let patience = Duration.seconds(4)

    /// Said at the start.
    private let notes: [String]

    /// Reads the file.
    package init(_ configuration: PasswordFileConfiguration) throws(KeyFileFaults) {
        path = configuration.path
        let (table, notes) = try Self.read(path)
        self.notes = notes
        let verified = VerifiedPasswords(lifetime: .seconds(max(configuration.cacheSeconds, 0)))
        state = Mutex(State(table: table, verified: verified))
    }

    /// Keeps the services, and says what was noticed about the file.
    package func start(_ services: PluginServices) async throws {
        state.withLock { $0.services = services }
        for note in notes { services.log.log(.warning, note) }
    }

    /// Holds the password against the file.
    package func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult {
        guard attempt.exchange == nil, let user = attempt.userName, let password = attempt.password?.bytes,
            !password.isEmpty, let services = state.withLock({ $0.services })
        else { return .abstain }
        let code = VerifiedPasswords.code(user: user, password: password, key: key)
        if isVerified(code) { return .accept() }
        let mayWait = state.withLock { state in
            if state.waiting >= Self.maximumWaiting { return false }
            state.waiting += 1
            return true
        }
        if !mayWait { return .refuse(.serverBusy) }
        defer { state.withLock { $0.waiting -= 1 } }
        let began = ContinuousClock.now
        do {
            let isRight: Bool? = try await services.scheduler.blocking {
                // Nobody waits for it any more.
                if ContinuousClock.now - began > Self.patience { return nil }
                return self.verify(user, password, code)
            }
            guard let isRight else { return .refuse(.serverBusy) }
            return isRight ? .accept() : .abstain
        } catch PluginServiceError.limitExceeded {
            return .refuse(.serverBusy)
        }
    }

    /// Reads the file again.
    package func settingsReloaded() async {
        guard let services = state.withLock({ $0.services }) else { return }
        let table: PasswordTable
        let notes: [String]
        do throws(KeyFileFaults) {
            (table, notes) = try Self.read(path)
        } catch {
            for fault in error.faults { services.log.log(.error, "\(fault)") }
            services.log.log(.error, "The password file has faults: the users stay as they were")
            return
        }
        let gone = state.withLock { state in
            defer {
                state.table = table
                state.generation &+= 1
                state.verified.removeAll()
            }
            return state.table.usersGone(in: table)
        }
        for note in notes { services.log.log(.warning, note) }
        services.log.log(.notice, "The password file was read again: \(table.users.count) users")
        guard !gone.isEmpty else { return }
        let count = await ConnectedClients(services: services).disconnect { session in
            session.userName.map(gone.contains) ?? false
        }
        services.log.log(
            .notice, "Users that are gone or have a new password: \(gone.count), clients cut off: \(count)")
    }

    /// Lets go of the services.
    package func stop() async { state.withLock { $0.services = nil } }

    /// Computes the hash, unless another client with the same password has done so meanwhile.
    private func verify(_ user: String, _ password: [UInt8], _ code: VerifiedPasswords.Code) -> Bool {
        if isVerified(code) { return true }
        let (table, generation) = state.withLock { ($0.table, $0.generation) }
        let (hash, isKnown) = table.hash(of: user, key: key)
        guard hash.matches(password), isKnown else { return false }
        return state.withLock { state in
            // The file may have been read again while this was computed.
            guard state.generation == generation || state.table.users[user] == hash else { return false }
            state.verified.insert(code, now: .now)
            return true
        }
    }

    private func isVerified(_ code: VerifiedPasswords.Code) -> Bool {
        state.withLock { $0.verified.contains(code, now: .now) }
    }

    private static func read(_ path: String) throws(KeyFileFaults) -> (PasswordTable, notes: [String]) {
        let file: KeyFile
        do throws(KeyFileFault) {
            file = try KeyFile.read(path, limit: PasswordTable.largestFile)
        } catch {
            throw KeyFileFaults([error])
        }
        let table = try PasswordTable(file.bytes, file: path)
        var notes: [String] = []
        if file.isReadableByAll { notes.append("\(path) can be read by everybody on this machine") }
        if table.weakCount > 0 {
            notes.append("\(path) has weak hashes (\(table.weakCount)): 'skep passwd' makes strong ones")
        }
        return (table, notes)
    }
}
