import ArgumentParser
import Introspection

extension ClientQuery.Order: ExpressibleByArgument {}

/// `skepctl clients`: the clients that filters leave, page by page.
struct ClientsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients", abstract: "The clients and sessions, filtered and sorted.",
        discussion: """
            Filters are joined by "and". In --id * stands for any characters and ? for one. Sorting is done by the \
            broker: the largest amount first, but the smallest identifier, the fewest credits and the longest connected \
            first; --reverse is the other way round.
            """)

    @OptionGroup var options: ConnectOptions

    @Option(name: .long, help: ArgumentHelp("Identifiers like this pattern.", valueName: "pattern"))
    var id: String?
    @Option(name: .long, help: ArgumentHelp("Addresses that begin so.", valueName: "prefix"))
    var address: String?
    @Option(name: .long, help: ArgumentHelp("This user name.", valueName: "name"))
    var user: String?
    @Option(name: .long, help: "Connected through this listener.")
    var listener: String?
    @Option(
        name: .customLong("protocol"), help: ArgumentHelp("3.1, 3.1.1 or 5.", valueName: "version"),
        completion: .list(["3.1", "3.1.1", "5"]))
    var protocolVersion: String?
    @Flag(name: .long, help: "Connected now.")
    var online = false
    @Flag(name: .long, help: "Away, with a session.")
    var offline = false
    @Flag(name: .long, help: "Not read from now.")
    var paused = false
    @Option(name: .long, help: ArgumentHelp("More messages than these are queued.", valueName: "count"))
    var queuedAbove: Int?
    @Option(name: .long, help: "What to sort by.")
    var sort: ClientQuery.Order?
    @Flag(name: .shortAndLong, help: "The other way round.")
    var reverse = false
    @Option(name: .long, help: ArgumentHelp("Clients at most.", valueName: "count"))
    var limit = 100
    @Flag(name: .long, help: "All of them.")
    var all = false

    func validate() throws {
        guard !(online && offline) else { throw ValidationError("Give --online or --offline, not both.") }
        try Self.check("limit", limit, 1...10_000_000)
        try queuedAbove.map { try Self.check("queued-above", $0, 0...Int(Int32.max)) }
        if let protocolVersion, !["3.1", "3.1.1", "5"].contains(protocolVersion) {
            throw ValidationError("--protocol is 3.1, 3.1.1 or 5.")
        }
    }

    /// The query for one page, as the bean `skep:type=Sessions` takes it.
    func query(cursor: String?, limit: Int) -> JSONValue {
        var query: [String: JSONValue] = ["limit": JSONValue(min(limit, ClientQuery.maximumLimit))]
        query["id"] = id.map { .string($0) }
        query["address"] = address.map { .string($0) }
        query["user"] = user.map { .string($0) }
        query["listener"] = listener.map { .string($0) }
        query["protocol"] = protocolVersion.map { .string($0) }
        if online || offline { query["connected"] = .boolean(online) }
        if paused { query["paused"] = true }
        query["queuedAbove"] = queuedAbove.map { JSONValue($0) }
        query["sort"] = sort.map { .string($0.rawValue) }
        if reverse { query["reversed"] = true }
        query["cursor"] = cursor.map { .string($0) }
        return .object(query)
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        var pages = PagePrinter(output, ClientText.columns, ifEmpty: "No clients match.")
        let isCut = try Pages.walk(
            limit: all ? nil : limit, key: "clients",
            page: { (cursor, count) throws(ToolError) in
                try broker.value(
                    .execute("skep:type=Sessions", "find", [query(cursor: cursor, limit: count)]))
            },
            each: { (clients) throws(ToolError) in try pages.print(clients, row: ClientText.row) })
        try pages.end()
        if isCut { Output.remark("There are more: --limit COUNT or --all shows them.") }
    }
}
