import BrokerTransport
import BrokerValues
import BundledPlugins
import Monitoring
import SessionStorage

/// One row of the option table.
package struct SettingsOption: Sendable {
    /// Where the option is written to.
    enum Target: Sendable {
        /// Once in a file.
        case broker(OptionField<SettingsValues>)
        /// Once in each listener of these kinds; never none.
        case listener(OptionField<ListenerDraft>, name: String, [ListenerKind])
    }

    /// The path of the element below the root, in HiveMQ's newest form where it has one.
    package let path: String
    /// The other paths that set it: HiveMQ 3.x where ``path`` is 4.x.
    package let aliases: [String]
    /// Such as `bytes`; nil for a value that has no unit.
    package let unit: String?
    /// Whether a change takes effect without a restart.
    package private(set) var reloadable: Bool
    /// Whether the value is masked wherever settings are shown.
    package let secret: Bool
    /// What it is for.
    package let help: String
    /// How HiveMQ differs; nil where it has the same default, and where it has nothing to compare with that would let
    /// a client notice the difference.
    package let unlike: HiveMQDifference?
    /// Stands in the reference for a default that is not one fixed value.
    let defaultNote: String?
    /// What a fault adds to the bounds for a text that is not allowed but was probably meant well; nil for nothing.
    var hint: (@Sendable (String) -> String?)?
    let target: Target

    /// The elements besides that of ``path`` in which it stands as well, such as `tls-tcp-listener`.
    var otherListeners: [String] {
        switch target {
        case .broker: []
        case .listener(_, _, let kinds): kinds.dropFirst().map(\.rawValue)
        }
    }

    /// All paths that set it. HiveMQ 3.x says `throttling` where 4.x says `restrictions`: each stands for the other.
    var acceptedPaths: [String] {
        if case .listener(_, let name, let kinds) = target { return kinds.map { "\($0.path)/\(name)" } }
        return ([path] + aliases).flatMap { path in
            guard let (top, rest) = Self.split(path) else { return [path] }
            switch top {
            case "restrictions": return [path, "throttling/\(rest)"]
            case "throttling": return [path, "restrictions/\(rest)"]
            default: return [path]
            }
        }
    }

    private static func split(_ path: String) -> (top: Substring, rest: Substring)? {
        path.firstIndex(of: "/").map { (path[..<$0], path[path.index(after: $0)...]) }
    }

    /// The same option, whose changes take effect without a restart.
    var takingEffectAtOnce: Self {
        var copy = self
        copy.reloadable = true
        return copy
    }

    /// What is allowed, and for a text that is not what was probably meant.
    func allowed(insteadOf text: String) -> String { kind.allowed + (hint?(text).map { "; \($0)" } ?? "") }

    /// What may be written.
    package var kind: OptionKind {
        switch target {
        case .broker(let field): field.kind
        case .listener(let field, _, _): field.kind
        }
    }

    /// Whether the element may stand several times.
    var isList: Bool {
        switch target {
        case .broker(let field): field.isList
        case .listener(let field, _, _): field.isList
        }
    }

    /// The value as settings are shown; what is not set stays empty.
    func shown(_ value: String) -> String { secret && !value.isEmpty ? "********" : value }

    /// The text of a file as faults show it.
    func quoted(_ text: String) -> String { secret ? "a hidden value" : SettingsFault.quoted(text) }

    static func broker(
        _ path: String, or aliases: [String] = [], _ field: OptionField<SettingsValues>, unit: String? = nil,
        reloadable: Bool = false, secret: Bool = false, defaultNote: String? = nil, _ help: String,
        unlike: HiveMQDifference? = nil, hint: (@Sendable (String) -> String?)? = nil
    ) -> Self {
        Self(
            path: path, aliases: aliases, unit: unit, reloadable: reloadable, secret: secret, help: help,
            unlike: unlike, defaultNote: defaultNote, hint: hint, target: .broker(field))
    }

    static func listener(
        _ name: String, _ field: OptionField<ListenerDraft>, unit: String? = nil, reloadable: Bool = false,
        secret: Bool = false, in kinds: [ListenerKind] = ListenerKind.allCases, defaultNote: String, _ help: String,
        unlike: HiveMQDifference? = nil, hint: (@Sendable (String) -> String?)? = nil
    ) -> Self {
        Self(
            path: "\(kinds.first?.path ?? "listeners")/\(name)", aliases: [], unit: unit, reloadable: reloadable,
            secret: secret, help: help, unlike: unlike, defaultNote: defaultNote, hint: hint,
            target: .listener(field, name: name, kinds))
    }
}

/// What HiveMQ does where our default is another one.
package struct HiveMQDifference: Sendable {
    /// HiveMQ's default, or that it has no such limit.
    package let theirs: String
    /// Why ours is not the same.
    package let why: String

    static func hiveMQ(_ theirs: String, _ why: String) -> Self { Self(theirs: theirs, why: why) }
}

/// What the options of the whole broker are written to.
struct SettingsValues: Sendable {
    var pluginLimits = PluginLimits()
    var limits: BrokerLimits
    var transport: TransportConfiguration
    var monitoring = MonitoringConfiguration()
    var storage = StorageConfiguration()
    var plugins = BundledPluginsConfiguration()
    /// Off means a topic alias maximum of 0, whatever `max-per-client` says.
    var topicAliasEnabled = true
    /// The listeners as the file gave them, in the order of `transport.listeners`; empty without a `listeners` element.
    var drafts: [ListenerDraft] = []

    /// Every default, and no listener yet.
    init(defaults: SettingsDefaults) {
        limits = BrokerLimits()
        transport = TransportConfiguration(listeners: [], eventLoops: defaults.eventLoops)
    }
}
