import PluginAPI
import Testing

@testable import BundledPlugins

@Suite("Permissions files")
struct PermissionsFileTests {
    private func rules(_ text: String) throws -> AccessRules {
        try AccessFilePlugin.rules(Array(text.utf8), .permissions, file: "access")
    }

    private func faults(in text: String) -> [String] {
        problems { () throws(KeyFileFaults) in
            _ = try AccessFilePlugin.rules(Array(text.utf8), .permissions, file: "access")
        }
    }

    private let example = """
        otherwise deny
        everyone
        deny all topic secret/#
        allow subscribe topic news/#

        anonymous
        allow publish qos 0 topic public/in

        user alice
          allow all qos 0,1 topic home/${clientid}/#
          allow publish retained topic state/${username}
          allow all topic secret/alice

        client sensor 1
        allow publish not-retained topic with spaces/here

        group operators
        member alice
        member bob smith
        allow subscribe topic $SYS/#
        """

    @Test("The first rule that covers decides, in the order of the file, over all sections that speak of a client")
    func order() throws {
        let alice = try rules(example).permissions(clientIdentifier: "c", userName: "alice")
        #expect(alice.allows(.subscribe, "news/today"))
        #expect(!alice.allows(.publish, "news/today"))
        #expect(!alice.allows(.publish, "secret/alice"), "everyone's rule stands before")
        #expect(alice.allows(.publish, "home/c/x", qos: .one))
        #expect(!alice.allows(.publish, "home/c/x", qos: .two))
        #expect(!alice.allows(.publish, "home/d/x"))
        #expect(alice.allows(.publish, "state/alice", retained: true))
        #expect(!alice.allows(.publish, "state/alice", retained: false))
        #expect(alice.allows(.subscribe, "$SYS/broker"))
        #expect(alice.subscribing == .mustBeCovered && alice.otherwise == .deny)
    }

    @Test("Sections speak of whom they name")
    func subjects() throws {
        let rules = try rules(example)
        #expect(rules.permissions(clientIdentifier: "c", userName: nil).allows(.publish, "public/in"))
        #expect(!rules.permissions(clientIdentifier: "c", userName: nil).allows(.publish, "public/in", qos: .one))
        #expect(!rules.permissions(clientIdentifier: "c", userName: "bob").allows(.publish, "public/in"))
        #expect(rules.permissions(clientIdentifier: "sensor 1", userName: "x").allows(.publish, "with spaces/here"))
        #expect(!rules.permissions(clientIdentifier: "sensor 2", userName: "x").allows(.publish, "with spaces/here"))
        #expect(rules.permissions(clientIdentifier: "c", userName: "bob smith").allows(.subscribe, "$SYS/x"))
        #expect(!rules.permissions(clientIdentifier: "c", userName: "bob").allows(.subscribe, "$SYS/x"))
    }

    @Test("A rule reaches a user of several groups, and its own, once, in the order of the file")
    func groups() throws {
        let text = """
            group b
            allow all topic 1
            user u
            allow all topic 2
            group a
            member u
            allow all topic 3
            group b
            member u
            member u
            allow all topic 4
            everyone
            allow all topic 5
            """
        #expect(
            try rules(text).permissions(clientIdentifier: "c", userName: "u").list.map(\.topic)
                == ["1", "2", "3", "4", "5"])
    }

    @Test(
        "What holds where no rule does is said once",
        arguments: [
            ("otherwise allow", Permissions.Otherwise.accept), ("otherwise deny", .deny), ("otherwise next", .next),
            ("", .deny),
        ])
    func otherwise(_ line: String, _ otherwise: Permissions.Otherwise) throws {
        #expect(try rules(line).permissions(clientIdentifier: "c", userName: nil).otherwise == otherwise)
    }

    @Test("A name that could reach beyond its place ends what its client may do, at the first rule that uses it")
    func dangerous() throws {
        let text = """
            otherwise allow
            everyone
            allow all topic before
            allow all topic c/${clientid}
            allow all topic u/${username}
            allow all topic after
            """
        let rules = try rules(text)
        for identifier in ["a/b", "+", "#", "x#y"] {
            let permissions = rules.permissions(clientIdentifier: identifier, userName: "u")
            #expect(permissions.list.map(\.topic) == ["before"] && permissions.otherwise == .deny)
        }
        let user = rules.permissions(clientIdentifier: "c", userName: "+")
        #expect(user.list.map(\.topic) == ["before", "c/c"] && user.otherwise == .deny)
        let nobody = rules.permissions(clientIdentifier: "c", userName: nil)
        #expect(nobody.list.map(\.topic) == ["before", "c/c", "after"] && nobody.otherwise == .accept)
        let plain = try self.rules("everyone\nallow all topic a")
        #expect(plain.permissions(clientIdentifier: "a/b", userName: "+").allows(.publish, "a"))
    }

    @Test("All faults are told at once, with their lines")
    func refused() {
        let text = """
            allow all topic a
            everyone else
            user
            member x
            otherwise maybe
            user u
            allow topic a
            allow all a
            allow all topic
            allow all qos 3 topic a
            allow all qos 0, 1 topic a
            allow all qos 0 qos 1 topic a
            allow publish retained not-retained topic a
            deny all topic a/#/b
            permit all topic a
            otherwise deny
            """
        let found = faults(in: text)
        #expect(found.map { $0.prefix { $0 != " " } } == (1...16).filter { $0 != 6 }.map { "access:\($0):" })
        #expect(found.contains("access:4: \"member\" stands below a \"group\""))

    }

    @Test("A name that looks the same but is written in other bytes is another one")
    func bytes() throws {
        let rules = try rules("user \u{E9}\nallow all topic a\nclient \u{E9}\nallow all topic b\n")
        #expect(rules.permissions(clientIdentifier: "c", userName: "\u{E9}").list.map(\.topic) == ["a"])
        #expect(rules.permissions(clientIdentifier: "e\u{301}", userName: "e\u{301}").list.isEmpty)
    }

    @Test("The words of a rule may stand far apart")
    func spaces() throws {
        let rules = try rules("\teveryone \n \t allow \t publish   qos  0,2  retained   topic \t a b/c  \r\n")
        #expect(
            rules.permissions(clientIdentifier: "c", userName: nil).list == [
                Permission(.allow, "a b/c", activity: .publish, qualities: [.zero, .two], retention: .retained)
            ])
    }
}
