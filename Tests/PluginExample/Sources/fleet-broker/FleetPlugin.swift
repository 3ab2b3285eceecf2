import PluginAPI
import Synchronization

/// The rules of a fleet of devices, each of which has the password `key of <its name>`:
///
/// - a device publishes below `devices/<its name>/` and gets what is sent to `commands/<its name>/`, nothing else;
/// - what it publishes gets the seconds since the broker's start in front, so that nobody has to trust its clock;
/// - when it was last seen is kept with its session, and told to all under `fleet/last-seen/<its name>`.
final class FleetPlugin: Authenticator, Authorizer, PublishInterceptor, ConnectionObserver {
    let information = PluginInformation(name: "fleet", version: "1.0.0", author: "An example")

    private let services = Mutex<PluginServices?>(nil)

    func start(_ services: PluginServices) async throws {
        self.services.withLock { $0 = services }
        services.log.log(.notice, "The rules of the fleet are in force")
    }

    func authenticate(_ attempt: LoginAttempt) async throws -> AuthenticationResult {
        guard let name = attempt.userName, attempt.password?.text == "key of \(name)" else { return .abstain }
        // It becomes a part of topics: a name such as "+" would mean all devices.
        guard name.utf8.allSatisfy({ !"+#/".utf8.contains($0) }) else { return .refuse(.badUserNameOrPassword) }
        return .accept()
    }

    func permissions(of client: Client) async throws -> Permissions {
        guard let name = client.userName else { return Permissions([], otherwise: .deny) }
        return Permissions(
            [
                Permission(.allow, "devices/\(name)/#", activity: .publish),
                Permission(.allow, "commands/\(name)/#", activity: .subscribe),
                Permission(.allow, "fleet/#", activity: .subscribe),
            ], otherwise: .deny)
    }

    func publishReceived(_ message: PublishedMessage, from client: Client) async throws -> PublishDecision {
        var stamped = message
        stamped.payload = Array("\(Self.now) ".utf8) + message.payload
        return .change(stamped)
    }

    func disconnected(_ client: Client, _ end: Disconnection) async {
        guard let services = services.withLock({ $0 }), let name = client.userName else { return }
        let text = "\(end.timestamp) \(end.isGraceful ? "said goodbye" : end.cause)"
        // Of two ends that are told in the wrong order the later one stays.
        _ = try? await services.attributes.putIfNewer(
            client.identifier, "last-seen", Array(text.utf8), timestamp: end.timestamp)
        try? await services.publisher.publish(
            PublishedMessage(topic: "fleet/last-seen/\(name)", payload: Array(text.utf8), isRetained: true))
    }

    /// Seconds since the program started, as an example.
    private static let started = ContinuousClock.now
    private static var now: Int64 { (ContinuousClock.now - started).components.seconds }
}
