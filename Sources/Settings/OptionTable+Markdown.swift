import BrokerValues

extension OptionTable {
    /// The reference of all options, a table for each top element.
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
        return sections.map { "### \($0.name)\n\n\(head)\($0.rows.joined(separator: "\n"))\n" }.joined(separator: "\n")
    }

    private static func row(_ option: SettingsOption, _ defaults: SettingsValues) -> String {
        let also = option.aliases.map { "<br>also `\($0)`" }.joined()
        let cells = [
            "`\(option.path)`\(also)", option.kind.allowed, standard(option, defaults), option.unit ?? "",
            option.reloadable ? "at once" : "restart", option.help,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func standard(_ option: SettingsOption, _ defaults: SettingsValues) -> String {
        if let note = option.defaultNote { return note }
        guard case .broker(let field) = option.target else { return "" }
        return option.shown(field.read(defaults))
    }
}
