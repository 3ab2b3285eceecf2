import BrokerTransport

/// The one table of all options: parsing, validation, `skep check` and the reference come from it.
package enum OptionTable {
    /// Every option of this version, in the order in which they are shown.
    package static let options: [SettingsOption] =
        listenerOptions + connectOptions + proxyOptions + webSocketOptions + tlsOptions + keyOptions + threadOptions
        + limitOptions.map(\.takingEffectAtOnce) + transportOptions + monitoringOptions + storageOptions + pluginOptions

    /// What is written to ``BrokerLimits``: a running broker takes new limits on.
    private static let limitOptions =
        loadOptions + packetOptions + sessionOptions + flowOptions + queueOptions + retainedOptions

    /// The element below a listener that limits how many clients are let in.
    static let connectProtectionName = "connect-overload-protection"

    /// What the port of a listener may be.
    static let portBounds = 0...65_535

    /// Options that are written once in a file.
    static let brokerOptions: [(option: SettingsOption, field: OptionField<SettingsValues>)] =
        options.compactMap { option in
            guard case .broker(let field) = option.target else { return nil }
            return (option, field)
        }

    /// Options that are written once in each listener.
    static let listenerFields: [ListenerField] =
        options.compactMap { option in
            guard case .listener(let field, let name, let kinds) = option.target else { return nil }
            return ListenerField(option: option, field: field, name: name, kinds: kinds)
        }

    /// An option of listeners.
    struct ListenerField: Sendable {
        let option: SettingsOption
        let field: OptionField<ListenerDraft>
        /// Its path below the listener.
        let name: String
        let kinds: [ListenerKind]
    }

    /// The options that a listener of a kind has.
    static func listenerFields(of kind: ListenerKind) -> [ListenerField] {
        listenerFields.filter { $0.kinds.contains(kind) }
    }

    private static let listenerOptions: [SettingsOption] = [
        .listener(
            "name", .string(\.name, maximumBytes: 128), defaultNote: "the element's name and `-<port>`",
            "The name that logs and metrics use. A duplicate gets `-<n>` and a warning."),
        .listener(
            "port", .integer(\.port, portBounds), defaultNote: "none: it must be given",
            "The TCP port; 0 lets the system choose one."),
        .listener(
            "bind-address", .string(\.bindAddress, maximumBytes: 255), defaultNote: "0.0.0.0",
            "The address or host name of this machine to listen on."),
        .listener(
            "anonymous", .boolean(\.anonymous),
            defaultNote: "true on a loopback address while nothing says who may log in, else false",
            "Whether clients may come without credentials. A listener that other machines can reach must say so.",
            unlike: .hiveMQ("everybody is admitted", "an open broker should be somebody's decision")),
    ]

    private static let threadOptions: [SettingsOption] = [
        .broker(
            "threads/event-loops", .integer(\.transport.eventLoops, 1...ProcessorBudget.maximum),
            defaultNote: "the cores that affinity and cgroup quota allow",
            "Event loops: threads that each serve a part of the clients.")
    ]

    private static let transportOptions: [SettingsOption] = [
        .broker(
            "restrictions/accept-backlog", .integer(\.transport.backlog, 1...65_535), unit: "connections",
            "Connections that the kernel may keep for one listener before they are accepted."),
        .broker(
            "restrictions/accept-pause-millis", .integer(\.transport.acceptPauseMilliseconds, 1...60_000),
            unit: "milliseconds", "How long accepting rests when file descriptors have run out."),
        .broker(
            "restrictions/shutdown-timeout-millis", .integer(\.transport.shutdownMilliseconds, 100...300_000),
            unit: "milliseconds", "How long a shutdown may take to tell clients and to publish wills."),
    ]
}
