import ArgumentParser
import Introspection

/// `skepctl client ID`: everything about one client.
struct ClientCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Everything about one client.")

    @OptionGroup var options: ConnectOptions
    @Argument(help: "The client identifier.") var id: String

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let client = try broker.value(.execute("skep:type=Sessions", "client", [.string(id)]))
        if output.isJSON { return try output.json(client) }
        let fields = ClientText.fields(client, output.style)
        try output.lines(fields.lines(width: output.width, style: output.style))
    }
}

/// `skepctl subscriptions ID`: what a client has subscribed to.
struct SubscriptionsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriptions", abstract: "What a client has subscribed to.")

    private static let columns: [Table.Column] = [
        .init("FILTER", least: 16), .init("QOS", isRight: true), .init("NO LOCAL"), .init("AS PUBLISHED"),
        .init("RETAINED"), .init("ID", isRight: true),
    ]

    @OptionGroup var options: ConnectOptions
    @Argument(help: "The client identifier.") var id: String
    @Option(name: .long, help: ArgumentHelp("Subscriptions at most.", valueName: "count")) var limit = 1_000
    @Flag(name: .long, help: "All of them.") var all = false

    func validate() throws { try Self.check("limit", limit, 1...10_000_000) }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        var pages = PagePrinter(output, Self.columns, ifEmpty: "No subscriptions.")
        let isCut = try Pages.walk(
            limit: all ? nil : limit, key: "subscriptions",
            page: { (cursor, count) throws(ToolError) in
                let arguments: [JSONValue] = [.string(id), JSONValue(cursor), JSONValue(count)]
                return try broker.value(.execute("skep:type=Sessions", "subscriptions", arguments))
            },
            each: { (elements) throws(ToolError) in try pages.print(elements, row: Self.row) })
        try pages.end()
        if isCut { Output.remark("There are more: --limit COUNT or --all shows them.") }
    }

    private static func row(_ subscription: JSONValue) -> [String] {
        let bean = Bean(subscription)
        // [MQTT5-3.8.3.1]
        let handling = ["sent", "sent if new", "not sent"]
        let number = Int(clamping: subscription["retainHandling"]?.integer ?? -1)
        let identifier = subscription["identifier"]?.integer ?? 0
        return [
            bean.text("filter"), bean.text("qos"), bean.text("noLocal"), bean.text("retainAsPublished"),
            handling.indices.contains(number) ? handling[number] : Bean.nothing,
            identifier == 0 ? Bean.nothing : "\(identifier)",
        ]
    }
}

/// `skepctl kick ID`: ends a connection; the session stays.
struct KickCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "kick", abstract: "Disconnect a client; its session stays as long as it would anyway.")

    @OptionGroup var options: ConnectOptions
    @Argument(help: "The client identifier.") var id: String
    @Flag(name: .long, help: "Do not publish its will.") var noWill = false

    var onlyReads: Bool { false }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let done = try broker.value(.execute("skep:type=Sessions", "disconnect", [.string(id), .boolean(!noWill)]))
        guard done.boolean == true else {
            throw ToolError(.notFound, "\(Printable.text(id)) is not connected.")
        }
        if output.isJSON { return try output.json(done) }
        try output.line("\(Printable.text(id)) is disconnected.")
    }
}

/// `skepctl session`: what outlives connections.
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "End a session, or change when it expires.",
        subcommands: [Invalidate.self, Expire.self])

    /// `skepctl session invalidate ID`
    struct Invalidate: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "invalidate", abstract: "Disconnect a client and forget its session with all that is queued.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "The client identifier.") var id: String

        var onlyReads: Bool { false }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let done = try broker.value(.execute("skep:type=Sessions", "invalidate", [.string(id)]))
            guard done.boolean == true else {
                throw ToolError(.notFound, "\(Printable.text(id)) has no session.")
            }
            if output.isJSON { return try output.json(done) }
            try output.line("The session of \(Printable.text(id)) is gone.")
        }
    }

    /// `skepctl session expiry ID SECONDS`
    struct Expire: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "expiry", abstract: "Set how long a session outlives its connection.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "The client identifier.") var id: String
        @Argument(help: "Seconds, or \"never\".", transform: SessionExpiry.seconds) var seconds: Int64

        var onlyReads: Bool { false }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let arguments: [JSONValue] = [.string(id), .integer(seconds)]
            let done = try broker.value(.execute("skep:type=Sessions", "setSessionExpiry", arguments))
            if output.isJSON { return try output.json(done) }
            try output.line("The session of \(Printable.text(id)) expires: \(Human.expiry(seconds)).")
        }
    }
}

/// The seconds of a session's expiry, as users write them.
enum SessionExpiry {
    /// - Throws: `ValidationError` for what is neither `never` nor 0 to 4294967295.
    static func seconds(_ text: String) throws -> Int64 {
        if text == "never" { return Int64(UInt32.max) }
        guard let seconds = UInt32(text) else {
            throw ValidationError("A session expires after 0 to 4294967295 seconds, or \"never\".")
        }
        return Int64(seconds)
    }
}
