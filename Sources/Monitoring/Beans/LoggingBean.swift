import Introspection

/// `skep:type=Logging`: what is logged, of everything and of single clients.
enum LoggingBean {
    static func make(_ controls: any BrokerControls) -> ManagedBean {
        let levels = controls.logLevels.joined(separator: ", ")
        let client = OperationDescription.Parameter("id", .string, "The client identifier.")
        return ManagedBean(
            ObjectName("skep", ["type": "Logging"]), className: "Logging", "What is logged.",
            attributes: [
                BeanAttribute("Level", .string, "The least level that is logged: one of \(levels).") { _ in
                    .string(controls.logLevel)
                } write: { value throws(BeanError) in
                    guard let level = value.string, controls.setLogLevel(level) else {
                        throw BeanError(.badArgument, "the levels are \(levels)")
                    }
                }
            ],
            operations: [
                // Not an attribute: client identifiers are for those only who may see single clients.
                BeanOperation(
                    "clientLevels", returns: .map, access: .readers, "Clients with a level of their own."
                ) { _ throws(BeanError) in .object(controls.clientLogLevels.mapValues { .string($0) }) },
                BeanOperation(
                    "setClientLevel", [client, .init("level", .string, "One of \(levels).")], returns: .void,
                    access: .operators, "Logs more, or less, about one client."
                ) { arguments throws(BeanError) in
                    let (client, level) = (try arguments.text(0), try arguments.text(1))
                    if let failure = controls.setClientLogLevel(level, of: client) { throw failure }
                    return .null
                },
                BeanOperation(
                    "clearClientLevel", [client], returns: .void, access: .operators,
                    "Logs as much about a client as about all others."
                ) { arguments throws(BeanError) in
                    if let failure = controls.setClientLogLevel(nil, of: try arguments.text(0)) { throw failure }
                    return .null
                },
            ])
    }
}
