import BrokerValues

extension OptionTable {
    /// The reference of all options: a table for each top element, and how their defaults differ from HiveMQ's.
    package static func markdown() -> String {
        let defaults = SettingsValues(defaults: SettingsDefaults(eventLoops: 1))
        var sections: [(name: Substring, rows: [String])] = []
        for option in options {
            let name = option.path.prefix { $0 != "/" }
            let index = sections.firstIndex { $0.name == name } ?? sections.count
            if index == sections.count { sections.append((name, [])) }
            sections[index].rows.append(row(option, defaults))
        }
        let head = "| option | allowed | default | unit | change | what it is for |\n|---|---|---|---|---|---|\n"
        let tables = sections.map { "### \($0.name)\n\n\(head)\($0.rows.joined(separator: "\n"))\n" }
        return ([introduction] + tables + [differences(defaults)]).joined(separator: "\n")
    }

    private static let introduction = """
        # All options of Skep

        What may stand in the settings file; `skep options` prints this page, `skep check` what is in force. The first \
        column is the path of the element below the root, `a/b` for `<a><b>...</b></a>`, and HiveMQ's other name for it \
        where there is one. Whatever stands below `restrictions`, HiveMQ 4.x's name, may as well stand below \
        `throttling`, that of 3.x. *Change* says when a new value takes effect: after a restart, or *at once*, when the \
        broker gets SIGHUP. What client and broker agree on at CONNECT holds for the client until it connects again. \
        `${NAME}` in a value is taken from the environment, `${CREDENTIAL:NAME}` from systemd's `LoadCredential=`. An \
        *event loop* is a thread that serves a part of the clients.

        """

    private static func differences(_ defaults: SettingsValues) -> String {
        let rows = options.compactMap { option in
            option.unlike.map { unlike in
                let ours = [standard(option, defaults), option.unit ?? ""].filter { !$0.isEmpty }
                return "| `\(option.path)` | \(unlike.theirs) | \(ours.joined(separator: " ")) | \(unlike.why) |"
            }
        }
        return """
            ### Defaults that are not HiveMQ's

            | option | HiveMQ | Skep | why |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))

            Where HiveMQ 3.x and 4.x differ, the default is that of 4.x if the table does not say otherwise. Without a \
            `listeners` element Skep listens on port 1883 of 127.0.0.1 and ::1 only.

            """
    }

    private static func row(_ option: SettingsOption, _ defaults: SettingsValues) -> String {
        let also =
            option.aliases.map { "<br>also `\($0)`" }.joined()
            + option.otherListeners.map { "<br>also in `\($0)`" }.joined()
        let cells = [
            "`\(option.path)`\(also)", option.kind.allowed, standard(option, defaults), option.unit ?? "",
            option.reloadable ? "at once" : "restart",
            option.help + (option.isList ? " May stand several times." : ""),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    static func standard(_ option: SettingsOption, _ defaults: SettingsValues) -> String {
        if let note = option.defaultNote { return note }
        guard case .broker(let field) = option.target else { return "" }
        return option.shown(field.read(defaults))
    }
}
