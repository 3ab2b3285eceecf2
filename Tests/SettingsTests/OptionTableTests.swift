import BrokerTransport
import BrokerValues
import BundledPlugins
import Monitoring
import Testing

@testable import Settings

@Suite("The option table")
struct OptionTableTests {
    /// Values that mean the same as another one, which is what is shown.
    private static let equivalents = [
        "mqtt/session-expiry/max-interval = 4294967296": "4294967295",
        "mqtt/message-expiry/max-interval = 0": "4294967296",
        "restrictions/max-connections = -1": "0",
    ]

    /// The interpreter after one option was set; relations to other options are not looked at here.
    private func interpreted(_ path: String, _ value: String) throws -> SettingsInterpreter {
        var interpreter = SettingsInterpreter(
            fileName: "config.xml", environment: [:], defaults: SettingsDefaults(eventLoops: 2))
        interpreter.interpret(try ExpatReader.read(Array(document(path, value).utf8)))
        return interpreter
    }

    private func valueFaults(_ path: String, _ value: String) throws -> [String] {
        try interpreted(path, value).faults.filter {
            if case .value = $0.problem { true } else { false }
        }.map(\.description)
    }

    private func readBack(_ option: SettingsOption, _ path: String, _ value: String) throws -> String? {
        let interpreter = try interpreted(path, value)
        switch option.target {
        case .broker(let field): return field.read(interpreter.values)
        case .listener(let field, _, _): return interpreter.listeners.first.map { field.read($0.draft) }
        }
    }

    @Test("Each number takes its lowest and highest value under each of its names, and nothing outside")
    func bounds() throws {
        var checked = 0
        for option in OptionTable.options {
            guard case .integer(let bounds) = option.kind else { continue }
            for path in option.acceptedPaths {
                for number in [bounds.lowerBound, bounds.lowerBound + 1, bounds.upperBound - 1, bounds.upperBound] {
                    #expect(try valueFaults(path, "\(number)").isEmpty, "\(path) = \(number)")
                    let expected = Self.equivalents["\(option.path) = \(number)"] ?? "\(number)"
                    #expect(try readBack(option, path, "\(number)") == expected, "\(path)")
                }
                let outside = ["\(bounds.lowerBound - 1)", "\(bounds.upperBound + 1)", "99999999999999999999"]
                for text in outside + ["abc", "1.5", "1 2", "0x10"] {
                    #expect(
                        try valueFaults(path, text) == [
                            "config.xml:1: \(path): found \"\(text)\", allowed is a whole number from \(bounds.lowerBound) to \(bounds.upperBound)\(hint(option, text))"
                        ])
                }
                #expect(try valueFaults(path, " ").first?.contains("found nothing, allowed is a whole number") == true)
                checked += 1
            }
        }
        #expect(checked >= 70)
    }

    private func hint(_ option: SettingsOption, _ text: String) -> String {
        option.hint?(text).map { "; \($0)" } ?? ""
    }

    @Test("Each switch takes true, false, 1 and 0, and nothing else")
    func booleans() throws {
        var checked = 0
        for option in OptionTable.options where option.kind == .boolean {
            for (text, expected) in [("true", "true"), ("false", "false"), ("1", "true"), ("0", "false")] {
                #expect(try valueFaults(option.path, text).isEmpty)
                #expect(try readBack(option, option.path, text) == expected)
            }
            for text in ["TRUE", "yes", "2"] {
                #expect(
                    try valueFaults(option.path, text)
                        == ["config.xml:1: \(option.path): found \"\(text)\", allowed is true or false"])
            }
            checked += 1
        }
        #expect(checked >= 8)
    }

    @Test("Each choice takes its names under each of its paths, and nothing else")
    func choices() throws {
        var checked = 0
        for option in OptionTable.options {
            guard case .choice(let names) = option.kind else { continue }
            for path in [option.path] + option.aliases {
                for name in names { #expect(try readBack(option, path, name) == name) }
                #expect(
                    try valueFaults(path, "newest") == [
                        "config.xml:1: \(path): found \"newest\", allowed is \(names.joined(separator: " or "))"
                    ])
                checked += 1
            }
        }
        #expect(checked == 12)
    }

    @Test("Each text takes its longest value, and neither nothing, more, nor control characters")
    func texts() throws {
        var checked = 0
        for option in OptionTable.options {
            guard case .string(let maximum) = option.kind else { continue }
            let longest = String(repeating: "x", count: maximum)
            // A user and a password stand together or not at all, see `IntrospectionSettingsTests`.
            if !["user", "password"].contains(where: { option.path == "introspection/tcp/\($0)" }) {
                #expect(try readBack(option, option.path, longest) == longest)
            }
            for text in ["", longest + "x", "a\u{7F}b"] {
                let found = try valueFaults(option.path, text)
                #expect(found.count == 1 && found[0].contains("allowed is a text of 1 to \(maximum) bytes"))
            }
            checked += 1
        }
        #expect(checked == 21)
    }

    @Test("A number with a fraction is held against its bounds")
    func doubles() {
        struct Rates: Sendable { var rate = 1.0 }
        let field = OptionField<Rates>.double(\.rate, 0.5...500)
        var rates = Rates()
        for text in ["0.5", "500", "2.25"] {
            #expect(field.write(&rates, text))
            #expect(rates.rate == Double(text))
        }
        for text in ["0.49", "500.01", "nan", "inf", "abc", "", "0x10", "1_0", " 1"] {
            #expect(!field.write(&rates, text))
        }
        #expect(rates.rate == 2.25)
        #expect(field.read(rates) == "2.25")
        #expect(field.write(&rates, "1e2"))
        #expect(field.read(rates) == "100")
        #expect(field.kind.allowed == "a number from 0.5 to 500")
    }

    @Test("A value inside an element of an option, or an attribute on it, is refused")
    func structure() {
        #expect(
            faults("<skep><mqtt><max-inflight><size>1</size></max-inflight></mqtt></skep>") == [
                "config.xml:1: mqtt/max-inflight: found the element <size>, allowed is a whole number from 1 to 65535"
            ])
        #expect(
            faults("<skep><mqtt><max-inflight unit=\"k\">1</max-inflight></mqtt></skep>")
                == ["config.xml:1: mqtt/max-inflight: found the attribute \"unit\", allowed is no attribute"])
        #expect(
            faults("<skep><mqtt>5</mqtt></skep>")
                == ["config.xml:1: mqtt: found \"5\", allowed is other elements only"])
    }

    @Test("Every limit of the broker and of the transport has exactly one option that sets it")
    func completeness() throws {
        /// The names of the stored values that differ.
        func changed(_ left: Any, _ right: Any) -> [String] {
            zip(Mirror(reflecting: left).children, Mirror(reflecting: right).children).compactMap { before, after in
                "\(before.value)" == "\(after.value)" ? nil : before.label
            }
        }
        let parts = ["http", "introspection"]
        let defaults = SettingsValues(defaults: SettingsDefaults(eventLoops: 2))
        let standard = EffectiveSettings(values: defaults, warnings: [], origins: [:])
        var setters: [String: [String]] = [:]
        for (option, field) in OptionTable.brokerOptions {
            var values = defaults
            #expect(field.write(&values, try other(option, field)))
            let effective = EffectiveSettings(values: values, warnings: [], origins: [:])
            let fields =
                changed(standard.limits, effective.limits) + changed(standard.transport, effective.transport)
                + changed(standard.storage, effective.storage)
                + changed(standard.pluginLimits, effective.pluginLimits)
                + changed(standard.monitoring, effective.monitoring).filter { !parts.contains($0) }
                + changed(standard.monitoring.http, effective.monitoring.http).map { "http.\($0)" }
                + changed(standard.monitoring.introspection.unix, effective.monitoring.introspection.unix)
                .map { "unix.\($0)" }
                + changed(standard.monitoring.introspection.tcp, effective.monitoring.introspection.tcp)
                .map { "tcp.\($0)" }
                + changed(standard.plugins.passwordFile, effective.plugins.passwordFile).map { "passwordFile.\($0)" }
                + changed(standard.plugins.token, effective.plugins.token).map { "token.\($0)" }
                + changed(standard.plugins.certificate, effective.plugins.certificate).map { "certificate.\($0)" }
                + changed(standard.plugins.accessFile, effective.plugins.accessFile).map { "accessFile.\($0)" }
            #expect(fields.count == 1, "\(option.path) changes \(fields)")
            for name in fields { setters[name, default: []].append(option.path) }
        }
        #expect(setters["topicAliasMaximum"] == ["mqtt/topic-alias/enabled", "mqtt/topic-alias/max-per-client"])
        setters["topicAliasMaximum"] = ["once"]
        #expect(setters.values.allSatisfy { $0.count == 1 }, "\(setters)")
        let all =
            Mirror(reflecting: BrokerLimits()).children.compactMap(\.label)
            + Mirror(reflecting: standard.transport).children.compactMap(\.label).filter { $0 != "listeners" }
            + Mirror(reflecting: standard.storage).children.compactMap(\.label)
            + Mirror(reflecting: standard.pluginLimits).children.compactMap(\.label)
            + Mirror(reflecting: standard.monitoring).children.compactMap(\.label).filter { !parts.contains($0) }
            + labels(standard.monitoring.http, "http") + labels(standard.monitoring.introspection.unix, "unix")
            + labels(standard.monitoring.introspection.tcp, "tcp")
            + labels(standard.plugins.passwordFile, "passwordFile") + labels(standard.plugins.token, "token")
            + labels(standard.plugins.certificate, "certificate") + labels(standard.plugins.accessFile, "accessFile")
        #expect(Set(all) == Set(setters.keys))
    }

    /// The names of the stored values that options set.
    private func labels(_ part: Any, _ name: String) -> [String] {
        Mirror(reflecting: part).children.compactMap(\.label).filter { $0 != "isConfigured" }.map { "\(name).\($0)" }
    }

    /// A text that the option takes and that does not mean its default.
    private func other(_ option: SettingsOption, _ field: OptionField<SettingsValues>) throws -> String {
        let defaults = SettingsValues(defaults: SettingsDefaults(eventLoops: 2))
        let candidates: [String] =
            switch option.kind {
            case .integer(let bounds): ["\(bounds.lowerBound + 1)", "\(bounds.upperBound)"]
            case .boolean: ["true", "false"]
            case .choice(let names): names
            case .httpPath, .filePath: ["/other"]
            case .network: ["10.0.0.0/8"]
            case .string: ["other"]
            case .double(let bounds): ["\(bounds.lowerBound)", "\(bounds.upperBound)"]
            }
        return try #require(candidates.first { $0 != field.read(defaults) })
    }

    @Test(
        "What is written to the limits of the broker, and the rates of listeners and plugins, take effect at once, and only those"
    )
    func reloadable() throws {
        let defaults = SettingsValues(defaults: SettingsDefaults(eventLoops: 2))
        var limits: Set<String> = []
        for (option, field) in OptionTable.brokerOptions {
            var values = defaults
            #expect(field.write(&values, try other(option, field)))
            let settings = EffectiveSettings(values: values, warnings: [], origins: [:])
            if settings.limits != BrokerLimits() { limits.insert(option.path) }
        }
        let rate = ["enabled", "connect-rate", "connect-burst-size"].map {
            "\(connectProtectionPath)/\($0)"
        }
        let plugins = ["restrictions/plugin-service-rate-limit"]
        #expect(Set(OptionTable.options.filter(\.reloadable).map(\.path)) == limits.union(rate).union(plugins))
        #expect(limits.count > 40)
    }

    @Test("No path stands twice, and none is both an option and without effect")
    func paths() {
        let paths = OptionTable.options.flatMap(\.acceptedPaths)
        #expect(Set(paths).count == paths.count)
        #expect(Set(paths).isDisjoint(with: IgnoredElements.notes.keys))
        for path in IgnoredElements.notes.keys {
            #expect(!paths.contains { $0.hasPrefix(path + "/") }, "\(path) hides options")
        }
    }

    @Test("Every default lies within its bounds")
    func defaults() {
        let defaults = SettingsValues(defaults: SettingsDefaults(eventLoops: 2))
        for (option, field) in OptionTable.brokerOptions {
            var values = defaults
            let text = field.read(defaults)
            // Empty is what is not set.
            #expect(text.isEmpty || field.write(&values, text), "\(option.path)")
        }
        #expect(SettingsDefaults(eventLoops: 0).eventLoops == 1)
        #expect(SettingsDefaults(eventLoops: 1_000).eventLoops == 64)
    }

    @Test("The reference has a row for each option with its names, bounds, default and unit")
    func markdown() {
        let text = OptionTable.markdown()
        #expect(text.hasPrefix("# "))
        let parts = text.split(separator: "### Defaults that are not HiveMQ's")
        #expect(parts.count == 2)
        let lines = parts[0].split(separator: "\n").map(String.init)
        #expect(lines.count { $0.hasPrefix("| `") } == OptionTable.options.count)
        for option in OptionTable.options {
            #expect(lines.contains { $0.hasPrefix("| `\(option.path)`") && $0.contains(option.kind.allowed) })
        }
        let inflight = lines.first { $0.hasPrefix("| `mqtt/max-inflight`") } ?? ""
        #expect(
            inflight.hasPrefix(
                "| `mqtt/max-inflight`<br>also `mqtt/max-queued-messages` | a whole number from 1 to 65535 | 1000 | messages | at once | QoS 1"
            ))
        #expect(lines.contains { $0.hasPrefix("### ") })
        let headings = lines.filter { $0.hasPrefix("### ") }
        #expect(Set(headings).count == headings.count, "each top element has one table: \(headings)")
        let separators = lines.filter { $0.hasPrefix("| ") }.map { $0.count { $0 == "|" } }
        #expect(Set(separators) == [7])
        let differences = parts[1].split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(differences.count == OptionTable.options.count { $0.unlike != nil })
        #expect(
            differences.contains(
                "| `mqtt/receive-maximum/server-receive-maximum` | 10 | 1000 messages | with 10 every publisher waits for a round trip after ten messages |"
            ))
    }

    @Test("The reference speaks the operator's language, not that of the code")
    func plainWords() {
        for option in OptionTable.options {
            let text = [option.help, option.unlike?.theirs ?? "", option.unlike?.why ?? ""].joined(separator: " ")
            let words = Set(text.lowercased().split { !$0.isLetter }.map(String.init))
            #expect(words.isDisjoint(with: ["mail", "tick", "shard", "shards", "authority", "hold", "holds", "held"]))
        }
    }
}
