import BrokerTransport
import BrokerValues
import Testing

@testable import Settings

@Suite("Effective settings")
struct EffectiveSettingsTests {
    @Test("Every option is shown in one line with value, unit and origin, first those that the file sets")
    func lines() throws {
        let text = """
            <skep>
            <listeners><tcp-listener>
            <port>1884</port>
            <bind-address>::1</bind-address>
            </tcp-listener></listeners>
            <mqtt><max-inflight>20</max-inflight>
            <queued-messages><strategy>discard-oldest</strategy></queued-messages></mqtt>
            </skep>
            """
        let lines = try settings(text).descriptionLines
        // The rate and the burst of a listener without a protection are nothing to show, nor are its trusted proxies, nor
        // path, host, user and password of introspection, nor the files and claims that are not named, nor what other
        // kinds of listeners have.
        let others = OptionTable.listenerFields.count { !$0.kinds.contains(.tcp) }
        #expect(lines.count == OptionTable.options.count - others - 3 - 4 - 10)
        #expect(
            lines.prefix(6) == [
                "listeners/tcp-listener[1]/port = 1884   (config.xml:3)",
                "listeners/tcp-listener[1]/bind-address = ::1   (config.xml:4)",
                "mqtt/max-inflight = 20 messages   (config.xml:6)",
                "mqtt/queued-messages/strategy = discard-oldest   (config.xml:7)",
                "listeners/tcp-listener[1]/name = tcp-listener-1884   (default)",
                "listeners/tcp-listener[1]/anonymous = true   (default)",
            ])
        for line in [
            "threads/event-loops = 2   (default)",
            "mqtt/packets/max-packet-size = 268435460 bytes   (default)",
            "mqtt/message-expiry/max-interval = 4294967296 seconds   (default)",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("An origin says which line set an option, under whichever name")
    func origins() throws {
        let settings = try settings("<hivemq>\n<mqtt>\n<max-queued-messages>5</max-queued-messages></mqtt></hivemq>")
        #expect(settings.origin(of: "mqtt/max-inflight") == .file(name: "config.xml", line: 3))
        #expect(settings.origin(of: "mqtt/packets/max-packet-size") == .standard)
        #expect(settings.origins.count == 1)
    }

    @Test("Topic aliases that are not enabled mean a maximum of 0, whatever else is set")
    func topicAlias() throws {
        let text =
            "<skep><mqtt><topic-alias><enabled>false</enabled><max-per-client>9</max-per-client></topic-alias></mqtt></skep>"
        #expect(try settings(text).limits.topicAliasMaximum == 0)
        #expect(try settings(document("mqtt/topic-alias/enabled", "true")).limits.topicAliasMaximum == 5)
    }

    @Test("Values that need another form arrive in it")
    func forms() throws {
        #expect(try settings(document("mqtt/quality-of-service/max-qos", "0")).limits.maximumQoS == .atMostOnce)
        for (text, expected) in [("0", nil), ("1", 1), ("4294967295", UInt32.max), ("4294967296", nil)]
            as [(String, UInt32?)]
        {
            let limits = try settings(document("mqtt/message-expiry/max-interval", text)).limits
            #expect(limits.maximumMessageExpiry == expected)
        }
        let never = try settings(document("mqtt/session-expiry/max-interval", "4294967296")).limits
        #expect(never.maximumSessionExpiry == .max)
        #expect(try settings(document("threads/event-loops", "64")).transport.eventLoops == 64)
    }
}
