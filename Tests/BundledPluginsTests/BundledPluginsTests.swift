import PluginAPI
import RandomKit
import Testing

@testable import BundledPlugins

@Suite("The plugins that ship")
struct BundledPluginsTests {
    @Test("Nothing is made that is not configured")
    func nothing() throws {
        #expect(try BundledPlugins.make(BundledPluginsConfiguration()).isEmpty)
        #expect(!BundledPluginsConfiguration().hasAuthenticator)
    }

    @Test("What is configured is made, each with a name of its own, and what costs least is asked first")
    func all() async throws {
        try await withDirectory { (directory) async throws in
            var configuration = BundledPluginsConfiguration()
            configuration.passwordFile.path = directory + "/users"
            try write(MosquittoVectors.file, to: configuration.passwordFile.path)
            configuration.token.keySetPath = directory + "/keys"
            try write(TokenVectors.jwks, to: configuration.token.keySetPath)
            configuration.token.permissionsClaim = "rights"
            configuration.certificate.userName = .commonName
            configuration.accessFile.path = directory + "/acl"
            try write("topic a\n", to: configuration.accessFile.path)
            let plugins = try BundledPlugins.make(configuration)
            #expect(Set(plugins.map(\.information.name)).count == 5)
            let authenticators = plugins.filter { $0 is any Authenticator }.sorted { $0.priority < $1.priority }
            #expect(authenticators.map(\.information.name) == ["certificate", "token", "password-file"])
            #expect(configuration.hasAuthenticator)
            configuration.token.permissionsClaim = ""
            #expect(try BundledPlugins.make(configuration).count(where: { $0 is any Authorizer }) == 1)
        }
    }

    @Test("The faults of all files are told together")
    func faultsTogether() async throws {
        try await withDirectory { (directory) async throws in
            var configuration = BundledPluginsConfiguration()
            configuration.passwordFile.path = directory + "/users"
            try write("alice\n", to: configuration.passwordFile.path)
            configuration.token.keySetPath = directory + "/missing"
            configuration.accessFile.path = directory + "/acl"
            try write("topic a#\n", to: configuration.accessFile.path)
            let found = problems { () throws(KeyFileFaults) in _ = try BundledPlugins.make(configuration) }
            #expect(found.count == 3)
            #expect(found[0] == "\(directory)/missing: No such file or directory")
        }
    }

    @Test("No mutation of a token or a set of keys stops the program or is taken", arguments: Seeds.all)
    func mutations(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let keys = try TokenKeyFiles.keySet(Array(TokenVectors.jwks.utf8), "keys")
        let verifier = await TokenVerifier(TokenConfiguration(), keys: keys, only: nil)
        let tokens = [TokenVectors.rs256, TokenVectors.es256, TokenVectors.eddsa, TokenVectors.hs512]
        for _ in 0..<300 {
            let good = Array((random.pick(tokens) ?? "").utf8)
            var bad = good
            for _ in 0...random.below(4) {
                let place = random.below(bad.count)
                switch random.below(4) {
                case 0: bad[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bad.insert(UInt8(ascii: "."), at: place)
                case 2: bad.removeSubrange(place..<min(place + random.below(9), bad.count))
                default: bad.insert(contentsOf: random.bytes(random.below(20)), at: place)
                }
                if bad.isEmpty { bad = [0] }
            }
            let isTaken = (try? await verifier.verify(bad, now: TokenMaker.now)) != nil
            #expect(!isTaken || bad == good, "seed \(seed)")
            var set = Array(TokenVectors.jwks.utf8)
            for _ in 0..<3 { set[random.below(set.count)] = UInt8(truncatingIfNeeded: random.next()) }
            _ = try? TokenKeyFiles.keySet(set, "keys")
        }
    }
}
