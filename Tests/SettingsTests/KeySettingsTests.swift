import BundledPlugins
import Testing

@testable import Settings

@Suite("Settings of users and what they may do")
struct KeySettingsTests {
    @Test("What is set reaches the plugins")
    func values() throws {
        let plugins = try settings(
            """
            <skep>
            <authentication>
            <password-file><path>/etc/skep/users</path><cache-seconds>0</cache-seconds></password-file>
            <token><key-set>/etc/skep/keys.json</key-set><algorithms>ES256</algorithms><audience>broker</audience></token>
            <certificate><user-name>common-name</user-name><names>/etc/skep/names</names></certificate>
            </authentication>
            <authorization><access-file><path>/etc/skep/acl</path><format>permissions</format></access-file></authorization>
            </skep>
            """
        ).plugins
        #expect(plugins.passwordFile.path == "/etc/skep/users" && plugins.passwordFile.cacheSeconds == 0)
        #expect(plugins.token.keySetPath == "/etc/skep/keys.json" && plugins.token.algorithms == "ES256")
        #expect(plugins.token.audience == "broker" && plugins.token.isConfigured && plugins.hasAuthenticator)
        #expect(plugins.certificate.userName == .commonName && plugins.certificate.namesPath == "/etc/skep/names")
        #expect(plugins.accessFile.path == "/etc/skep/acl" && plugins.accessFile.format == .permissions)
        #expect(try !settings("<skep/>").plugins.hasAuthenticator)
    }

    @Test(
        "What is set for nothing is a fault, since nobody would be let in by it",
        arguments: [
            (
                "authentication/token/issuer", "me",
                "without a public-key, a key-set or a secret no token can be verified"
            ),
            (
                "authentication/certificate/names", "/names",
                "without authentication/certificate/user-name certificates let nobody in"
            ),
            ("authentication/password-file/cache-seconds", "5", "there is no authentication/password-file/path"),
            ("authorization/access-file/format", "permissions", "there is no authorization/access-file/path"),
        ])
    func forNothing(_ path: String, _ value: String, _ words: String) {
        #expect(faults(document(path, value)) == ["config.xml:1: \(path): \(words)"])
    }
}
