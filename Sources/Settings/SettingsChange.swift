import BrokerTransport
import BrokerValues

/// One option that is not what it was.
package struct SettingsChange: Sendable, Hashable, CustomStringConvertible {
    /// Keyed like ``EffectiveSettings/origins``; listeners count as in the newer settings. For a listener that has come
    /// or gone the path of the element.
    package let path: String
    /// The values as a settings file would write them, masked if secret; `none` for what is not set.
    package let old: String
    package let new: String
    /// Of both values, such as `bytes`.
    package let unit: String?
    /// Whether the running broker keeps the old value.
    package let needsRestart: Bool

    /// Such as `mqtt/max-inflight: 1000 -> 50 messages`.
    package var description: String { "\(path): \(old) -> \(new)\(unit.map { " \($0)" } ?? "")" }
}

extension EffectiveSettings {
    /// What differs in newer settings, in the order in which options are shown: listeners first.
    package func changes(to new: EffectiveSettings) -> [SettingsChange] {
        let others = OptionTable.brokerOptions.compactMap { option, field in
            Self.change(option, path: option.path, from: field.read(values), to: field.read(new.values))
        }
        return listenerChanges(to: new) + others
    }

    /// What is in force once everything was taken over from newer settings that does not need a restart.
    ///
    /// The listeners, their order included, stay those of these settings.
    package func takingOver(_ new: EffectiveSettings) -> EffectiveSettings {
        var values = self.values
        var origins = self.origins
        for (option, field) in OptionTable.brokerOptions where option.reloadable {
            // What was read is within the bounds, so that it can be written.
            _ = field.write(&values, field.read(new.values))
            origins[option.path] = new.origins[option.path]
        }
        values.drafts = drafts
        for (mine, theirs) in listenerPairs(with: new) {
            guard let mine, let theirs else { continue }
            values.drafts[mine].connectProtection = new.drafts[theirs].connectProtection
            values.transport.listeners[mine].connectRate = values.drafts[mine].rate
            for entry in OptionTable.listenerFields(of: drafts[mine].kind) where entry.option.reloadable {
                origins[drafts[mine].key(entry.name)] = new.origins[new.drafts[theirs].key(entry.name)]
            }
        }
        return EffectiveSettings(values: values, warnings: new.warnings, origins: origins)
    }

    // MARK: - Listeners

    private func listenerChanges(to new: EffectiveSettings) -> [SettingsChange] {
        listenerPairs(with: new).flatMap { mine, theirs -> [SettingsChange] in
            guard let mine, let theirs else {
                let kind = mine.map { drafts[$0].kind } ?? theirs.map { new.drafts[$0].kind } ?? .tcp
                let change = SettingsChange(
                    path: kind.path, old: mine.map { Self.summary(drafts[$0]) } ?? "none",
                    new: theirs.map { Self.summary(new.drafts[$0]) } ?? "none", unit: nil, needsRestart: true)
                return [change]
            }
            let (before, after) = (drafts[mine], new.drafts[theirs])
            guard before.kind == after.kind else {
                return [
                    SettingsChange(
                        path: after.kind.path, old: "\(before.kind.rawValue) \(Self.summary(before))",
                        new: Self.summary(after), unit: nil, needsRestart: true)
                ]
            }
            return OptionTable.listenerFields(of: after.kind).compactMap { entry in
                Self.change(
                    entry.option, path: after.key(entry.name), from: entry.field.read(before),
                    to: entry.field.read(after))
            }
        }
    }

    /// Which listener is which: those with the same name, then the others in their order. Nil for one that has come or
    /// gone.
    private func listenerPairs(with new: EffectiveSettings) -> [(mine: Int?, theirs: Int?)] {
        let mine = drafts.map(\.name)
        let theirs = new.drafts.map(\.name)
        let places = Dictionary(zip(mine, mine.indices), uniquingKeysWith: { first, _ in first })
        var pairs: [(mine: Int?, theirs: Int?)] = theirs.indices.map { (places[theirs[$0]], $0) }
        let known = Set(pairs.compactMap(\.mine))
        var others = mine.indices.filter { !known.contains($0) }[...]
        for index in pairs.indices where pairs[index].mine == nil { pairs[index].mine = others.popFirst() }
        return pairs + others.map { ($0, nil) }
    }

    private static func summary(_ listener: ListenerDraft) -> String {
        "\(listener.name) (\(listener.bindAddress) port \(listener.port))"
    }

    /// Nil when the values are the same.
    static func change(
        _ option: SettingsOption, path: String, from old: String, to new: String
    ) -> SettingsChange? {
        guard old != new else { return nil }
        func shown(_ value: String) -> String { value.isEmpty ? "none" : option.shown(value) }
        return SettingsChange(
            path: path, old: shown(old), new: shown(new), unit: option.unit, needsRestart: !option.reloadable)
    }
}
