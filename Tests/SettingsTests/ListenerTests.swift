import BrokerTransport
import BrokerValues
import Testing

@testable import Settings

@Suite("Listeners")
struct ListenerTests {
    private static func rule(_ address: String) -> String {
        "other machines can reach \(address) and nobody can log in: add <authentication> with a password file, or <anonymous>true</anonymous> to let everybody "
            + "in, or bind to 127.0.0.1"
    }

    private func file(_ listeners: String...) -> String {
        let inner = listeners.map { "<tcp-listener>\($0)</tcp-listener>\n" }.joined()
        return "<skep><listeners>\n\(inner)</listeners></skep>"
    }

    @Test("Without a file, and without a listeners element, MQTT is on both loopback addresses, anonymous")
    func standard() throws {
        let expected = [
            ListenerConfiguration(
                identity: ListenerIdentity("tcp-listener-1883"), bindAddress: "127.0.0.1", port: 1883,
                anonymous: true),
            ListenerConfiguration(
                identity: ListenerIdentity("tcp-listener-1883-ipv6"), bindAddress: "::1", port: 1883,
                anonymous: true, isOptional: true),
        ]
        let withoutFile = SettingsReader.withoutFile(defaults: SettingsDefaults(eventLoops: 3))
        #expect(withoutFile.transport == TransportConfiguration(listeners: expected, eventLoops: 3))
        #expect(withoutFile.limits == BrokerLimits())
        #expect(try settings("<skep/>").transport.listeners == expected)
    }

    @Test(
        "Loopback listeners are anonymous unasked",
        arguments: ["127.0.0.1", "127.255.3.4", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"])
    func loopback(address: String) throws {
        let text = file("<port>1883</port><bind-address>\(address)</bind-address>")
        #expect(try settings(text).transport.listeners.map(\.anonymous) == [true])
    }

    @Test(
        "Where clients can log in they have to, on a loopback address too, unless the listener says that it is anonymous"
    )
    func loopbackWithUsers() throws {
        let users = "<authentication><password-file><path>/p</path></password-file></authentication>"
        func listener(_ more: String) -> String {
            """
            <skep><listeners><tcp-listener><port>1</port><bind-address>127.0.0.1</bind-address>\(more)</tcp-listener>
            </listeners>\(users)</skep>
            """
        }
        #expect(try settings(listener("")).transport.listeners.map(\.anonymous) == [false])
        #expect(try settings(listener("<anonymous>true</anonymous>")).transport.listeners.map(\.anonymous) == [true])
        #expect(try settings("<skep>\(users)</skep>").transport.listeners.map(\.anonymous) == [false, false])
        let plugins = SettingsDefaults(eventLoops: 1, hasAuthentication: true)
        #expect(SettingsReader.withoutFile(defaults: plugins).transport.listeners.map(\.anonymous) == [false, false])
    }

    @Test(
        "A listener that others can reach must say that it is anonymous",
        arguments: [
            "0.0.0.0", "::", "192.168.1.1", "128.0.0.1", "127.0.0.1.example.org", "127.evil.example", "127.0.0",
            "127.0.0.256", "127.0.0.1.1", "127..0.1", "::2", "localhost.example.org", "127.0.0.+1", "126.0.0.1",
        ])
    func others(address: String) throws {
        let start = "<port>1883</port>\n<bind-address>\(address)</bind-address>"
        #expect(
            faults(file(start)) == ["config.xml:3: listeners/tcp-listener/bind-address: \(Self.rule(address))"])
        let listeners = try settings(file(start + "<anonymous>true</anonymous>")).transport.listeners
        #expect(listeners.map(\.anonymous) == [true])
        #expect(listeners.map(\.bindAddress) == [address])
    }

    @Test("Without an address a listener means every address, so the rule holds")
    func everyAddress() throws {
        #expect(
            faults(file("<port>1883</port>"))
                == ["config.xml:2: listeners/tcp-listener/bind-address: \(Self.rule("0.0.0.0"))"])
        let listeners = try settings(file("<port>1883</port><anonymous>true</anonymous>")).transport.listeners
        #expect(listeners.map(\.bindAddress) == ["0.0.0.0"])
    }

    @Test("A listener that admits nobody is refused, also on loopback", arguments: ["127.0.0.1", "0.0.0.0"])
    func nobody(address: String) {
        let text = file("<port>1</port><bind-address>\(address)</bind-address>\n<anonymous>false</anonymous>")
        #expect(
            faults(text) == [
                "config.xml:3: listeners/tcp-listener/anonymous: no client could log in: nothing below <authentication> says who may"
            ])
    }

    @Test("A listener needs a port")
    func port() {
        #expect(
            faults(file("<bind-address>::1</bind-address>")) == [
                "config.xml:2: listeners/tcp-listener/port: found nothing, allowed is a whole number from 0 to 65535"
            ])
    }

    @Test("A wrong value of a listener is one fault, not the start of others")
    func oneFault() {
        #expect(faults(file("<port>x</port><bind-address>::1</bind-address>")).count == 1)
        #expect(faults(file("<port>1</port><bind-address></bind-address>")).count == 1)
        #expect(faults(file("<port>1</port><anonymous>yes</anonymous>")).count == 1)
    }

    @Test("A name that is taken, given or generated, gets a number and a warning")
    func names() throws {
        let local = "<bind-address>127.0.0.1</bind-address>"
        let settings = try settings(
            file(
                "<port>1</port><name>a</name>\(local)", "<port>2</port><name>a</name>\(local)",
                "<port>3</port><name>a</name>\(local)", "<port>4</port>\(local)",
                "<port>4</port><bind-address>::1</bind-address>"))
        #expect(
            settings.transport.listeners.map(\.identity.name)
                == ["a", "a-1", "a-2", "tcp-listener-4", "tcp-listener-4-1"])
        #expect(
            settings.warnings == [
                "config.xml:3: listeners/tcp-listener/name: \"a\" is taken, so this listener is called \"a-1\"",
                "config.xml:4: listeners/tcp-listener/name: \"a\" is taken, so this listener is called \"a-2\"",
                "config.xml:6: listeners/tcp-listener/name: \"tcp-listener-4\" is taken, so this listener is called \"tcp-listener-4-1\"",
            ])
    }

    @Test("A listener whose port is wrong brings no warning about a name made from it")
    func noNameFromWrongPort() {
        let local = "<bind-address>::1</bind-address>"
        let start = "<port>0</port>\(local)"
        for second in ["<port>x</port>\(local)", "<port>70000</port>\(local)", local] {
            let thrown = #expect(throws: SettingsFaults.self) { try settings(file(start, second)) }
            #expect(thrown?.faults.count == 1)
            #expect(thrown?.warnings == [])
        }
        let twice = "<port>1883</port>\(local)"
        let thrown = #expect(throws: SettingsFaults.self) { try settings(file(twice, twice)) }
        #expect(thrown?.faults.count == 1)
        #expect(thrown?.warnings == [])
    }

    @Test("The same address and port twice is refused, port 0 is not")
    func twice() throws {
        func text(_ port: Int) -> String {
            let one = "<port>\(port)</port><bind-address>LOCALHOST</bind-address>"
            return file(one, one.lowercased(), one)
        }
        #expect(
            faults(text(1883)) == [
                "config.xml:3: listeners/tcp-listener: localhost port 1883 is already opened by the listener in line 2",
                "config.xml:4: listeners/tcp-listener: LOCALHOST port 1883 is already opened by the listener in line 2",
            ])
        #expect(try settings(text(0)).transport.listeners.count == 3)
    }

    @Test("A file with an empty list of listeners is refused")
    func noneThere() {
        #expect(
            faults("<skep><listeners/></skep>") == ["config.xml:1: listeners: no listener that this version can open"])
    }

    @Test("A value set twice in one listener conflicts, in two listeners it does not")
    func conflicts() throws {
        let local = "<bind-address>::1</bind-address>"
        #expect(try settings(file("<port>1</port>\(local)", "<port>2</port>\(local)")).transport.listeners.count == 2)
        #expect(
            faults(file("<port>1</port>\n<port>2</port>\(local)")) == [
                "config.xml:3: listeners/tcp-listener/port: found \"2\" after \"1\" in line 2 "
                    + "(listeners/tcp-listener/port), allowed is one value: both set the same option"
            ])
    }
}
