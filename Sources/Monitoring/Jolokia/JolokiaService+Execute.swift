import Introspection

extension JolokiaService {
    /// What a request to call an operation is answered: its result, or what the path leads to in it.
    func execute(
        _ bean: ObjectName, _ name: String, _ arguments: [JSONValue], _ request: JolokiaRequest, at door: JolokiaDoor
    ) async throws(JolokiaError) -> JSONValue {
        let operation = try Self.operation(name, of: try description(of: bean), bean)
        try door.check(operation, of: bean, method: request.method)
        guard arguments.count == operation.parameters.count else {
            throw JolokiaError(
                .badRequest,
                "Invalid number of operation arguments. \(operation.signature) of \(JolokiaError.cut(bean.text)) requires "
                    + "\(operation.parameters.count) parameters, not \(arguments.count) as given")
        }
        var converted: [JSONValue] = []
        for (parameter, argument) in zip(operation.parameters, arguments) {
            let what = "Argument \"\(parameter.name)\" of \(operation.signature)"
            converted.append(try ArgumentConverter.convert(argument, to: parameter.type, what))
        }
        let isOrder = operation.access == .operators
        let order = isOrder ? Self.text(of: bean, operation.name, .array(converted)) : ""
        let result: JSONValue
        do throws(BeanError) {
            result = try await beans.invoke(bean, operation, arguments: converted)
        } catch {
            if isOrder { heard(order, door, error.message) }
            throw JolokiaError(error)
        }
        if isOrder { heard(order, door, nil) }
        return ValueShaper.shape(
            result.typed(operation.returns, request.parameters), path: request.path, request.parameters)
    }

    /// An order for the log, cut where it is long.
    static func text(of bean: ObjectName, _ what: String, _ value: JSONValue) -> String {
        let text = String(decoding: JSONWriter.text(value), as: UTF8.self)
        return JolokiaError.cut("\(bean.text) \(what) \(text)")
    }

    /// The operation of a name if there is one alone, or of a signature such as `find(java.lang.String,int)`.
    private static func operation(
        _ text: String, of description: BeanDescription, _ bean: ObjectName
    ) throws(JolokiaError) -> OperationDescription {
        let isSignature = text.hasSuffix(")") && text.contains("(")
        let name = isSignature ? String(text.prefix { $0 != "(" }) : text
        let candidates = description.operations.filter { $0.name == name }
        let known = candidates.map(\.signature).joined(separator: ", ")
        guard let first = candidates.first else {
            throw JolokiaError(
                .badRequest, "No operation \(JolokiaError.cut(name)) found on MBean \(JolokiaError.cut(bean.text))")
        }
        guard isSignature else {
            guard candidates.count == 1 else {
                throw JolokiaError(
                    .badRequest,
                    "Operation \(name) on MBean \(JolokiaError.cut(bean.text)) is overloaded. Signatures found: \(known). "
                        + "Use a signature when specifying the operation.")
            }
            return first
        }
        let signature = text.filter { $0 != " " }
        guard let operation = candidates.first(where: { $0.signature == signature }) else {
            throw JolokiaError(
                .badRequest,
                "No operation \(JolokiaError.cut(text)) on MBean \(JolokiaError.cut(bean.text)) exists. "
                    + "Known signatures: \(known)")
        }
        return operation
    }
}
