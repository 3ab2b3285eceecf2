import BrokerCore
import BrokerTestKit
import BrokerTransport
import BrokerValues
import Logging
import NIOCore
import NIOPosix
import PluginAPI
import Synchronization
import Testing

@testable import SkepBroker

/// Does in its start what a test says.
private final class Starter: Plugin {
    let information: PluginInformation
    private let body: @Sendable () async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        information = PluginInformation(name: name, version: "1")
        self.body = body
    }

    func ready() async throws { try await body() }
}

@Suite("The start of a broker with plugins")
struct StartTests {
    private struct Refusal: Error {}

    /// A port on which nobody listens now.
    private func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return try #require(channel.localAddress?.port)
    }

    private func run(
        _ plugins: [any Plugin], port: Int, _ body: (TestBroker) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let host = PluginHost(
            plugins, limits: PluginLimits(), anonymousListeners: ["test"],
            loop: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
        try await TestBroker.with(
            listener: {
                $0 = ListenerConfiguration(
                    identity: $0.identity, bindAddress: $0.bindAddress, port: port, anonymous: true)
            },
            beforeAccepting: { try await host.ready() }, body)
    }

    @Test("A client that comes before every plugin is ready waits, and is let in then")
    func ready() async throws {
        let port = try await freePort()
        let early = Mutex<TestClient?>(nil)
        let plugin = Starter("late") {
            let client = try await TestClient.open(port: port)
            client.sendConnect(ConnectFields(id: "early", version: .v5))
            early.withLock { $0 = client }
            // Long enough for a broker that does not wait to have answered.
            try await Task.sleep(for: .milliseconds(300))
            #expect(client.receivedBytes.isEmpty)
        }
        try await run([plugin], port: port) { _ in
            let client = try #require(early.withLock { $0 })
            #expect(try await client.nextConnack().code == 0)
            await client.close()
        }
    }

    @Test("A plugin that is not ready ends the start, and its name is told")
    func refusal() async throws {
        let port = try await freePort()
        let failure = await #expect(throws: PluginFailure.self) {
            try await run([Starter("fine") {}, Starter("unwilling") { throw Refusal() }], port: port) { _ in
                Issue.record("it is running")
            }
        }
        #expect(failure?.name == "unwilling")
        await #expect(throws: (any Error).self, "nobody listens any more") { try await TestClient.open(port: port) }
    }
}
