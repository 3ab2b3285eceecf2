import Monitoring
import Testing

@testable import Settings

@Suite("Settings of introspection")
struct IntrospectionSettingsTests {
    private func document(_ tcp: String) -> String { "<skep><introspection>\n\(tcp)\n</introspection></skep>" }

    @Test("Everything can be set, and an address that somebody chose must be had")
    func all() throws {
        let text = document(
            """
            <unix><enabled>false</enabled><path>/run/x/y.sock</path></unix>
            <tcp><enabled>true</enabled><bind-address>::1</bind-address><port>9999</port><host>broker.example</host>
            <user>ops</user><password>secret word</password></tcp>
            """)
        let introspection = try settings(text).monitoring.introspection
        #expect(introspection.unix.isEnabled == false)
        #expect(introspection.unix.path == "/run/x/y.sock")
        #expect(introspection.tcp.bindAddress == "::1")
        #expect(introspection.tcp.port == 9999)
        #expect(introspection.tcp.host == "broker.example")
        #expect(introspection.tcp.user == "ops")
        #expect(introspection.tcp.password == "secret word")
        #expect(introspection.tcp.isConfigured)
        #expect(try settings("<skep/>").monitoring.introspection.tcp.isConfigured == false)
    }

    @Test("A user without a password, and a password without a user, are refused")
    func together() throws {
        #expect(
            faults(document("<tcp><user>ops</user></tcp>")) == [
                "config.xml:2: introspection/tcp/user: introspection/tcp/password is missing: they are set together"
            ])
        #expect(
            faults(document("<tcp><password>x</password></tcp>")) == [
                "config.xml:2: introspection/tcp/password: introspection/tcp/user is missing: they are set together"
            ])
        let colon = faults(document("<tcp><user>a:b</user><password>x</password></tcp>"))
        #expect(colon.count == 1 && colon[0].contains("without a colon"))
    }

    @Test("The password is shown nowhere, and neither is it in the hash", arguments: ["hidden-1", "hidden-2"])
    func secret(password: String) throws {
        let settings = try SettingsTests.settings(
            document("<tcp><user>ops</user><password>\(password)</password></tcp>"))
        #expect(settings.shownValues["introspection/tcp/password"] == "********")
        #expect(!settings.descriptionLines.contains { $0.contains(password) })
        let other = try SettingsTests.settings(document("<tcp><user>ops</user><password>another</password></tcp>"))
        #expect(settings.hash == other.hash)
        let change = try #require(settings.changes(to: other).first)
        #expect(change.description == "introspection/tcp/password: ******** -> ********")
        #expect(change.needsRestart)
    }

    @Test("A path of the file system begins with a slash", arguments: ["run/x.sock", "x", "/"])
    func path(text: String) throws {
        let found = faults(document("<unix><path>\(text)</path></unix>"))
        #expect(found.count == 1 && found[0].contains("a path of 2 to 100 bytes that begins with /"))
    }

    @Test("Without a password a chosen address brings a warning that says what is shown there")
    func warning() throws {
        let settings = try SettingsTests.settings(document("<tcp><bind-address>0.0.0.0</bind-address></tcp>"))
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings[0].hasPrefix("config.xml:2: introspection/tcp: without user and password"))
    }

    @Test("The standard path follows the environment: systemd's folder, the user's, the system's")
    func standardPath() {
        let path = IntrospectionConfiguration.standardPath
        #expect(path(["RUNTIME_DIRECTORY": "/run/a:/run/b", "XDG_RUNTIME_DIR": "/u"]) == "/run/a/introspection.sock")
        #expect(path(["XDG_RUNTIME_DIR": "/u"]) == "/u/skep/introspection.sock")
        #expect(path([:]) == "/run/skep/introspection.sock")
        let beside = IntrospectionConfiguration.UnixPart.readerPath
        #expect(beside("/a/b.sock") == "/a/b-ro.sock")
        #expect(beside("/a/b") == "/a/b-ro")
    }
}
