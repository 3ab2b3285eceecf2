import BrokerValues
import Introspection

/// `skep:type=Sessions`: finding clients, and operating on one of them.
enum ClientBeans {
    static func sessions(_ context: BeanContext) -> ManagedBean {
        ManagedBean(
            ObjectName("skep", ["type": "Sessions"]), className: "Sessions", "Clients and their sessions.",
            attributes: [
                .sum("Count", "skep_sessions"),
                BeanAttribute("Online", .long, "Sessions whose client is connected.") {
                    $0.one("skep_sessions", ["online"])
                },
                BeanAttribute("Offline", .long, "Sessions whose client is away.") {
                    $0.one("skep_sessions", ["offline"])
                },
                .sum("Expiring", "skep_sessions_expiring"),
                .sum("PersistentOnline", "skep_sessions_persistent_online"),
                .sum("Ended", "skep_sessions_ended_total"),
                BeanAttribute(
                    "LongestQueryStepSeconds", .double,
                    "For how long one step of an answer to an operator has kept an event loop at most, since the start."
                ) { _ in JSONValue(Double(context.queries.longestStep) / 1e9) },
            ], operations: questions(context.queries) + orders(context.commands))
    }

    private static let identifier = OperationDescription.Parameter(
        "id", .string, "The client identifier.")

    // MARK: - Questions

    private static func questions(_ queries: any BrokerQueries) -> [BeanOperation] {
        [
            BeanOperation(
                "find",
                [
                    .init(
                        "query", .map,
                        """
                        All optional: id (pattern with * and ?), address (its beginning), user, connected, protocol, \
                        listener, queuedAbove, paused, sort, reversed, cursor, limit (1 to \(ClientQuery.maximumLimit)).
                        """)
                ], returns: .map, access: .readers, "One page of the clients that a query is for."
            ) { arguments throws(BeanError) in
                let query = try ClientQuery(json: arguments.members(0))
                let page = try await answer { () async throws(QueryFailure) in try await queries.clients(query) }
                return [
                    "clients": .array(page.clients.map(\.json)), "next": JSONValue(page.next),
                    "examined": JSONValue(page.examined),
                ]
            },
            BeanOperation(
                "client", [identifier], returns: .map, access: .readers, "Everything about one client."
            ) { arguments throws(BeanError) in
                let name = try arguments.text(0)
                guard let client = await queries.client(name) else { throw noSession(name) }
                return client.json
            },
            BeanOperation(
                "subscriptions",
                [
                    identifier, .init("cursor", .string, "Where the page begins; null for the first."),
                    .init("limit", .int, "1 to \(ClientQuery.maximumLimit); null for 100."),
                ], returns: .map, access: .readers, "A page of a client's subscriptions."
            ) { arguments throws(BeanError) in
                let name = try arguments.text(0)
                let limit = try arguments.number(2, 1...ClientQuery.maximumLimit, standard: 100)
                let cursor = arguments.optionalText(1)
                let page = try await answer { () async throws(QueryFailure) in
                    try await queries.subscriptions(of: name, cursor: cursor, limit: limit)
                }
                guard let page else { throw noSession(name) }
                return ["subscriptions": .array(page.elements.map(\.json)), "next": JSONValue(page.next)]
            },
        ]
    }

    static func answer<Value>(
        _ question: () async throws(QueryFailure) -> Value
    ) async throws(BeanError) -> Value {
        do {
            return try await question()
        } catch {
            throw BeanError(.badArgument, error.message)
        }
    }

    private static func noSession(_ name: String) -> BeanError {
        BeanError(.notFound, "there is no session of a client called \(name)")
    }

    // MARK: - Orders

    private static func orders(_ commands: any ClientCommands) -> [BeanOperation] {
        [
            BeanOperation(
                "disconnect",
                [identifier, .init("publishesWill", .boolean, "Whether its will is published; null for yes.")],
                returns: .boolean, access: .operators,
                "Ends a client's connection; its session stays as its expiry says. False if it is not connected."
            ) { arguments throws(BeanError) in
                let publishesWill = arguments.flag(1, standard: true)
                return .boolean(await commands.disconnect(try arguments.text(0), publishesWill: publishesWill))
            },
            BeanOperation(
                "invalidate", [identifier], returns: .boolean, access: .operators,
                "Ends a client's connection and its session with all that waits for it. False without a session."
            ) { arguments throws(BeanError) in
                .boolean(await commands.invalidateSession(try arguments.text(0)))
            },
            BeanOperation(
                "setRestrictions",
                [
                    identifier,
                    .init(
                        "restrictions", .map,
                        """
                        maxPublishSize, outgoingBytesPerSecond, incomingBytesPerSecond, writeBufferHigh and \
                        writeBufferLow, maxQueuedMessages, queueStrategy (discard or discard-oldest), sessionExpiry, \
                        inflightQueueSize; what is left out is as the broker's limits say.
                        """),
                ], returns: .void, access: .operators, "Sets what one client may do, in place of what was set before."
            ) { arguments throws(BeanError) in
                let name = try arguments.text(0)
                let restrictions = try ClientRestrictions(json: arguments.members(1))
                guard await commands.setRestrictions(restrictions, of: name) else { throw noSession(name) }
                return .null
            },
            BeanOperation(
                "setSessionExpiry",
                [identifier, .init("seconds", .long, "4294967295 never expires.")],
                returns: .void, access: .operators, "Sets how long a session outlives its connection."
            ) { arguments throws(BeanError) in
                let name = try arguments.text(0)
                let seconds = try arguments.number(1, 0...Int(UInt32.max))
                guard await commands.setSessionExpiry(UInt32(clamping: seconds), of: name) else {
                    throw noSession(name)
                }
                return .null
            },
        ]
    }
}

/// `skep:type=Subscriptions` and `skep:type=Retained`: who would get what, and what is kept.
enum TopicBeans {
    static func subscriptions(_ context: BeanContext) -> ManagedBean {
        let queries = context.queries
        func kind(_ name: String, _ label: String) -> BeanAttribute {
            BeanAttribute(name, .long, "Subscriptions of this kind.") { $0.one("skep_subscriptions", [label]) }
        }
        return ManagedBean(
            ObjectName("skep", ["type": "Subscriptions"]), className: "Subscriptions", "All subscriptions.",
            attributes: [
                .sum("Count", "skep_subscriptions"), kind("Exact", "exact"), kind("Wildcard", "wildcard"),
                kind("Shared", "shared"),
            ],
            operations: [
                BeanOperation(
                    "receivers",
                    [
                        .init("topic", .string, "A topic, without wildcards."),
                        .init(
                            "limit", .int, "Receivers that are named, 1 to \(ClientQuery.maximumLimit); null for 100."),
                    ], returns: .map, access: .readers,
                    "Who would get a message under the topic now, and by which filters."
                ) { arguments throws(BeanError) in
                    let topic = try arguments.text(0)
                    let limit = try arguments.number(1, 1...ClientQuery.maximumLimit, standard: 100)
                    return try await ClientBeans.answer { () async throws(QueryFailure) in
                        try await queries.receivers(of: topic, limit: limit)
                    }.json
                }
            ])
    }

    static func retained(_ context: BeanContext) -> ManagedBean {
        let (queries, commands) = (context.queries, context.commands)
        let filter = OperationDescription.Parameter("filter", .string, "A topic filter.")
        return ManagedBean(
            ObjectName("skep", ["type": "Retained"]), className: "Retained", "Retained messages.",
            attributes: [.sum("Count", "skep_retained_messages"), .sum("Bytes", "skep_retained_bytes")],
            operations: [
                BeanOperation(
                    "find",
                    [
                        filter, .init("cursor", .string, "Where the page begins; null for the first."),
                        .init("limit", .int, "1 to \(ClientQuery.maximumLimit); null for 100."),
                    ], returns: .map, access: .readers, "A page of the retained messages that a filter matches."
                ) { arguments throws(BeanError) in
                    let (filter, cursor) = (try arguments.text(0), arguments.optionalText(1))
                    let limit = try arguments.number(2, 1...ClientQuery.maximumLimit, standard: 100)
                    let page = try await ClientBeans.answer { () async throws(QueryFailure) in
                        try await queries.retained(matching: filter, cursor: cursor, limit: limit)
                    }
                    return ["messages": .array(page.elements.map(\.json)), "next": JSONValue(page.next)]
                },
                BeanOperation(
                    "delete", [filter], returns: .long, access: .operators,
                    "Removes the retained messages that a filter matches; says how many there were."
                ) { arguments throws(BeanError) in
                    let filter = try arguments.text(0)
                    return JSONValue(
                        try await ClientBeans.answer { () async throws(QueryFailure) in
                            try await commands.deleteRetained(matching: filter)
                        })
                },
            ])
    }
}
