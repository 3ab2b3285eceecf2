import ArgumentParser
import Introspection

/// Names of beans as users write them.
enum BeanName {
    /// - Throws: `ValidationError` for what is neither a name nor a pattern.
    static func check(_ name: String) throws {
        guard ObjectName(name) != nil else {
            throw ValidationError("\(name) is no name of a bean; one looks like skep:type=Broker.")
        }
    }

    /// The path of a bean in the list of all.
    static func path(_ name: String) -> String {
        guard let parsed = ObjectName(name) else { return BeanRequest.pathPart(name) }
        return BeanRequest.pathPart(parsed.domain) + "/" + BeanRequest.pathPart(parsed.canonicalPropertyList)
    }
}

/// What a broker lists, by domain and name: attributes (`attr`), operations (`op`) and descriptions (`desc`).
struct BeanCatalog {
    private let all: [(name: String, bean: JSONValue)]

    init(_ list: JSONValue) {
        all = (list.object ?? [:]).flatMap { domain in
            (domain.value.object ?? [:]).map { ("\(domain.key):\($0.key)", $0.value) }
        }.sorted { $0.name < $1.name }
    }

    /// The beans that a pattern matches, by name; all without one.
    func beans(matching pattern: String?) -> [(String, JSONValue)] {
        guard let pattern = pattern.flatMap({ ObjectName($0) }) else { return all }
        return all.filter { entry in ObjectName(entry.name).map(pattern.matches) ?? false }
    }

    /// What beans offer, in words.
    static func details(_ beans: [(String, JSONValue)], _ style: Style) -> [String] {
        beans.flatMap { name, bean in
            var table = Table([.init("NAME"), .init("TYPE"), .init("TEXT")])
            for (name, attribute) in (bean["attr"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                let access = Bean(attribute).isTrue("rw") ? ", may be written" : ""
                table.add(["  " + name, short(Bean(attribute).text("type")) + access, Bean(attribute).text("desc")])
            }
            for (name, operation) in (bean["op"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                for overload in operation.array ?? [operation] {
                    let list = (overload["args"]?.array ?? []).map {
                        "\(Bean($0).text("name")): \(short(Bean($0).text("type")))"
                    }
                    let result = short(Bean(overload).text("ret"))
                    table.add(["  \(name)(\(list.joined(separator: ", ")))", result, Bean(overload).text("desc")])
                }
            }
            let text = Bean(bean).text("desc")
            let title = style.bold(Printable.text(name)) + (text == Bean.nothing ? "" : "  " + Printable.text(text))
            return [title] + table.lines(width: nil, showsTitles: false)
        }
    }

    /// `java.util.Map` without its package.
    private static func short(_ type: String) -> String { type.split(separator: ".").last.map(String.init) ?? type }
}

/// What a bean said, whatever it is.
enum BeanText {
    /// Prints a value: a text as it is, a map as a table of its leaves.
    static func show(_ value: JSONValue, _ output: Output) throws(ToolError) {
        if output.isJSON { return try output.json(value) }
        switch value {
        case .null: break
        case .boolean, .integer, .number, .string: try output.line(Printable.text(Bean.text(value)))
        case .array, .object:
            var table = Table([.init("NAME", least: 20), .init("VALUE", least: 10)])
            for (path, text) in leaves(value) { table.add([path, text]) }
            try output.lines(table.lines(width: output.width, showsTitles: false, style: output.style))
        }
    }

    /// Each leaf of a tree with its path, in the order of the keys. A tree is no deeper than what ``JSONReader`` reads.
    static func leaves(_ value: JSONValue, path: String = "") -> [(path: String, text: String)] {
        func child(_ key: String) -> String { path.isEmpty ? key : "\(path)/\(key)" }
        switch value {
        case .object(let members) where !members.isEmpty:
            return members.sorted { $0.key < $1.key }.flatMap { leaves($0.value, path: child($0.key)) }
        case .array(let elements) where elements.contains { $0.array != nil || $0.object != nil }:
            return elements.enumerated().flatMap { leaves($0.element, path: child("\($0.offset)")) }
        case .null, .boolean, .integer, .number, .string, .array, .object: return [(path, Bean.text(value))]
        }
    }
}

/// Arguments of operations as users write them.
enum ArgumentValue {
    /// Text for what takes text, else JSON; what is no JSON is text.
    ///
    /// - Parameter type: as the bean describes it; nil if it is not known.
    static func json(_ text: String, type: String?) -> JSONValue {
        let value = try? JSONReader.value(Array(text.utf8))
        guard type == BeanType.string.rawValue else { return value ?? .string(text) }
        switch value {
        case .string, .null: return value ?? .null
        case .boolean, .integer, .number, .array, .object, nil: return .string(text)
        }
    }

    /// The types of an operation's parameters: those in its name (`find(java.util.Map)`), else those that the bean
    /// describes for the operation with as many; empty if neither is there.
    static func types(of operation: String, count: Int, in bean: JSONValue) -> [String] {
        if let open = operation.firstIndex(of: "("), operation.hasSuffix(")") {
            let list = operation[operation.index(after: open)...].dropLast()
            return list.split(separator: ",").map(String.init)
        }
        let described = bean["op"]?[operation]
        let overloads = described?.array ?? described.map { [$0] } ?? []
        let match = overloads.first { $0["args"]?.array?.count == count }
        return (match?["args"]?.array ?? []).map { $0["type"]?.string ?? "" }
    }
}
