import Foundation
import Testing

extension IntegrationTests {
    /// `Tests/PluginExample`, built as a user builds it: a broker with a plugin that is not ours.
    @Suite("A broker with a plugin of a user")
    struct PluginExampleTests {
        private func named(_ device: String, _ identifier: String) -> [String] {
            ["-u", device, "-P", "key of \(device)", "-i", identifier]
        }

        @Test("Its rules hold for real clients, it changes messages, and tells when a device was last seen")
        func fleet() async throws {
            try await withBroker(program: Project.fleetBroker()) { broker in
                let client = Mosquitto(port: broker.port)
                let common = ["-h", "127.0.0.1", "-p", "\(broker.port)"]
                let pump = try await client.subscriber(
                    named("pump", "pump-1") + ["-t", "commands/pump/#", "-t", "fleet/#", "-q", "1"])
                for (device, topic) in [("valve", "devices/valve/state"), ("valve", "devices/pump/state")] {
                    try await ChildProcess(
                        "mosquitto_pub",
                        common + named(device, "\(device)-1") + ["-t", topic, "-m", "open", "-q", "1"]
                    ).success()
                }
                let seen = try await pump.messages(1)
                #expect(seen[0].wholeMatch(of: #/fleet/last-seen/valve 0 0 [0-9]+ said goodbye/#) != nil, "\(seen)")
                let stranger = try ChildProcess(
                    "mosquitto_pub", common + ["-u", "pump", "-P", "wrong", "-t", "a", "-m", "x"])
                #expect(try await stranger.ending() != .exit(0))
                #expect(broker.log.contains { $0.contains("The rules of the fleet are in force") })
                let bean = try await ChildProcess(
                    try Project.skepctl(), ["beans", "read", "skep:type=Plugin,name=fleet", "--socket", broker.socket]
                ).success()
                #expect(bean.contains("An example"), "\(bean)")
                let timers = try await ChildProcess(
                    try Project.skepctl(), ["metrics", "skep_plugin_calls_total", "--socket", broker.socket]
                ).success()
                #expect(timers.contains("fleet"), "\(timers)")
            }
        }
    }
}
