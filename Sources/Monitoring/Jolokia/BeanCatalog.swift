import Introspection

/// Descriptions of beans as `list` shows them.
enum BeanCatalog {
    /// Everything that can be told of a bean.
    static func value(_ description: BeanDescription) -> JSONValue {
        [
            "class": .string(description.className),
            "desc": .string(description.text),
            "attr": .object(
                Dictionary(description.attributes.map { ($0.name, attribute($0)) }) { first, _ in first }),
            "op": operations(description.operations),
            // No bean sends any.
            "notif": [:],
        ]
    }

    /// The properties of a name, by key.
    static func keys(_ name: ObjectName) -> JSONValue {
        .object(Dictionary(name.properties.map { ($0.key, .string($0.value)) }) { first, _ in first })
    }

    private static func attribute(_ attribute: AttributeDescription) -> JSONValue {
        [
            "type": .string(attribute.type.rawValue), "desc": .string(attribute.text),
            "rw": .boolean(attribute.isWritable),
        ]
    }

    /// An operation by its name; an array where there are several of one name.
    private static func operations(_ operations: [OperationDescription]) -> JSONValue {
        let values = Dictionary(grouping: operations, by: \.name).mapValues { $0.map(operation) }
        return .object(values.mapValues { $0.count == 1 ? $0[0] : .array($0) })
    }

    private static func operation(_ operation: OperationDescription) -> JSONValue {
        let arguments = operation.parameters.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name), "type": .string(parameter.type.rawValue),
                "desc": .string(parameter.text),
            ]
        }
        return ["args": .array(arguments), "ret": .string(operation.returns.rawValue), "desc": .string(operation.text)]
    }
}
