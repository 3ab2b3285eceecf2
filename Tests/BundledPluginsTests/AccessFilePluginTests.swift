import PluginAPI
import Synchronization
import Testing

@testable import BundledPlugins

@Suite("The access file plugin")
struct AccessFilePluginTests {
    @Test(
        "New rules are asked for all clients that are connected, also against a rate limit; faulty ones change nothing")
    func reload() async throws {
        try await withDirectory { (directory) async throws in
            var configuration = AccessFileConfiguration()
            configuration.path = directory + "/acl"
            try write("user u\ntopic a\n", to: configuration.path)
            let broker = FakeBroker()
            let plugin = try AccessFilePlugin(configuration)
            try await plugin.start(broker.services)
            #expect(try await plugin.permissions(of: client("c", "u")).list.map(\.topic) == ["a"])

            try write("user u\ntopic b\n", to: configuration.path)
            broker.state.withLock { $0.refusals = 3 }
            await plugin.settingsReloaded()
            #expect(try await plugin.permissions(of: client("c", "u")).list.map(\.topic) == ["b"])
            #expect(broker.state.withLock { $0.refreshes } == 1)

            try write("user u\ntopic c\nnonsense\n", to: configuration.path)
            await plugin.settingsReloaded()
            #expect(try await plugin.permissions(of: client("c", "u")).list.map(\.topic) == ["b"])
            #expect(broker.state.withLock { $0.refreshes } == 1)
            #expect(broker.lines.contains { $0.hasPrefix("error: \(configuration.path):3: ") })
        }
    }

    @Test("The format says how the file is read")
    func format() async throws {
        try await withDirectory { (directory) async throws in
            var configuration = AccessFileConfiguration()
            configuration.path = directory + "/access"
            configuration.format = .permissions
            try write("everyone\nallow all topic a\n", to: configuration.path)
            let plugin = try AccessFilePlugin(configuration)
            #expect(try await plugin.permissions(of: client("c", nil)).subscribing == .mustBeCovered)
            configuration.format = .mosquitto
            let found = problems { () throws(KeyFileFaults) in _ = try AccessFilePlugin(configuration) }
            #expect(found.count == 2)
        }
    }
}
