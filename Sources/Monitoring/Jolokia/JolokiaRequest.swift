import Introspection

/// One request of the protocol, from the path of a GET or an object of a POST.
struct JolokiaRequest {
    /// What is asked for.
    enum Action {
        case version
        case read(ObjectName, Attributes)
        case write(ObjectName, attribute: String, value: JSONValue)
        /// - Parameter operation: its name, or its signature.
        case exec(ObjectName, operation: String, arguments: [JSONValue])
        case search(ObjectName)
        case list
    }

    /// Which attributes are asked for. One of several is answered as an object, one alone as its value.
    enum Attributes {
        case all
        case one(String)
        case several([String])
    }

    let action: Action
    /// The way into the value, or into the list of beans.
    var path: [String] = []
    let parameters: JolokiaParameters
    /// GET has only texts for arguments and values.
    let method: JolokiaExchange.Method

    /// What the answer repeats of the request.
    var echo: JSONValue {
        var result: [String: JSONValue] = ["type": .string(type)]
        if !path.isEmpty { result["path"] = .string(JolokiaPath.text(path)) }
        switch action {
        case .version, .list: break
        case .search(let pattern): result["mbean"] = .string(text(of: pattern))
        case .read(let bean, let attributes):
            result["mbean"] = .string(text(of: bean))
            switch attributes {
            case .all: break
            case .one(let name): result["attribute"] = .string(name)
            case .several(let names): result["attribute"] = .array(names.map { .string($0) })
            }
        case .write(let bean, let attribute, let value):
            result["mbean"] = .string(text(of: bean))
            result["attribute"] = .string(attribute)
            result["value"] = value
        case .exec(let bean, let operation, let arguments):
            result["mbean"] = .string(text(of: bean))
            result["operation"] = .string(operation)
            if !arguments.isEmpty { result["arguments"] = .array(arguments) }
        }
        return .object(result)
    }

    /// A bean's name as the answer has it.
    func text(of name: ObjectName) -> String {
        parameters.canonicalNaming || name.isPattern ? name.canonical : name.text
    }

    private var type: String {
        switch action {
        case .version: "version"
        case .read: "read"
        case .write: "write"
        case .exec: "exec"
        case .search: "search"
        case .list: "list"
        }
    }

    /// - Throws: for what is no name and no pattern.
    static func name(_ text: String) throws(JolokiaError) -> ObjectName {
        guard text.utf8.count <= JolokiaLimits.nameBytes else {
            throw JolokiaError(.badRequest, "An object name has at most \(JolokiaLimits.nameBytes) bytes")
        }
        guard let name = ObjectName(text) else {
            throw JolokiaError(.badRequest, "Invalid object name: \(JolokiaError.cut(text))")
        }
        return name
    }

    /// - Throws: for a pattern, too.
    static func singleName(_ text: String, for type: String) throws(JolokiaError) -> ObjectName {
        let name = try name(text)
        guard !name.isPattern else {
            throw JolokiaError(.badRequest, "\(type) needs the name of one bean, not a pattern")
        }
        return name
    }

    static func unknownType(_ type: String) -> JolokiaError {
        JolokiaError(.badRequest, "No type with name '\(JolokiaError.cut(type))' exists")
    }
}
