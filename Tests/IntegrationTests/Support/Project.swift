import Foundation

/// Where things of this project are, found from the place of this file.
enum Project {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A file that a script must have made.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The release build of the broker.
    static func skep() throws -> String { try made(".build/release/skep", by: "packaging/build") }

    /// The release build of the operator's tool.
    static func skepctl() throws -> String { try made(".build/release/skepctl", by: "packaging/build") }

    /// The package of a user, with a broker and a plugin of its own.
    static func fleetBroker() throws -> String {
        try made(
            ".build/example/debug/fleet-broker",
            by: "swift build --package-path Tests/PluginExample --scratch-path .build/example")
    }

    /// The load generator. The debug build does, and the tests are built with it.
    static func skepbench() throws -> String { try made(".build/debug/skepbench", by: "swift build --build-tests") }

    /// The Python that has the clients of others: Paho, Prometheus, Jolokia.
    static func python() throws -> String { try made(".build/clients/bin/python3", by: "packaging/test") }

    /// A script or source of `Clients`.
    static func client(_ name: String) -> String {
        root.appending(path: "Tests/IntegrationTests/Clients/\(name)").path
    }

    private static func made(_ path: String, by script: String) throws -> String {
        let file = root.appending(path: path).path
        guard FileManager.default.isExecutableFile(atPath: file) else {
            throw Missing(description: "\(path) is missing: run \(script) first")
        }
        return file
    }
}

/// A directory that lasts as long as this object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "skep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}
