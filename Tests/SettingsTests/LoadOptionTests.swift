import BrokerTransport
import BrokerValues
import Testing

@testable import Settings

@Suite("Options of load")
struct LoadOptionTests {
    private func rate(_ inside: String) throws -> ConnectRate? {
        try settings(document(connectProtectionPath, inside)).transport.listeners.first?.connectRate
    }

    private func rateFaults(_ inside: String) -> [String] {
        faults(document(connectProtectionPath, inside)).map {
            $0.replacing("config.xml:1: listeners/tcp-listener/connect-overload-protection", with: "...")
        }
    }

    @Test("The worked example of HiveMQ's document: 530 a second, 800 in one moment")
    func workedExample() throws {
        let text = "<connect-rate>530</connect-rate><connect-burst-size>800</connect-burst-size>"
        #expect(try rate(text) == ConnectRate(perSecond: 530, burst: 800))
        #expect(try rate("<enabled>true</enabled>" + text) == ConnectRate(perSecond: 530, burst: 800))
    }

    @Test(
        "Without a burst it is twice the rate, the fraction cut off, and at least 1",
        arguments: [("530", 1_060), ("0.75", 1), ("1.75", 3), ("0.001", 1), ("1e6", 2_000_000)])
    func standardBurst(rate text: String, burst: Int) throws {
        #expect(try rate("<connect-rate>\(text)</connect-rate>")?.burst == burst)
    }

    @Test("Without the element, and when it is not enabled, as many come in as want to")
    func off() throws {
        #expect(try settings(document("listeners/tcp-listener/port", "1")).transport.listeners[0].connectRate == nil)
        for rest in [
            "", "<connect-rate>5</connect-rate>",
            "<connect-rate>5</connect-rate><connect-burst-size>1</connect-burst-size>",
        ] {
            #expect(try rate("<enabled>false</enabled>" + rest) == nil)
        }
    }

    @Test("A protection that is in force needs a rate, and neither rate nor burst may be 0")
    func contradictions() {
        let missing =
            "...: no <connect-rate> says how many CONNECT packets a second are let in: add one, or set <enabled> to false"
        #expect(rateFaults("") == [missing])
        #expect(rateFaults("<enabled>true</enabled>") == [missing])
        #expect(
            rateFaults("<connect-burst-size>7</connect-burst-size>") == [
                "...: a burst of 7 means nothing without the rate that it may exceed: add <connect-rate>"
                    .replacing("...", with: ".../connect-burst-size")
            ])
        #expect(
            rateFaults("<connect-rate>0</connect-rate>") == [
                ".../connect-rate: found \"0\", allowed is a number from 0.001 to 1000000; "
                    + "0 would let nobody in; set <enabled> to false to let in as many as come"
            ])
        #expect(
            rateFaults("<connect-rate>5</connect-rate><connect-burst-size>0</connect-burst-size>") == [
                ".../connect-burst-size: found \"0\", allowed is a whole number from 1 to 10000000; "
                    + "a burst of 0 would let nobody in, whatever connect-rate is"
            ])
        #expect(rateFaults("<connect-rate>-1</connect-rate><connect-burst-size>2</connect-burst-size>").count == 1)
        #expect(rateFaults("<enabled>maybe</enabled>").count == 1)
    }

    @Test("Each listener has a rate of its own")
    func listeners() throws {
        func listener(_ port: Int, _ inside: String) -> String {
            "<tcp-listener><port>\(port)</port><bind-address>::1</bind-address>\(inside)</tcp-listener>"
        }
        func protection(_ rate: Int) -> String {
            "<connect-overload-protection><connect-rate>\(rate)</connect-rate></connect-overload-protection>"
        }
        let text =
            "<skep><listeners>\(listener(1, protection(5)) + listener(2, "") + listener(3, protection(7)))</listeners></skep>"
        let settings = try settings(text)
        #expect(settings.transport.listeners.map { $0.connectRate?.perSecond } == [5, nil, 7])
        let lines = settings.descriptionLines
        let name = "listeners/tcp-listener[3]/connect-overload-protection"
        #expect(lines.contains("\(name)/connect-rate = 7 CONNECT packets a second   (config.xml:1)"))
        #expect(lines.contains("\(name)/connect-burst-size = 14 CONNECT packets   (default)"))
        #expect(lines.contains("\(name)/enabled = true   (default)"))
        #expect(lines.contains("listeners/tcp-listener[2]/connect-overload-protection/enabled = false   (default)"))
        #expect(!lines.contains { $0.hasPrefix("listeners/tcp-listener[2]/connect-overload-protection/connect") })
        let other = try self.settings(text.replacing(">7<", with: ">8<"))
        #expect(other.hash != settings.hash)
    }

    private func settings(_ text: String) throws -> EffectiveSettings { try SettingsTests.settings(text) }

    @Test("The limits of connections and bandwidth arrive under the names of both generations")
    func limits() throws {
        for top in ["restrictions", "throttling"] {
            #expect(try settings(document("\(top)/max-connections", "100")).limits.maximumConnections == 100)
            for none in ["0", "-1"] {
                #expect(try settings(document("\(top)/max-connections", none)).limits.maximumConnections == 0)
            }
            for name in ["incoming-bandwidth-throttling", "incoming-limit"] {
                #expect(try settings(document("\(top)/\(name)", "5000")).limits.incomingBytesPerSecond == 5_000)
            }
            #expect(try settings(document("\(top)/outgoing-limit", "6000")).limits.outgoingBytesPerSecond == 6_000)
            #expect(try settings(document("\(top)/max-waiting-sockets", "9")).limits.maximumWaitingSockets == 9)
            #expect(try settings(document("\(top)/max-message-size", "900")).limits.maximumPacketSize == 900)
            for name in ["no-connect-idle-timeout", "no-connect-packet-idle-timeout-millis"] {
                #expect(try settings(document("\(top)/\(name)", "700")).limits.connectTimeoutMilliseconds == 700)
            }
        }
        #expect(try !settings(document("overload-protection/enabled", "false")).limits.protectsFromOverload)
    }

    @Test("A time without CONNECT that can only be meant in seconds is refused with the question")
    func seconds() {
        let start = "config.xml:1: restrictions/no-connect-idle-timeout: found"
        let allowed = "allowed is a whole number from 100 to 3600000"
        for (text, end) in [
            ("10", "; the unit is milliseconds, did you mean 10000?"),
            ("1", "; the unit is milliseconds, did you mean 1000?"),
            ("99", "; the unit is milliseconds, did you mean 99000?"), ("0", ""), ("-5", ""),
        ] {
            #expect(
                faults(document("restrictions/no-connect-idle-timeout", text)) == [
                    "\(start) \"\(text)\", \(allowed)\(end)"
                ])
        }
        #expect(faults(document("restrictions/no-connect-idle-timeout", "100")).isEmpty)
    }

    @Test("More connections than sessions are refused with both values")
    func connectionsAndSessions() {
        func text(_ connections: Int) -> String {
            "<skep><restrictions><max-connections>\(connections)</max-connections><max-sessions>10</max-sessions></restrictions></skep>"
        }
        #expect(
            faults(text(11)) == [
                "config.xml:1: restrictions/max-connections: 11 (config.xml:1) is above restrictions/max-sessions, which is 10 (config.xml:1)"
            ])
        for allowed in [-1, 0, 1, 10] { #expect(faults(text(allowed)).isEmpty) }
    }
}
