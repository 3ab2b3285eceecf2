package import BrokerTransport
package import BrokerValues
package import BundledPlugins
package import Monitoring
package import SessionStorage

/// Where a value comes from.
package enum SettingsOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The built-in default.
    case standard
    case file(name: String, line: Int)

    /// `default`, or such as `config.xml:12`.
    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let name, let line): "\(name):\(line)"
        }
    }

    /// The line of the file; nil for a default.
    var line: Int? {
        switch self {
        case .standard: nil
        case .file(_, let line): line
        }
    }
}

/// What the broker runs with: each target's own configuration value, and how it came about.
package struct EffectiveSettings: Sendable {
    package let limits: BrokerLimits
    package let transport: TransportConfiguration
    package let monitoring: MonitoringConfiguration
    package let storage: StorageConfiguration
    /// What plugins may take.
    package let pluginLimits: PluginLimits
    /// Those that ship with the broker.
    package let plugins: BundledPluginsConfiguration
    /// What was accepted but has no effect, in the order of lines, each with file and line.
    package let warnings: [String]
    /// The options that a file sets: keyed by ``SettingsOption/path``, and for those of a listener by such as
    /// `listeners/tcp-listener[1]/port`. Everything else is a default.
    package let origins: [String: SettingsOrigin]
    let values: SettingsValues

    init(values: SettingsValues, warnings: [String], origins: [String: SettingsOrigin]) {
        var limits = values.limits
        if !values.topicAliasEnabled { limits.topicAliasMaximum = 0 }
        self.limits = limits
        self.transport = values.transport
        var monitoring = values.monitoring
        monitoring.http.isConfigured = ["bind-address", "port"].contains { origins["metrics/http/\($0)"] != nil }
        monitoring.introspection.tcp.isConfigured = ["bind-address", "port"].contains {
            origins["introspection/tcp/\($0)"] != nil
        }
        self.monitoring = monitoring
        self.storage = values.storage
        self.pluginLimits = values.pluginLimits
        self.plugins = values.plugins
        self.warnings = warnings
        self.origins = origins
        self.values = values
    }

    /// Where an option's value comes from.
    package func origin(of key: String) -> SettingsOrigin { origins[key] ?? .standard }

    /// Every option, one line each: `path = value unit   (origin)`; first those that the file sets. Secrets are masked.
    package var descriptionLines: [String] {
        let lines = self.lines
        return lines.filter { $0.origin != .standard }.map(\.text) + lines.filter { $0.origin == .standard }.map(\.text)
    }

    /// Every option's value as text, by its key, with secrets masked; those without a value are left out.
    package var shownValues: [String: String] {
        var result: [String: String] = [:]
        for draft in drafts {
            for entry in OptionTable.listenerFields(of: draft.kind) {
                result[draft.key(entry.name)] = entry.option.shown(entry.field.read(draft))
            }
        }
        for (option, field) in OptionTable.brokerOptions { result[option.path] = option.shown(field.read(values)) }
        return result.filter { !$0.value.isEmpty }
    }

    private var lines: [(text: String, origin: SettingsOrigin)] {
        let listeners = drafts.flatMap(listenerLines)
        let others = OptionTable.brokerOptions.compactMap { option, field in
            let value = field.read(values)
            return value.isEmpty ? nil : line(option, key: option.path, value: value)
        }
        return listeners + others
    }

    /// 64 bits in hexadecimal digits that change when the value of any option does (FNV-1a), apart from secrets: who
    /// sees the hash could try passwords until one fits.
    package var hash: String {
        let listeners = drafts.map { draft in
            OptionTable.listenerFields(of: draft.kind).map { entry in
                "\(draft.kind.rawValue)/\(entry.name)=\(entry.option.shown(entry.field.read(draft)))"
            }.joined(separator: "|")
        }
        let others = OptionTable.brokerOptions.map { option, field in
            "\(option.path)=\(option.shown(field.read(values)))"
        }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (listeners + others).joined(separator: "\n").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The listeners as the file gave them, or would.
    var drafts: [ListenerDraft] {
        guard values.drafts.isEmpty else { return values.drafts }
        return transport.listeners.enumerated().map { ListenerDraft($0.element, number: $0.offset + 1) }
    }

    /// What is not set and has no default is left out.
    private func listenerLines(_ draft: ListenerDraft) -> [(text: String, origin: SettingsOrigin)] {
        OptionTable.listenerFields(of: draft.kind).compactMap { entry in
            let value = entry.field.read(draft)
            return value.isEmpty ? nil : line(entry.option, key: draft.key(entry.name), value: value)
        }
    }

    private func line(
        _ option: SettingsOption, key: String, value: String
    ) -> (text: String, origin: SettingsOrigin) {
        let unit = option.unit.map { " \($0)" } ?? ""
        let origin = origin(of: key)
        return ("\(key) = \(option.shown(value))\(unit)   (\(origin))", origin)
    }
}
