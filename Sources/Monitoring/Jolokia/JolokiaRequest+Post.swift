import Introspection

extension JolokiaRequest {
    /// The request that an object of a POST's body says.
    ///
    /// - Parameter parameters: those of the query and of the object's `config`.
    init(object: JSONValue, parameters: JolokiaParameters) throws(JolokiaError) {
        guard object.object != nil else {
            throw JolokiaError(.badRequest, "A request must be an object")
        }
        for place in [object, object["options"] ?? .null] where Self.member("target", of: place) != .none {
            throw JolokiaError(.refused, "This agent asks no other agents: leave out \"target\"")
        }
        var path: [String] = []
        if let inner = Self.member("path", of: object) {
            guard let text = inner.string else { throw JolokiaError(.badRequest, "path must be a string") }
            path = JolokiaPath.segments(text)
        }
        let type = try Self.text("type", of: object, for: "A request").lowercased()
        let action = try Self.action(type, object)
        self.init(action: action, path: path, parameters: parameters, method: .post)
    }

    private static func action(_ type: String, _ object: JSONValue) throws(JolokiaError) -> Action {
        switch type {
        case "version": return .version
        case "list": return .list
        case "search": return .search(try name(try text("mbean", of: object, for: type)))
        case "read":
            return .read(try name(try text("mbean", of: object, for: type)), try attributes(of: object))
        case "write":
            guard let value = object["value"] else {
                throw JolokiaError(.badRequest, "write needs \"value\", which may be null")
            }
            let bean = try singleName(try text("mbean", of: object, for: type), for: type)
            return .write(bean, attribute: try text("attribute", of: object, for: type), value: value)
        case "exec":
            let bean = try singleName(try text("mbean", of: object, for: type), for: type)
            var arguments: [JSONValue] = []
            if let given = member("arguments", of: object) {
                guard let elements = given.array else { throw JolokiaError(.badRequest, "arguments must be an array") }
                arguments = elements
            }
            return .exec(bean, operation: try text("operation", of: object, for: type), arguments: arguments)
        default: throw unknownType(type)
        }
    }

    private static func attributes(of object: JSONValue) throws(JolokiaError) -> Attributes {
        guard let given = member("attribute", of: object) else { return .all }
        if let text = given.string { return attributes(text) }
        guard let elements = given.array else {
            throw JolokiaError(.badRequest, "attribute must be a string or an array of strings")
        }
        var names: [String] = []
        for element in elements {
            guard let name = element.string else {
                throw JolokiaError(.badRequest, "attribute must be a string or an array of strings")
            }
            if !name.isEmpty { names.append(name) }
        }
        return names.isEmpty ? .all : .several(names)
    }

    /// Clients send null for what they leave out.
    private static func member(_ key: String, of object: JSONValue) -> JSONValue? {
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    private static func text(_ key: String, of object: JSONValue, for what: String) throws(JolokiaError) -> String {
        guard let text = object[key]?.string else {
            throw JolokiaError(.badRequest, "\(what) needs a string \"\(key)\"")
        }
        return text
    }
}
