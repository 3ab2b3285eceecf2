import BrokerTransport
import BrokerValues
import Logging
import Settings
import Synchronization
import Testing

@testable import SkepBroker

struct SettingsReloadTests {
    /// Keeps the lines of a log.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func append(_ line: String) { lines.withLock { $0.append(line) } }

        /// All since the last call.
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            // What the kinds are for is told by LogFormatTests.
            let fields = (event.metadata ?? [:]).filter { $0.key != LogKind.field }.sorted { $0.key < $1.key }
                .map { " \($0.key)=\($0.value)" }
            lines.append("\(event.level) \(event.message)\(fields.joined())")
        }
    }

    /// What the file says next; nil for a file that is not there.
    private final class File { var text: String? = "" }

    private let lines = Lines()
    private let file = File()
    private let applied = Applied()

    private final class Applied { var settings: [EffectiveSettings] = [] }

    private func reload(_ text: String) throws -> SettingsReload {
        file.text = text
        let (file, applied, lines) = (file, applied, lines)
        let read = { () throws(SettingsFailure) -> LoadedSettings in
            guard let text = file.text else {
                throw SettingsFailure(path: nil, faults: ["c: cannot be read"], warnings: [])
            }
            do throws(SettingsFaults) {
                let settings = try SettingsReader.read(
                    text, fileName: "c", environment: [:], defaults: SettingsDefaults(eventLoops: 2))
                return LoadedSettings(effective: settings, source: "c", isFromFile: true)
            } catch {
                throw SettingsFailure(path: "c", faults: error.faults.map(\.description), warnings: error.warnings)
            }
        }
        return SettingsReload(
            current: try read().effective, logger: Logger(label: "test", factory: { _ in Handler(lines: lines) }),
            read: read, apply: { applied.settings.append($0.effective) })
    }

    @Test("Each change is logged with its old and new value, and is in force")
    func changes() throws {
        var reload = try reload("<skep/>")
        file.text = """
            <skep><mqtt><max-inflight>7</max-inflight></mqtt><threads><event-loops>5</event-loops></threads>
            <cluster/></skep>
            """
        reload.run()
        #expect(
            lines.take() == [
                "warning c:2: cluster: has no effect in this version",
                "notice Needs a restart: threads/event-loops: 2 -> 5",
                "notice Changed: mqtt/max-inflight: 1000 -> 7 messages",
                "notice The settings were read again changed=1 need-restart=1 settings=c",
            ])
        #expect(applied.settings.map(\.limits.maximumInflight) == [7])
        #expect(applied.settings.map(\.transport.eventLoops) == [2])
        reload.run()
        #expect(
            lines.take().dropFirst() == [
                "notice Needs a restart: threads/event-loops: 2 -> 5",
                "notice The settings were read again changed=0 need-restart=1 settings=c",
            ])
    }

    @Test("No change is logged as such")
    func nothing() throws {
        var reload = try reload("<skep/>")
        reload.run()
        #expect(
            lines.take() == [
                "notice The settings were read again: nothing has changed changed=0 need-restart=0 settings=c"
            ])
    }

    @Test(
        "A file with faults changes nothing, each fault is logged, and a repaired file is held against what is in force"
    )
    func faults() throws {
        var reload = try reload("<skep/>")
        file.text = """
            <skep><mqtt><max-inflight>0</max-inflight>
            <retry-interval>1</retry-interval><max-infligt>9</max-infligt></mqtt>
            <restrictions><max-sessions>8</max-sessions></restrictions></skep>
            """
        reload.run()
        let said = lines.take()
        #expect(said.count == 4)
        #expect(said[0].hasPrefix("warning c:2: mqtt/retry-interval: has no effect"))
        #expect(said[1].hasPrefix("error c:1: mqtt/max-inflight: found \"0\""))
        #expect(said[2].hasPrefix("error c:2: mqtt/max-infligt: there is no such element"))
        #expect(said[3] == "error The settings were read again and have faults: nothing has changed faults=2")
        file.text = nil
        reload.run()
        #expect(lines.take().first == "error c: cannot be read")
        #expect(applied.settings.isEmpty)
        file.text = "<skep><restrictions><max-sessions>8</max-sessions></restrictions></skep>"
        reload.run()
        #expect(lines.take().first == "notice Changed: restrictions/max-sessions: 5000000 -> 8 sessions")
        #expect(applied.settings.map(\.limits.maximumSessions) == [8])
    }
}
