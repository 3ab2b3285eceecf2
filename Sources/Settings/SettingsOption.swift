import BrokerTransport
import BrokerValues
import Monitoring

/// One row of the option table.
package struct SettingsOption: Sendable {
    /// Where the option is written to.
    enum Target: Sendable {
        /// Once in a file.
        case broker(OptionField<SettingsValues>)
        /// Once in each `tcp-listener`.
        case listener(OptionField<ListenerDraft>)
    }

    /// The path of the element below the root, in HiveMQ's newest form where it has one.
    package let path: String
    /// The other paths that set it: HiveMQ 3.x where ``path`` is 4.x.
    package let aliases: [String]
    /// Such as `bytes`; nil for a value that has no unit.
    package let unit: String?
    /// Whether a change takes effect without a restart.
    package let reloadable: Bool
    /// Whether the value is masked wherever settings are shown.
    package let secret: Bool
    /// What it is for.
    package let help: String
    /// How HiveMQ differs; nil where it has the same default, and where it has nothing to compare with that would let
    /// a client notice the difference.
    package let unlike: HiveMQDifference?
    /// Stands in the reference for a default that is not one fixed value.
    let defaultNote: String?
    let target: Target

    /// What may be written.
    package var kind: OptionKind {
        switch target {
        case .broker(let field): field.kind
        case .listener(let field): field.kind
        }
    }

    /// The value as settings are shown.
    func shown(_ value: String) -> String { secret ? "********" : value }

    /// The text of a file as faults show it.
    func quoted(_ text: String) -> String { secret ? "a hidden value" : SettingsFault.quoted(text) }

    static func broker(
        _ path: String, or aliases: [String] = [], _ field: OptionField<SettingsValues>, unit: String? = nil,
        reloadable: Bool = false, secret: Bool = false, defaultNote: String? = nil, _ help: String,
        unlike: HiveMQDifference? = nil
    ) -> Self {
        Self(
            path: path, aliases: aliases, unit: unit, reloadable: reloadable, secret: secret, help: help,
            unlike: unlike, defaultNote: defaultNote, target: .broker(field))
    }

    static func listener(
        _ name: String, _ field: OptionField<ListenerDraft>, secret: Bool = false, defaultNote: String, _ help: String,
        unlike: HiveMQDifference? = nil
    ) -> Self {
        Self(
            path: "\(OptionTable.listenerPath)/\(name)", aliases: [], unit: nil, reloadable: false, secret: secret,
            help: help, unlike: unlike, defaultNote: defaultNote, target: .listener(field))
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
    var limits: BrokerLimits
    var transport: TransportConfiguration
    var monitoring = MonitoringConfiguration()
    /// Off means a topic alias maximum of 0, whatever `max-per-client` says.
    var topicAliasEnabled = true

    /// Every default, and no listener yet.
    init(defaults: SettingsDefaults) {
        limits = BrokerLimits()
        transport = TransportConfiguration(listeners: [], eventLoops: defaults.eventLoops)
    }
}

/// One `tcp-listener` while it is read.
struct ListenerDraft: Sendable {
    /// Empty until named or generated.
    var name = ""
    var port = 0
    /// HiveMQ's default.
    var bindAddress = "0.0.0.0"
    var anonymous = false
}
