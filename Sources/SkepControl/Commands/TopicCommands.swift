import ArgumentParser
import Introspection

/// `skepctl who TOPIC`: who would get a message.
struct WhoCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "who", abstract: "Who would get a message that is published under a topic now.")

    @OptionGroup var options: ConnectOptions
    @Argument(help: "The topic, without wildcards.") var topic: String
    @Option(name: .long, help: ArgumentHelp("Receivers that are named.", valueName: "count")) var limit = 100

    func validate() throws {
        try Self.check("limit", limit, 1...ClientQuery.maximumLimit)
        guard !topic.isEmpty, !topic.contains("+"), !topic.contains("#") else {
            throw ValidationError("A topic is not empty and has no wildcards.")
        }
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let arguments: [JSONValue] = [.string(topic), JSONValue(limit)]
        let answer = try broker.value(.execute("skep:type=Subscriptions", "receivers", arguments))
        if output.isJSON { return try output.json(answer) }
        var table = Table([
            .init("CLIENT", least: 12), .init("FILTER", least: 12), .init("QOS", isRight: true), .init("STATE"),
        ])
        for receiver in answer["receivers"]?.array ?? [] {
            let bean = Bean(receiver)
            let state = bean.isTrue("connected") ? "online" : "offline"
            table.add([bean.text("id"), bean.text("filter"), bean.text("qos"), state])
        }
        var groups = Table([.init("SHARED GROUP (one member each)", least: 20), .init("MEMBERS", isRight: true)])
        for group in answer["groups"]?.array ?? [] {
            groups.add([Bean(group).text("filter"), Bean(group).count("members")])
        }
        if table.rows.isEmpty, groups.rows.isEmpty { return Output.remark("Nobody.") }
        if !table.rows.isEmpty { try output.lines(table.lines(width: output.width, style: output.style)) }
        let total = answer["total"]?.integer ?? 0
        if total > table.rows.count { try output.line("… \(Human.count(total)) in all") }
        if !groups.rows.isEmpty {
            if !table.rows.isEmpty { try output.line("") }
            try output.lines(groups.lines(width: output.width, style: output.style))
        }
    }
}

/// `skepctl retained`: retained messages.
struct RetainedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retained", abstract: "See or delete retained messages.",
        subcommands: [List.self, Delete.self])

    /// `skepctl retained list FILTER`
    struct List: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "The retained messages that a filter matches.")

        private static let columns: [Table.Column] = [
            .init("TOPIC", least: 16), .init("QOS", isRight: true), .init("SIZE", isRight: true), .init("EXPIRES IN"),
            .init("PAYLOAD", least: 8),
        ]

        @OptionGroup var options: ConnectOptions
        @Argument(help: "A topic filter.") var filter = "#"
        @Option(name: .long, help: ArgumentHelp("Messages at most.", valueName: "count")) var limit = 100
        @Flag(name: .long, help: "All of them.") var all = false

        func validate() throws { try RetainedCommand.List.check("limit", limit, 1...10_000_000) }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            var pages = PagePrinter(output, Self.columns, ifEmpty: "No retained messages match.")
            let isCut = try Pages.walk(
                limit: all ? nil : limit, key: "messages",
                page: { (cursor, count) throws(ToolError) in
                    let arguments: [JSONValue] = [.string(filter), JSONValue(cursor), JSONValue(count)]
                    return try broker.value(.execute("skep:type=Retained", "find", arguments))
                },
                each: { (elements) throws(ToolError) in try pages.print(elements, row: Self.row) })
            try pages.end()
            if isCut { Output.remark("There are more: --limit COUNT or --all shows them.") }
        }

        private static func row(_ message: JSONValue) -> [String] {
            let bean = Bean(message)
            let expiry = bean.number("expiresIn").map(Human.duration) ?? "never"
            return [bean.text("topic"), bean.text("qos"), bean.bytes("size"), expiry, bean.text("preview")]
        }
    }

    /// `skepctl retained delete FILTER`
    struct Delete: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete the retained messages that a filter matches.",
            discussion: "Asks first if it stands at a terminal; --yes answers.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "A topic filter; # is for all but those below $.") var filter: String
        @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

        var onlyReads: Bool { false }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            if !yes { try Confirmation.ask("Delete the retained messages under \(Printable.text(filter))?") }
            let count = try broker.value(.execute("skep:type=Retained", "delete", [.string(filter)]))
            if output.isJSON { return try output.json(count) }
            let number = count.integer ?? 0
            try output.line("\(Human.count(number)) retained \(number == 1 ? "message" : "messages") deleted.")
        }
    }
}
