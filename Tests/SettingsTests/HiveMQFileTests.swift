import BrokerTransport
import BrokerValues
import Testing

@testable import Settings

@Suite("Files written for HiveMQ")
struct HiveMQFileTests {
    static let version3 = """
        <?xml version="1.0"?>
        <hivemq xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                xsi:noNamespaceSchemaLocation="hivemq-config.xsd">
            <listeners>
                <tcp-listener>
                    <port>${HIVEMQ_PORT}</port>
                    <bind-address>127.0.0.1</bind-address>
                </tcp-listener>
                <tcp-listener>
                    <port>1885</port>
                    <bind-address>127.0.0.1</bind-address>
                    <proxy-protocol>false</proxy-protocol>
                </tcp-listener>
                <websocket-listener>
                    <port>8000</port>
                    <bind-address>127.0.0.1</bind-address>
                    <path>/mqtt</path>
                    <subprotocols><subprotocol>mqttv3.1</subprotocol></subprotocols>
                </websocket-listener>
            </listeners>
            <mqtt>
                <max-client-id-length>23</max-client-id-length>
                <retry-interval>10</retry-interval>
                <no-connect-packet-idle-timeout-millis>5000</no-connect-packet-idle-timeout-millis>
                <max-queued-messages>100</max-queued-messages>
            </mqtt>
            <throttling>
                <max-connections>-1</max-connections>
                <max-message-size>268435456</max-message-size>
                <outgoing-limit>0</outgoing-limit>
                <incoming-limit>0</incoming-limit>
            </throttling>
            <general>
                <update-check-enabled>true</update-check-enabled>
            </general>
            <persistence>
                <retained-messages><mode>file</mode></retained-messages>
                <client-session>
                    <general><mode>file</mode></general>
                    <subscriptions><mode>file</mode></subscriptions>
                    <queued-messages>
                        <max-queued-messages>2000</max-queued-messages>
                        <queued-messages-strategy>discard-oldest</queued-messages-strategy>
                        <mode>file</mode>
                    </queued-messages>
                </client-session>
                <message-flow><incoming><mode>in-memory</mode></incoming></message-flow>
            </persistence>
            <cluster>
                <enabled>true</enabled>
                <discovery><plugin><reload-interval>30</reload-interval></plugin></discovery>
            </cluster>
            <web-ui><enabled>true</enabled></web-ui>
            <rest-service><servlet-path>/servlet</servlet-path></rest-service>
            <overload-protection><enabled>true</enabled></overload-protection>
            <internal><option><key>a</key><value>b</value></option></internal>
        </hivemq>
        """

    static let version4 = """
        <?xml version="1.0" encoding="UTF-8" ?>
        <hivemq xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="config.xsd">
            <listeners>
                <tcp-listener>
                    <port>1883</port>
                    <bind-address>0.0.0.0</bind-address>
                    <name>plain</name>
                    <anonymous>true</anonymous>
                    <socket-options><send-buffer-size>1</send-buffer-size></socket-options>
                    <connect-overload-protection><connect-rate>500</connect-rate></connect-overload-protection>
                </tcp-listener>
            </listeners>
            <mqtt>
                <session-expiry><max-interval>3600</max-interval></session-expiry>
                <message-expiry><max-interval>4294967296</max-interval></message-expiry>
                <packets><max-packet-size>1000000</max-packet-size></packets>
                <receive-maximum><server-receive-maximum>10</server-receive-maximum></receive-maximum>
                <keep-alive>
                    <max-keep-alive>600</max-keep-alive>
                    <allow-unlimited>false</allow-unlimited>
                </keep-alive>
                <topic-alias><enabled>true</enabled><max-per-client>7</max-per-client></topic-alias>
                <subscription-identifier><enabled>false</enabled></subscription-identifier>
                <wildcard-subscriptions><enabled>false</enabled></wildcard-subscriptions>
                <shared-subscriptions><enabled>false</enabled></shared-subscriptions>
                <retained-messages><enabled>false</enabled></retained-messages>
                <quality-of-service><max-qos>1</max-qos></quality-of-service>
                <queued-messages>
                    <max-queue-size>500</max-queue-size>
                    <strategy>discard-oldest</strategy>
                </queued-messages>
            </mqtt>
            <restrictions>
                <max-connections>-1</max-connections>
                <incoming-bandwidth-throttling>0</incoming-bandwidth-throttling>
                <no-connect-idle-timeout>7000</no-connect-idle-timeout>
                <max-client-id-length>100</max-client-id-length>
                <max-topic-length>200</max-topic-length>
            </restrictions>
            <security>
                <payload-format-validation><enabled>false</enabled></payload-format-validation>
                <utf8-validation><enabled>true</enabled></utf8-validation>
                <allow-empty-client-id><enabled>false</enabled></allow-empty-client-id>
                <allow-request-problem-information><enabled>true</enabled></allow-request-problem-information>
            </security>
            <control-center><enabled>true</enabled></control-center>
            <anonymous-usage-statistics><enabled>true</enabled></anonymous-usage-statistics>
            <rest-api><enabled>false</enabled></rest-api>
        </hivemq>
        """

    @Test("A file of HiveMQ 3.x starts with its values, and a warning for each part that is not built")
    func generation3() throws {
        let settings = try settings(Self.version3, environment: ["HIVEMQ_PORT": "1884"])
        var expected = BrokerLimits()
        expected.maximumClientIdentifierLength = 23
        expected.connectTimeoutMilliseconds = 5_000
        expected.maximumInflight = 100
        expected.maximumPacketSize = 268_435_456
        expected.maximumQueuedMessages = 2_000
        expected.queueStrategy = .discardOldest
        #expect(settings.limits == expected)
        #expect(
            settings.transport.listeners.map(\.identity.name) == [
                "tcp-listener-1884", "tcp-listener-1885", "websocket-listener-8000",
            ])
        let ignored = [
            (23, "mqtt/retry-interval"),
            (33, "general"), (40, "persistence/client-session/subscriptions"), (47, "persistence/message-flow"),
            (49, "cluster"), (53, "web-ui"), (54, "rest-service"),
            (56, "internal"),
        ]
        let reasons = [
            "mqtt/retry-interval": ": a live connection is not resent to",
            "persistence/client-session/subscriptions": ": subscriptions are kept with their sessions",
            "persistence/message-flow": ": what is in flight is kept with the queued messages",
        ]
        #expect(
            settings.warnings
                == ignored.map { "config.xml:\($0): \($1): has no effect in this version\(reasons[$1] ?? "")" })
    }

    @Test("A file of HiveMQ 4.x starts with its values")
    func generation4() throws {
        let settings = try settings(Self.version4)
        var expected = BrokerLimits()
        expected.maximumSessionExpiry = 3_600
        expected.maximumPacketSize = 1_000_000
        expected.serverReceiveMaximum = 10
        expected.maximumKeepAlive = 600
        expected.allowUnlimitedKeepAlive = false
        expected.topicAliasMaximum = 7
        expected.subscriptionIdentifiersAvailable = false
        expected.wildcardSubscriptionsAvailable = false
        expected.sharedSubscriptionsAvailable = false
        expected.retainAvailable = false
        expected.maximumQoS = .atLeastOnce
        expected.maximumQueuedMessages = 500
        expected.queueStrategy = .discardOldest
        expected.connectTimeoutMilliseconds = 7_000
        expected.maximumClientIdentifierLength = 100
        expected.maximumTopicLength = 200
        expected.allowEmptyClientIdentifier = false
        #expect(settings.limits == expected)
        #expect(settings.transport.listeners.map(\.identity.name) == ["plain"])
        #expect(settings.transport.listeners.map(\.connectRate) == [ConnectRate(perSecond: 500, burst: 1_000)])
        #expect(settings.warnings.count == 7)
        #expect(
            settings.warnings.first
                == "config.xml:9: listeners/tcp-listener/socket-options: has no effect in this version")
    }

    @Test("Every element without effect is accepted with one warning, whatever is below it")
    func ignored() throws {
        // Listeners with TLS need files, see `TLSSettingsTests`.
        for path in IgnoredElements.notes.keys where !path.hasPrefix("listeners/tls-") {
            // A listener needs a port, and a file with listeners needs one that can be opened.
            let names = path.split(separator: "/").map(String.init)
            let kind = names[0] == "listeners" ? names[1] : "tcp-listener"
            let needed = "<listeners><\(kind)><port>1</port><bind-address>::1</bind-address>"
            let tail = "</\(kind)></listeners>"
            let inside = names.last.map { "<\($0) a=\"b\">x<unheard-of>${NOT_SET}</unheard-of></\($0)>" } ?? ""
            let text =
                if names[0] == "listeners" {
                    "<hivemq>\(needed)\(inside)\(tail)</hivemq>"
                } else {
                    "<hivemq>\(needed)\(tail)\(names.dropLast().reversed().reduce(inside) { "<\($1)>\($0)</\($1)>" })</hivemq>"
                }
            let warnings = try settings(text).warnings
            #expect(warnings.count == 1)
            #expect(warnings[0].hasPrefix("config.xml:1: \(path): has no effect in this version"))
        }
    }

    @Test(
        "The parts of HiveMQ and of later versions are known by name",
        arguments: [
            "cluster", "general", "web-ui", "control-center",
            "rest-service", "rest-api", "internal", "shared-subscriptions", "health-api", "client-event-history",
            "anonymous-usage-statistics", "mqtt-addons", "data-hub",
            "security/utf8-validation", "persistences",
        ])
    func names(path: String) throws {
        #expect(
            try settings(document(path, "")).warnings == ["config.xml:1: \(path): has no effect in this version"])
    }

    @Test("Encryption that has no effect is said in words")
    func encryption() throws {
        let text = document("listeners/tcp-listener/tls", "<keystore/>")
        #expect(
            try settings(text).warnings == [
                "config.xml:1: listeners/tcp-listener/tls: has no effect in this version: this listener is not encrypted"
            ])
    }

    @Test("Both generations may set the same option to the same value, and not to two")
    func generations() throws {
        func text(_ second: String) -> String {
            """
            <hivemq>
            <mqtt><no-connect-packet-idle-timeout-millis>500</no-connect-packet-idle-timeout-millis></mqtt>
            <restrictions><no-connect-idle-timeout>\(second)</no-connect-idle-timeout></restrictions>
            </hivemq>
            """
        }
        #expect(try settings(text("0500")).limits.connectTimeoutMilliseconds == 500)
        #expect(
            faults(text("600")) == [
                "config.xml:3: restrictions/no-connect-idle-timeout: found \"600\" after \"500\" in line 2 "
                    + "(mqtt/no-connect-packet-idle-timeout-millis), allowed is one value: both set the same option"
            ])
    }

    @Test("The two queues of 3.x that are both called max-queued-messages set two options")
    func queues() throws {
        let text = """
            <hivemq><mqtt><max-queued-messages>11</max-queued-messages></mqtt><persistence><client-session>
            <queued-messages><max-queued-messages>22</max-queued-messages></queued-messages>
            </client-session></persistence></hivemq>
            """
        let limits = try settings(text).limits
        #expect(limits.maximumInflight == 11)
        #expect(limits.maximumQueuedMessages == 22)
    }
}
