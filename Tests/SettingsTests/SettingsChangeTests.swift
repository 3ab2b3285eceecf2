import BrokerTransport
import BrokerValues
import Monitoring
import Testing

@testable import Settings

@Suite("Changes of settings")
struct SettingsChangeTests {
    private func listener(_ port: Int, _ inside: String = "") -> String {
        "<tcp-listener><port>\(port)</port><bind-address>::1</bind-address>\(inside)</tcp-listener>"
    }

    private func file(_ listeners: String..., rest: String = "") throws -> EffectiveSettings {
        try settings("<skep><listeners>\(listeners.joined())</listeners>\(rest)</skep>")
    }

    private func protection(_ rate: Int) -> String {
        "<connect-overload-protection><connect-rate>\(rate)</connect-rate></connect-overload-protection>"
    }

    @Test("The same settings have no change, wherever they stand")
    func none() throws {
        let text = "<skep><mqtt><max-inflight>20</max-inflight></mqtt></skep>"
        let other = "<hivemq>\n\n<mqtt>\n<max-queued-messages>20</max-queued-messages></mqtt></hivemq>"
        #expect(try settings(text).changes(to: settings(other)).isEmpty)
        let standard = SettingsReader.withoutFile(defaults: SettingsDefaults(eventLoops: 2))
        #expect(try standard.changes(to: settings("<skep/>")).isEmpty)
    }

    @Test("Each changed option is told with both values and its unit, and whether it takes a restart")
    func values() throws {
        let old = try settings("<skep><mqtt><max-inflight>20</max-inflight></mqtt></skep>")
        let new = try settings(
            """
            <skep><threads><event-loops>5</event-loops></threads>
            <mqtt><queued-messages><strategy>discard-oldest</strategy></queued-messages></mqtt></skep>
            """)
        let changes = old.changes(to: new)
        #expect(
            changes.map(\.description) == [
                "threads/event-loops: 2 -> 5", "mqtt/max-inflight: 20 -> 1000 messages",
                "mqtt/queued-messages/strategy: discard -> discard-oldest",
            ])
        #expect(changes.map(\.needsRestart) == [true, false, false])
        #expect(new.changes(to: old).map(\.description).first == "threads/event-loops: 5 -> 2")
    }

    @Test("What needs no restart is taken over, everything else stays, and is told again the next time")
    func takingOver() throws {
        let old = try file(listener(1), rest: "<metrics><http><port>9</port></http></metrics>")
        let new = try file(
            listener(1, protection(5)),
            rest: """
                <threads><event-loops>5</event-loops></threads><mqtt><max-inflight>3</max-inflight>
                <topic-alias><enabled>false</enabled></topic-alias></mqtt>
                """)
        let inForce = old.takingOver(new)
        #expect(inForce.limits == new.limits)
        #expect(inForce.limits.topicAliasMaximum == 0)
        #expect(inForce.transport.eventLoops == 2)
        #expect(inForce.transport.listeners.map(\.connectRate) == [ConnectRate(perSecond: 5)])
        #expect(inForce.monitoring == old.monitoring)
        #expect(inForce.monitoring.http.isConfigured)
        #expect(inForce.origin(of: "mqtt/max-inflight") == new.origin(of: "mqtt/max-inflight"))
        #expect(inForce.origin(of: "metrics/http/port") == old.origin(of: "metrics/http/port"))
        #expect(inForce.origin(of: "threads/event-loops") == .standard)
        #expect(inForce.hash != old.hash)
        #expect(inForce.changes(to: new).map(\.path) == ["threads/event-loops", "metrics/http/port"])
        #expect(inForce.takingOver(old).hash == old.hash)
        #expect(inForce.takingOver(old).changes(to: old).isEmpty)
    }

    @Test("Taking over settings of every reloadable option leaves nothing but what needs a restart")
    func everything() throws {
        let old = try settings("<skep/>")
        var values = old.values
        for (option, field) in OptionTable.brokerOptions {
            let candidates: [String] =
                switch option.kind {
                case .integer(let bounds): ["\(bounds.lowerBound)", "\(bounds.upperBound)"]
                case .boolean: ["true", "false"]
                case .choice(let names): names
                case .httpPath, .filePath: ["/other"]
                case .network: ["10.0.0.0/8"]
                case .string: ["other"]
                case .double(let bounds): ["\(bounds.lowerBound)", "\(bounds.upperBound)"]
                }
            let other = try #require(candidates.last { $0 != field.read(values) })
            #expect(field.write(&values, other))
        }
        let new = EffectiveSettings(values: values, warnings: [], origins: [:])
        let changes = old.changes(to: new)
        #expect(changes.count >= OptionTable.brokerOptions.count - 2, "some bounds mean the default")
        let inForce = old.takingOver(new)
        #expect(inForce.limits == new.limits)
        #expect(inForce.transport == old.transport)
        #expect(inForce.changes(to: new) == changes.filter(\.needsRestart))
        #expect(changes.contains { $0.needsRestart } && changes.contains { !$0.needsRestart })
    }

    @Test("The rate of a listener changes at once, its address after a restart")
    func listeners() throws {
        let old = try file(listener(1, protection(5)), listener(2))
        let new = try file(listener(1), listener(3, protection(6)))
        let changes = old.changes(to: new)
        let first = "listeners/tcp-listener[1]/connect-overload-protection"
        let second = "listeners/tcp-listener[2]"
        #expect(
            changes.filter { !$0.needsRestart }.map(\.description) == [
                "\(first)/enabled: true -> false", "\(first)/connect-rate: 5 -> none CONNECT packets a second",
                "\(first)/connect-burst-size: 10 -> none CONNECT packets",
                "\(second)/connect-overload-protection/enabled: false -> true",
                "\(second)/connect-overload-protection/connect-rate: none -> 6 CONNECT packets a second",
                "\(second)/connect-overload-protection/connect-burst-size: none -> 12 CONNECT packets",
            ])
        #expect(
            changes.filter(\.needsRestart).map(\.description) == [
                "\(second)/name: tcp-listener-2 -> tcp-listener-3", "\(second)/port: 2 -> 3",
            ])
        let listeners = old.takingOver(new).transport.listeners
        #expect(listeners.map(\.port) == [1, 2])
        #expect(listeners.map(\.connectRate) == [nil, ConnectRate(perSecond: 6)])
    }

    @Test("Listeners that come, go or move are told apart by their names")
    func movedListeners() throws {
        let old = try file(listener(1), listener(2, protection(5)))
        let moved = try file(listener(2, protection(7)), listener(1))
        #expect(
            old.changes(to: moved).map(\.description) == [
                "listeners/tcp-listener[1]/connect-overload-protection/connect-rate: 5 -> 7 CONNECT packets a second",
                "listeners/tcp-listener[1]/connect-overload-protection/connect-burst-size: 10 -> 14 CONNECT packets",
            ])
        #expect(old.takingOver(moved).transport.listeners.map { $0.connectRate?.perSecond } == [nil, 7])
        let grown = try file(listener(3), listener(2, protection(5)), listener(1))
        #expect(
            old.changes(to: grown).map(\.description)
                == ["listeners/tcp-listener: none -> tcp-listener-3 (::1 port 3)"])
        #expect(
            grown.changes(to: old).map(\.description)
                == ["listeners/tcp-listener: tcp-listener-3 (::1 port 3) -> none"])
        #expect(grown.changes(to: old).map(\.needsRestart) == [true])
        #expect(old.takingOver(grown).transport == old.transport)
        let standard = SettingsReader.withoutFile(defaults: SettingsDefaults(eventLoops: 2))
        let file = try file(listener(1))
        #expect(
            standard.changes(to: file).map(\.description) == [
                "listeners/tcp-listener[1]/name: tcp-listener-1883 -> tcp-listener-1",
                "listeners/tcp-listener[1]/port: 1883 -> 1",
                "listeners/tcp-listener[1]/bind-address: 127.0.0.1 -> ::1",
                "listeners/tcp-listener: tcp-listener-1883-ipv6 (::1 port 1883) -> none",
            ])
        #expect(standard.takingOver(file).transport == standard.transport)
    }

    @Test("A change of a secret says that it changed, and nothing of it")
    func secret() throws {
        let option = SettingsOption.listener(
            "password", .string(\.name, maximumBytes: 9), secret: true, defaultNote: "", "")
        let change = try #require(EffectiveSettings.change(option, path: "a", from: "hunter2", to: "hunter3"))
        #expect(change.description == "a: ******** -> ********")
        #expect(EffectiveSettings.change(option, path: "a", from: "", to: "hunter3")?.old == "none")
        #expect(EffectiveSettings.change(option, path: "a", from: "hunter2", to: "hunter2") == nil)
    }
}
