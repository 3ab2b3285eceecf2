import PluginAPI
import Testing

@testable import BundledPlugins

@Suite("Mosquitto's access files")
struct MosquittoAccessFileTests {
    private func rules(_ text: String) throws -> AccessRules {
        try AccessFilePlugin.rules(Array(text.utf8), .mosquitto, file: "acl")
    }

    private func faults(in text: String) -> [String] {
        problems { () throws(KeyFileFaults) in
            _ = try AccessFilePlugin.rules(Array(text.utf8), .mosquitto, file: "acl")
        }
    }

    /// The example that ships with Mosquitto 2.0 (aclfile.example), and a little more.
    private let example = """
        # This affects access control for clients with no username.
        topic read $SYS/#

        # This only affects clients with username "roger".
        user roger
        topic foo/bar

        # This affects all clients.
        pattern write $SYS/broker/connection/%c/state

        user roger and friends
        topic write with spaces/in it
        topic deny with spaces/in it/secret
        topic readwrite with spaces/#
        """

    @Test("Rules before the first user speak of clients without a user name only")
    func anonymous() throws {
        let rules = try rules(example)
        let anonymous = rules.permissions(clientIdentifier: "c", userName: nil)
        #expect(anonymous.allows(.subscribe, "$SYS/broker/uptime"))
        #expect(!anonymous.allows(.publish, "$SYS/broker/uptime"))
        #expect(!anonymous.allows(.subscribe, "foo/bar"))
        let roger = rules.permissions(clientIdentifier: "c", userName: "roger")
        #expect(!roger.allows(.subscribe, "$SYS/broker/uptime"))
        #expect(roger.allows(.subscribe, "foo/bar") && roger.allows(.publish, "foo/bar"))
        #expect(!roger.allows(.publish, "foo/bar/baz"))
    }

    @Test("A pattern speaks of everybody, also if it stands below a user")
    func patterns() throws {
        let rules = try rules(example)
        for user in [nil, "roger", "somebody"] {
            let permissions = rules.permissions(clientIdentifier: "c1", userName: user)
            #expect(permissions.allows(.publish, "$SYS/broker/connection/c1/state"))
            #expect(!permissions.allows(.publish, "$SYS/broker/connection/c2/state"))
            #expect(permissions.allows(.subscribe, "$SYS/broker/connection/c1/state") == (user == nil))
        }
    }

    @Test("What denies comes before what allows, wherever it stands, and names may hold spaces")
    func deny() throws {
        let permissions = try rules(example).permissions(clientIdentifier: "c", userName: "roger and friends")
        #expect(permissions.allows(.publish, "with spaces/in it"))
        #expect(permissions.allows(.subscribe, "with spaces/x"))
        #expect(!permissions.allows(.publish, "with spaces/in it/secret"))
        #expect(!permissions.allows(.subscribe, "with spaces/in it/secret"))
    }

    @Test("Denials of patterns do not take back what a topic allows, but what a pattern does")
    func order() throws {
        let rules = try rules("user u\ntopic a/b\npattern deny a/#\npattern readwrite #\n")
        let permissions = rules.permissions(clientIdentifier: "c", userName: "u")
        #expect(permissions.allows(.publish, "a/b"))
        #expect(!permissions.allows(.publish, "a/c"))
        #expect(permissions.allows(.publish, "b"))
    }

    @Test("User name and client identifier take their places in patterns, and in patterns alone")
    func places() throws {
        let rules = try rules("pattern read %u/%c/x%u\nuser u\ntopic %u/literal\n")
        let permissions = rules.permissions(clientIdentifier: "c", userName: "u")
        #expect(permissions.allows(.subscribe, "u/c/xu"))
        #expect(permissions.allows(.subscribe, "%u/literal"))
        #expect(!permissions.allows(.subscribe, "u/literal"))
        #expect(!rules.permissions(clientIdentifier: "c", userName: nil).allows(.subscribe, "%u/c/x%u"))
    }

    @Test("With a wildcard in its name a client may do only what its topics say, where there is any pattern")
    func dangerous() throws {
        let withPattern = try rules(
            "user +\ntopic own\nuser ok\ntopic own\npattern readwrite open/#\npattern read %u\n")
        for (identifier, user) in [("c", "+"), ("c#", "ok"), ("+", "ok"), ("a+b", "ok")] {
            let permissions = withPattern.permissions(clientIdentifier: identifier, userName: user)
            #expect(permissions.allows(.publish, "own"), "\(identifier) \(user)")
            #expect(!permissions.allows(.publish, "open/x"), "\(identifier) \(user)")
            #expect(!permissions.allows(.subscribe, "anything"), "\(identifier) \(user)")
        }
        let harmless = withPattern.permissions(clientIdentifier: "a/b", userName: "x/y")
        #expect(harmless.allows(.publish, "open/x") && harmless.allows(.subscribe, "x/y"))
        let without = try rules("user +\ntopic own\ntopic open/#\n")
        #expect(without.permissions(clientIdentifier: "#", userName: "+").allows(.publish, "open/x"))
    }

    @Test("What nothing allows is denied, also by an empty file, and every subscription is granted and filtered")
    func otherwise() throws {
        for text in ["", "# nothing\n", example] {
            let permissions = try rules(text).permissions(clientIdentifier: "c", userName: "nobody")
            #expect(permissions.otherwise == .deny)
            #expect(permissions.subscribing == .isFiltered)
            #expect(!permissions.allows(.publish, "a") && !permissions.allows(.subscribe, "a"))
        }
    }

    @Test("Wildcards do not reach topics that begin with $")
    func dollar() throws {
        let permissions = try rules("topic #\ntopic +/x\n").permissions(clientIdentifier: "c", userName: nil)
        #expect(permissions.allows(.publish, "a/b"))
        #expect(!permissions.allows(.subscribe, "$SYS/x"))
    }

    @Test("A word before a topic is optional, and alone it is the topic")
    func words() throws {
        let permissions = try rules("topic read\ntopic   write    a b \ntopic deny\n")
            .permissions(clientIdentifier: "c", userName: nil)
        #expect(
            permissions.list == [
                Permission(.allow, "read"), Permission(.allow, "a b", activity: .publish), Permission(.allow, "deny"),
            ])
    }

    @Test("A space ends a word whatever letter follows it")
    func accents() throws {
        let permissions = try rules("topic deny \u{301}x\ntopic #\n").permissions(clientIdentifier: "c", userName: nil)
        #expect(permissions.list == [Permission(.deny, "\u{301}x"), Permission(.allow, "#")])
    }

    @Test("The same user twice is one user")
    func twice() throws {
        let permissions = try rules("user a\ntopic 1\nuser b\ntopic 2\nuser a\ntopic 3\n")
            .permissions(clientIdentifier: "c", userName: "a")
        #expect(permissions.list.map(\.topic) == ["1", "3"])
    }

    @Test("Clients may do exactly what Mosquitto lets them do", arguments: MosquittoAnswers.files.indices)
    func answers(_ index: Int) throws {
        let (text, answers) = MosquittoAnswers.files[index]
        let rules = try rules(text)
        for answer in answers {
            let permissions = rules.permissions(clientIdentifier: answer.client, userName: answer.user)
            for (number, topic) in MosquittoAnswers.topics.enumerated() {
                let who = "\(answer.client) \(answer.user ?? "") \(topic)"
                #expect(permissions.allows(.publish, topic) == answer.publishes.contains(number), "publish \(who)")
                #expect(permissions.allows(.subscribe, topic) == answer.gets.contains(number), "get \(who)")
            }
        }
    }

    @Test("All faults are told at once, with their lines")
    func refused() {
        let text =
            "topic\nuser\nuser   \ntopic both a\ntopic a#\ntopic read a/#/b\npattern deny +a\nfoo bar\n\ttopic a\nok"
        #expect(
            faults(in: text) == [
                "acl:1: the topic is empty", "acl:2: the name is missing behind \"user\"",
                "acl:3: the name is missing behind \"user\"",
                "acl:4: before a topic stands \"read\", \"write\", \"readwrite\" or \"deny\", not \"both\"",
                "acl:5: \"#\" must be the last level, and a level of its own",
                "acl:6: \"#\" must be the last level, and a level of its own",
                "acl:7: \"+\" must be a level of its own",
                "acl:8: a line begins with \"user\", \"topic\" or \"pattern\", not \"foo\"",
                "acl:9: a line begins with \"user\", \"topic\" or \"pattern\", not \"\u{FFFD}topic\"",
                "acl:10: a line begins with \"user\", \"topic\" or \"pattern\", not \"ok\"",
            ])
    }

    @Test("One user has a limited number of rules")
    func limit() {
        let text = String(repeating: "topic a\n", count: AccessRules.mostRulesOfSubject + 1)
        #expect(faults(in: text) == ["acl: more than 5000 rules speak of one client, user or group"])
        #expect(faults(in: String(repeating: "topic a\n", count: AccessRules.mostRulesOfSubject)) == [])
    }
}
