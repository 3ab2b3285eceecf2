import ArgumentParser
import Introspection

/// `skepctl beans`: everything that the broker has, raw.
struct BeansCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "beans", abstract: "The broker's managed beans: read, write and call whatever there is.",
        discussion: """
            Names are those of JMX, such as skep:type=Broker. In a shell quote those with * and with quotes.
            """,
        subcommands: [List.self, Search.self, Read.self, Write.self, Execute.self])

    /// `skepctl beans list [PATTERN]`
    struct List: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "What beans there are; with a pattern also what each offers.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "A name, or a pattern such as 'skep:type=Listener,*'.") var pattern: String?

        func validate() throws { try pattern.map(BeanName.check) }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let all = BeanCatalog(try broker.value(.list()))
            let found = all.beans(matching: pattern)
            guard !found.isEmpty else {
                throw ToolError(.notFound, "No bean is like \(Printable.text(pattern ?? "*:*")).")
            }
            if output.isJSON { return try output.json(.object(Dictionary(found) { first, _ in first })) }
            guard pattern == nil else { return try output.lines(BeanCatalog.details(found, output.style)) }
            var table = Table([.init("BEAN", least: 24), .init("WHAT IT IS", least: 10)])
            for (name, bean) in found { table.add([name, Bean(bean).text("desc")]) }
            try output.table(table, ifEmpty: "No beans.")
        }
    }

    /// `skepctl beans search PATTERN`
    struct Search: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "search", abstract: "The names of the beans that a pattern matches, one in a line.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "Such as 'skep:type=Metric,name=*drop*'.") var pattern = "*:*"

        func validate() throws { try BeanName.check(pattern) }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let names = try broker.value(.search(pattern))
            if output.isJSON { return try output.json(names) }
            let texts = (names.array ?? []).compactMap(\.string).map(Printable.text).sorted()
            guard !texts.isEmpty else { throw ToolError(.notFound, "No bean is like \(Printable.text(pattern)).") }
            try output.lines(texts)
        }
    }

    /// `skepctl beans read NAME [ATTRIBUTE…]`
    struct Read: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "read", abstract: "The attributes of a bean, or of all that a pattern matches.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "A name or a pattern.") var name: String
        @Argument(help: "Which attributes; all without any.") var attributes: [String] = []
        @Option(name: .long, help: "A part of one attribute's value, such as cpu of Signals; parts are split by /.")
        var path: String?

        func validate() throws {
            try BeanName.check(name)
            guard path == nil || attributes.count == 1 else {
                throw ValidationError("--path goes with one attribute.")
            }
        }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let value = try broker.value(.read(name, attributes: attributes, path: path))
            try BeanText.show(value, output)
        }
    }

    /// `skepctl beans write NAME ATTRIBUTE VALUE`
    struct Write: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "write", abstract: "Set an attribute; prints the value before.")

        @OptionGroup var options: ConnectOptions
        @Argument(help: "The name of a bean.") var name: String
        @Argument(help: "The attribute.") var attribute: String
        @Argument(help: "JSON, or text.") var value: String

        var onlyReads: Bool { false }

        func validate() throws { try BeanName.check(name) }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let bean = try broker.value(.list(path: BeanName.path(name)))
            let type = bean["attr"]?[attribute]?["type"]?.string
            let new = ArgumentValue.json(value, type: type)
            let before = try broker.value(.write(name, attribute: attribute, value: new))
            try BeanText.show(before, output)
        }
    }

    /// `skepctl beans exec NAME OPERATION [ARGUMENT…]`
    struct Execute: BrokerCommand {
        static let configuration = CommandConfiguration(
            commandName: "exec", abstract: "Call an operation; prints what it returns.",
            discussion: """
                Arguments are JSON, or text where the operation takes text: "null" is a missing value, and a text that \
                looks so is quoted: '"null"'. An operation of which there are several is named with its types: \
                'find(java.util.Map)'.
                """)

        @OptionGroup var options: ConnectOptions
        @Argument(help: "The name of a bean.") var name: String
        @Argument(help: "The operation.") var operation: String
        @Argument(help: "Its arguments.") var arguments: [String] = []

        var onlyReads: Bool { false }

        func validate() throws { try BeanName.check(name) }

        func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
            let bean = try broker.value(.list(path: BeanName.path(name)))
            let types = ArgumentValue.types(of: operation, count: arguments.count, in: bean)
            let values = arguments.enumerated().map { index, text in
                ArgumentValue.json(text, type: index < types.count ? types[index] : nil)
            }
            try BeanText.show(try broker.value(.execute(name, operation, values)), output)
        }
    }
}
