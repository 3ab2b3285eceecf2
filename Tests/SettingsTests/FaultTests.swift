import BrokerValues
import Testing

@testable import Settings

@Suite("Faults")
struct FaultTests {
    @Test("All faults of a file are shown at once, in the order of lines")
    func allAtOnce() {
        let text = """
            <skep>
              <listeners>
                <tcp-listener><port>99999</port><bind-address>::1</bind-address></tcp-listener>
              </listeners>
              <mqtt>
                <max-inflight>abc</max-inflight>
                <max-inflght>5</max-inflght>
                <keep-alive><allow-unlimited>maybe</allow-unlimited></keep-alive>
              </mqtt>
              <bees/>
            </skep>
            """
        let expected = [
            "config.xml:3: listeners/tcp-listener/port: found \"99999\", allowed is a whole number from 0 to 65535",
            "config.xml:6: mqtt/max-inflight: found \"abc\", allowed is a whole number from 1 to 65535",
            "config.xml:7: mqtt/max-inflght: there is no such element; did you mean \"max-inflight\"?",
            "config.xml:8: mqtt/keep-alive/allow-unlimited: found \"maybe\", allowed is true or false",
            "config.xml:10: bees: there is no such element",
        ]
        #expect(faults(text) == expected)
        let thrown = #expect(throws: SettingsFaults.self) { try settings(text) }
        #expect(thrown?.description == expected.joined(separator: "\n"))
    }

    @Test(
        "An unknown element is refused with its line and the nearest known name",
        arguments: [
            ("<mqtt><max_inflight/></mqtt>", "mqtt/max_inflight", "; did you mean \"max-inflight\"?"),
            ("<listener/>", "listener", "; did you mean \"listeners\"?"),
            ("<listeners><tcp-listner/></listeners>", "listeners/tcp-listner", "; did you mean \"tcp-listener\"?"),
            ("<max-topic-length/>", "max-topic-length", "; did you mean \"restrictions/max-topic-length\"?"),
            ("<mqtt><zzz/></mqtt>", "mqtt/zzz", ""),
            ("<MQTT/>", "MQTT", ""),
        ])
    func unknown(inner: String, path: String, hint: String) {
        let found = faults("<skep>\n\(inner)</skep>")
        #expect(found.first == "config.xml:2: \(path): there is no such element\(hint)")
    }

    @Test("The distance between names counts insertions, removals and replacements")
    func distance() {
        for (left, right, expected) in [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3)] {
            #expect(EditDistance.between(left, right) == expected)
            #expect(EditDistance.between(right, left) == expected)
        }
    }

    @Test("What a file says is shown shortened and without control characters")
    func quoting() {
        let esc = "a\u{85}\u{202E}b"
        #expect(
            faults(document("mqtt/max-inflight", esc))
                == [
                    "config.xml:1: mqtt/max-inflight: found \"a\u{FFFD}\u{FFFD}b\", allowed is a whole number from 1 to 65535"
                ])
        let long = String(repeating: "9", count: 5_000)
        #expect(
            faults(document("mqtt/max-inflight", long)) == [
                "config.xml:1: mqtt/max-inflight: found \"\(String(repeating: "9", count: 80))...\", "
                    + "allowed is a whole number from 1 to 65535"
            ])
        #expect(faults("<skep><\(String(repeating: "x", count: 5_000))/></skep>")[0].utf8.count < 200)
    }

    @Test("A fault never shows a secret")
    func secret() {
        let option = SettingsOption.listener(
            "password", .string(\.name, maximumBytes: 3), secret: true, defaultNote: "", "")
        #expect(option.quoted("hunter2") == "a hidden value")
        #expect(option.shown("hunter2") == "********")
    }

    private func pair(_ first: (String, Int), _ second: (String, Int)) -> String {
        func nested(_ setting: (String, Int)) -> String {
            setting.0.split(separator: "/").reversed().reduce("\(setting.1)") { "<\($1)>\($0)</\($1)>" }
        }
        return "<skep>\n\(nested(first))\n\(nested(second))\n</skep>"
    }

    @Test("A value above the one that it must stay below is refused with both, equal ones are not")
    func relations() {
        for relation in SettingsRelation.all {
            #expect(
                faults(pair((relation.smaller, 70_000), (relation.larger, 70_000))).allSatisfy {
                    !$0.contains(": \(relation.smaller): ")
                })
            #expect(
                faults(pair((relation.smaller, 70_001), (relation.larger, 70_000))).contains(
                    "config.xml:2: \(relation.smaller): 70001 (config.xml:2) is above \(relation.larger), which is 70000 (config.xml:3)"
                ))
        }
        #expect(SettingsRelation.all.count == 8)
    }

    @Test("A relation to a default names the default, and its line is the one that was written")
    func relationToDefault() {
        #expect(
            faults("<skep>\n" + document("restrictions/max-unsent-bytes", "8192").dropFirst(6)) == [
                "config.xml:2: restrictions/client-write-buffer/high-threshold: 262144 (default) is above "
                    + "restrictions/max-unsent-bytes, which is 8192 (config.xml:2)"
            ])
        #expect(faults(document("mqtt/packets/max-packet-size", "1000")).isEmpty)
    }

    @Test("A value that is wrong by itself is not held against others")
    func relationToFault() {
        let text = pair(("restrictions/client-write-buffer/low-threshold", 0), ("restrictions/max-unsent-bytes", 1))
        #expect(faults(text).count == 2)
    }

    @Test(
        "An in-flight window above 65535 is refused under both names",
        arguments: ["max-inflight", "max-queued-messages"])
    func inflight(name: String) {
        #expect(
            faults(document("mqtt/\(name)", "65536"))
                == [
                    "config.xml:1: mqtt/\(name): found \"65536\", allowed is a whole number from 1 to 65535; "
                        + "65536 messages cannot be in flight, since MQTT has 65535 packet identifiers"
                ])
    }
}
