import Foundation
import Testing

/// The release build of the broker as a child process, on a port of 127.0.0.1 that the system chose.
final class BrokerProcess: Sendable {
    let child: ChildProcess
    let port: Int
    private let directory: TemporaryDirectory

    /// Starts it and waits until it is ready.
    /// - Parameters:
    ///   - settings: Elements that stand in the settings file beside the listener.
    ///   - listener: The listener; by default one for plain MQTT.
    ///   - introspection: Elements below `introspection`; without them there is no TCP port, which would be the same
    ///     for all brokers.
    ///   - data: Where it keeps its state; by default a directory of its own.
    ///   - openFiles: The limit of open files, soft and hard; nil leaves it.
    ///   - program: Another program than the release build of the broker.
    init(
        settings: String = "", introspection: String = "<tcp><enabled>false</enabled></tcp>", arguments: [String] = [],
        data: String? = nil, openFiles: Int? = nil, listener: String = BrokerProcess.plainListener,
        program: String? = nil
    ) async throws {
        directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            <skep>
              <listeners>
                \(listener)
              </listeners>
              \(settings)
              <introspection>\(introspection)</introspection>
            </skep>
            """, to: "config.xml")
        let command =
            [try program ?? Project.skep(), "run", "--config", file, "--data", data ?? directory.file("data")]
            + arguments
        let limited = openFiles.map { ["bash", "-c", "ulimit -n \($0) && exec \"$@\"", "bash"] + command } ?? command
        child = try ChildProcess(
            limited[0], Array(limited.dropFirst()), environment: ["XDG_RUNTIME_DIR": directory.path],
            directory: directory.path)
        try await child.line(containing: " Ready")
        let line = try await child.line(containing: "Listening on 127.0.0.1:")
        port = try #require(Int(line.split(separator: "Listening on 127.0.0.1:")[1].prefix { $0.isNumber }))
    }

    /// MQTT in clear text.
    static let plainListener = "<tcp-listener><port>0</port><bind-address>127.0.0.1</bind-address></tcp-listener>"

    /// The lines of its log so far.
    var log: [String] { child.errorLines }

    /// The introspection socket for operators, and the one for readers.
    var socket: String { directory.file("skep/introspection.sock") }
    var readerSocket: String { directory.file("skep/introspection-ro.sock") }

    /// Asks it to stop, and requires that it does so with status 0.
    func stop() async throws {
        child.send(signal: SIGTERM)
        try await child.success()
    }

    /// Resident memory in bytes.
    var residentBytes: Int {
        get throws {
            let statm = try String(contentsOfFile: "/proc/\(child.identifier)/statm", encoding: .utf8)
            return try #require(Int(statm.split(separator: " ")[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
    }

    /// Descriptors that it has open.
    var openFileCount: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child.identifier)/fd").count }
    }

    /// Waits until something holds, such as that descriptors were given back.
    func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
        _ = try await child.wait(for: what) { try condition() ? true : nil }
    }
}

/// Runs `body` with a fresh broker and then requires that the broker still runs and stops in good order.
func withBroker(
    settings: String = "", introspection: String = "<tcp><enabled>false</enabled></tcp>", arguments: [String] = [],
    openFiles: Int? = nil, listener: String = BrokerProcess.plainListener, program: String? = nil,
    _ body: (BrokerProcess) async throws -> Void
) async throws {
    let broker = try await BrokerProcess(
        settings: settings, introspection: introspection, arguments: arguments, openFiles: openFiles,
        listener: listener, program: program)
    try await body(broker)
    #expect(broker.child.isRunning, "the broker has ended: \(broker.child.errors)")
    try await broker.stop()
}
