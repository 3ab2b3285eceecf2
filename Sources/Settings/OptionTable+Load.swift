import BrokerValues

/// Limits of load: how many clients, how fast they come, and how many bytes.
extension OptionTable {
    static let loadOptions: [SettingsOption] = [
        .broker(
            "restrictions/max-connections",
            .integer(
                -1...100_000_000, read: { $0.limits.maximumConnections },
                write: { $0.limits.maximumConnections = max(0, $1) }),
            unit: "connections",
            """
            Clients that may be connected at a time, over all listeners; 0 and HiveMQ's -1 for as many as come. \
            Looked at when a CONNECT arrives: who is connected stays.
            """),
        .broker(
            "restrictions/incoming-bandwidth-throttling",
            or: ["throttling/incoming-limit"], .integer(\.limits.incomingBytesPerSecond, 0...largestMemory),
            unit: "bytes a second", "What all clients together may send; 0 for no limit."),
        .broker(
            "restrictions/outgoing-limit", .integer(\.limits.outgoingBytesPerSecond, 0...largestMemory),
            unit: "bytes a second", "What all clients together are sent; 0 for no limit."),
        .broker(
            "restrictions/max-waiting-sockets", .integer(\.limits.maximumWaitingSockets, 1...1_000_000),
            unit: "sockets",
            """
            Sockets of one event loop that may wait for their CONNECT to be let in at a limited rate; further ones are \
            closed at once.
            """,
            unlike: .hiveMQ("it does not say how many wait", "each that waits costs a descriptor and memory")),
        .broker(
            "overload-protection/enabled", .boolean(\.limits.protectsFromOverload),
            "Whether the broker takes on less than it is offered when it is overloaded."),
    ]

    static let connectOptions: [SettingsOption] = [
        .listener(
            "connect-overload-protection/enabled",
            OptionField(
                kind: .boolean,
                read: { "\($0.connectProtection.isInForce)" },
                write: { draft, text in
                    guard let isEnabled = OptionKind.boolean.boolean(text) else { return false }
                    draft.connectProtection.isEnabled = isEnabled
                    return true
                }),
            reloadable: true, defaultNote: "true if `connect-overload-protection` is there, else false",
            "Whether the listener lets clients in at a limited rate.",
            unlike: .hiveMQ("3.x: false; 4.x: true, 500 a second", "as in 3.x")),
        .listener(
            "connect-overload-protection/connect-rate", .double(\.connectProtection.rate, 0.001...1_000_000),
            unit: "CONNECT packets a second", reloadable: true,
            defaultNote: "none: it must be given with the protection",
            "The rate at which the listener lets clients in over a sustained time.",
            hint: { text in
                guard let number = Double(text), number == 0 else { return nil }
                return "0 would let nobody in; set <enabled> to false to let in as many as come"
            }),
        .listener(
            "connect-overload-protection/connect-burst-size",
            .integer(
                \.connectProtection.burst, 1...10_000_000,
                read: { draft in
                    let standard = draft.connectProtection.rate.map { ConnectRate(perSecond: $0).burst }
                    return (draft.connectProtection.burst ?? standard).map { "\($0)" } ?? ""
                }),
            unit: "CONNECT packets", reloadable: true, defaultNote: "twice the rate, the fraction cut off, at least 1",
            "Clients that are let in when they come in one moment, whatever the rate is.",
            hint: { text in
                guard let number = Int(text), number == 0 else { return nil }
                return "a burst of 0 would let nobody in, whatever connect-rate is"
            }),
    ]
}
