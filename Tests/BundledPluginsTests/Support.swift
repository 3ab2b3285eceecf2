import FoundationEssentials
import PluginAPI
import Testing

@testable import BundledPlugins

/// What a client shows; its address tells it from others.
func attempt(
    _ userName: String?, _ password: String?, identifier: String = "client", address: String = "192.0.2.1:1000",
    certificate: CertificateInformation? = nil
) -> LoginAttempt {
    LoginAttempt(
        clientIdentifier: identifier, userName: userName, password: password.map { Secret(Array($0.utf8)) },
        connection: connection(address, certificate))
}

func connection(_ address: String, _ certificate: CertificateInformation? = nil) -> ConnectionInformation {
    ConnectionInformation(
        address: address, listener: "tcp", version: .v5,
        security: certificate.map { SecurityInformation(version: "TLSv1.3", certificate: $0) })
}

func client(_ identifier: String, _ userName: String?, address: String = "192.0.2.1:1000") -> Client {
    Client(identifier: identifier, userName: userName, connection: connection(address))
}

/// The printed faults of reading something; empty if it is good.
func problems(_ read: () throws(KeyFileFaults) -> Void) -> [String] {
    do throws(KeyFileFaults) {
        try read()
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

/// Runs a test with a directory of its own that is gone afterwards.
func withDirectory(_ body: (String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.path + "/skep-plugins-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
}

func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

/// What a list of permissions comes to: the first that covers decides. Slow and obvious.
extension Permissions {
    func allows(
        _ activity: Permission.Activity, _ topic: String, qos: Permission.Qualities = .zero, retained: Bool = false
    ) -> Bool {
        for permission in list
        where permission.activity.contains(activity) && permission.qualities.contains(qos)
            && (activity != .publish || permission.retention.contains(retained ? .retained : .notRetained))
            && Self.matches(permission.topic, topic)
        {
            return permission.effect == .allow
        }
        return otherwise == .accept
    }

    private static func matches(_ filter: String, _ topic: String) -> Bool {
        let filter = filter.split(separator: "/", omittingEmptySubsequences: false)
        let topic = topic.split(separator: "/", omittingEmptySubsequences: false)
        if topic[0].hasPrefix("$"), filter[0] == "+" || filter[0] == "#" { return false }
        for (index, level) in filter.enumerated() {
            if level == "#" { return topic.count >= index }
            guard index < topic.count, level == "+" || level == topic[index] else { return false }
        }
        return filter.count == topic.count
    }
}
