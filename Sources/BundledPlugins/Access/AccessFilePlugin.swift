package import PluginAPI
import Synchronization

/// In which form rules are written.
package enum AccessFileFormat: String, Sendable, CaseIterable {
    /// Mosquitto's `acl_file`.
    case mosquitto
    /// Sections with rules in the manner of HiveMQ's permissions.
    case permissions
}

/// Where rules are.
package struct AccessFileConfiguration: Sendable, Hashable {
    /// The file; empty for none.
    package var path = ""
    package var format = AccessFileFormat.mosquitto

    /// Every default.
    package init() {}
}

/// Says by a file what clients may publish and subscribe to (``MosquittoAccessFile``, ``PermissionsFile``).
///
/// With the settings the file is read again: with a fault in it nothing changes, else all clients that are connected have
/// their new permissions at once.
package final class AccessFilePlugin: Authorizer {
    package let information = PluginInformation(name: "access-file", version: "1")

    private struct State {
        var rules: AccessRules
        var services: PluginServices?
    }

    /// Bytes of a file.
    package static let largestFile = 16 << 20

    private let configuration: AccessFileConfiguration
    private let state: Mutex<State>

    /// Reads the file.
    package init(_ configuration: AccessFileConfiguration) throws(KeyFileFaults) {
        self.configuration = configuration
        state = Mutex(State(rules: try Self.read(configuration)))
    }

    /// Keeps the services.
    package func start(_ services: PluginServices) async throws { state.withLock { $0.services = services } }

    /// What the rules say about a client.
    package func permissions(of client: Client) async throws -> Permissions {
        let rules = state.withLock { $0.rules }
        return rules.permissions(clientIdentifier: client.identifier, userName: client.userName)
    }

    /// Reads the file again.
    package func settingsReloaded() async {
        guard let services = state.withLock({ $0.services }) else { return }
        let rules: AccessRules
        do throws(KeyFileFaults) {
            rules = try Self.read(configuration)
        } catch {
            for fault in error.faults { services.log.log(.error, "\(fault)") }
            services.log.log(.error, "The access file has faults: the rules stay as they were")
            return
        }
        state.withLock { $0.rules = rules }
        services.log.log(.notice, "The access file was read again: \(rules.count) rules")
        await ConnectedClients(services: services).refreshPermissions()
    }

    /// Lets go of the services.
    package func stop() async { state.withLock { $0.services = nil } }

    /// The rules of a text in one of the forms.
    package static func rules(
        _ bytes: [UInt8], _ format: AccessFileFormat, file: String
    ) throws(KeyFileFaults) -> AccessRules {
        switch format {
        case .mosquitto: try MosquittoAccessFile.read(bytes, file: file)
        case .permissions: try PermissionsFile.read(bytes, file: file)
        }
    }

    private static func read(_ configuration: AccessFileConfiguration) throws(KeyFileFaults) -> AccessRules {
        let file: KeyFile
        do throws(KeyFileFault) {
            file = try KeyFile.read(configuration.path, limit: largestFile)
        } catch {
            throw KeyFileFaults([error])
        }
        return try rules(file.bytes, configuration.format, file: configuration.path)
    }
}
