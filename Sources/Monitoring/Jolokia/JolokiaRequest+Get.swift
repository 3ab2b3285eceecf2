import Introspection

extension JolokiaRequest {
    /// The request that the path of a GET says; none is one for the version.
    init(getPath path: String, parameters: JolokiaParameters) throws(JolokiaError) {
        let segments = JolokiaPath.segments(path)
        var (action, inner) = (Action.version, ArraySlice<String>())
        if let type = segments.first {
            (action, inner) = try Self.parse(type.lowercased(), segments.dropFirst())
        }
        self.init(action: action, path: Array(inner), parameters: parameters, method: .get)
    }

    private static func parse(
        _ type: String, _ segments: ArraySlice<String>
    ) throws(JolokiaError) -> (Action, inner: ArraySlice<String>) {
        let parts = Array(segments.prefix(3))
        switch type {
        case "version": return (.version, [])
        case "list": return (.list, segments)
        case "search":
            guard let pattern = parts.first else { throw tooShort(type, "a pattern") }
            return (.search(try name(pattern)), [])
        case "read":
            guard let bean = parts.first else { throw tooShort(type, "a bean") }
            let attributes: Attributes = parts.count > 1 ? attributes(parts[1]) : .all
            return (.read(try name(bean), attributes), segments.dropFirst(2))
        case "write":
            guard parts.count > 2 else { throw tooShort(type, "a bean, an attribute and a value") }
            return (
                .write(try singleName(parts[0], for: type), attribute: parts[1], value: untagged(parts[2])),
                segments.dropFirst(3)
            )
        case "exec":
            guard parts.count > 1 else { throw tooShort(type, "a bean and an operation") }
            let arguments = segments.dropFirst(2).map { untagged($0) }
            return (.exec(try singleName(parts[0], for: type), operation: parts[1], arguments: arguments), [])
        default: throw unknownType(type)
        }
    }

    /// One name, several with commas between them, or all: for nothing and for a star.
    static func attributes(_ text: String) -> Attributes {
        if text == JolokiaPath.wildcard { return .all }
        let names = JolokiaPath.list(text).filter { !$0.isEmpty }
        switch names.count {
        case 0: return .all
        case 1: return .one(names[0])
        default: return .several(names)
        }
    }

    /// What a text in a path stands for: a path can say neither null nor nothing otherwise.
    private static func untagged(_ text: String) -> JSONValue {
        switch text {
        case "[null]": .null
        case "\"\"": ""
        default: .string(text)
        }
    }

    private static func tooShort(_ type: String, _ what: String) -> JolokiaError {
        JolokiaError(.badRequest, "\(type) needs \(what) in the path")
    }
}
