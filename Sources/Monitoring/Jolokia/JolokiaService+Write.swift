import Introspection

extension JolokiaService {
    /// What a request to write is answered: the value before.
    func write(
        _ bean: ObjectName, _ attribute: String, _ value: JSONValue, _ request: JolokiaRequest, at door: JolokiaDoor
    ) async throws(JolokiaError) -> JSONValue {
        let what = "Attribute \"\(JolokiaError.cut(attribute))\" of \(JolokiaError.cut(bean.text))"
        try door.checkChange("Writing an attribute", method: request.method)
        guard let found = try description(of: bean).attributes.first(where: { $0.name == attribute }) else {
            throw Self.noAttribute(attribute, of: bean)
        }
        guard found.isWritable else { throw JolokiaError(.noSuchAttribute, "\(what) cannot be written") }
        guard request.path.isEmpty else {
            let current = await self.value(of: attribute, of: bean)
            let (new, old) = try Self.replace(request.path[...], in: current, by: value, what)
            _ = try await set(bean, attribute, new, at: door)
            return ValueShaper.shape(old, path: [], request.parameters)
        }
        let old = try await set(bean, attribute, try ArgumentConverter.convert(value, to: found.type, what), at: door)
        return ValueShaper.shape(old.typed(found.type, request.parameters), path: [], request.parameters)
    }

    private func set(
        _ bean: ObjectName, _ attribute: String, _ value: JSONValue, at door: JolokiaDoor
    ) async throws(JolokiaError) -> JSONValue {
        let order = Self.text(of: bean, attribute, value)
        do throws(BeanError) {
            let old = try await beans.write(bean, attribute: attribute, value: value)
            heard(order, door, nil)
            return old
        } catch {
            heard(order, door, error.message)
            throw JolokiaError(error)
        }
    }

    /// A value with another one inside. What is there must be of the same type; an object may get a new key.
    private static func replace(
        _ path: ArraySlice<String>, in value: JSONValue, by inner: JSONValue, _ what: String
    ) throws(JolokiaError) -> (new: JSONValue, old: JSONValue) {
        guard let segment = path.first else {
            guard let type = type(of: value) else { return (inner, value) }
            return (try ArgumentConverter.convert(inner, to: type, what), value)
        }
        switch value {
        case .object(var members):
            guard members.keys.contains(segment) || path.count == 1 else { break }
            let (new, old) = try replace(path.dropFirst(), in: members[segment] ?? .null, by: inner, what)
            members[segment] = new
            return (.object(members), old)
        case .array(var elements):
            guard let index = Int(segment), elements.indices.contains(index) else { break }
            let (new, old) = try replace(path.dropFirst(), in: elements[index], by: inner, what)
            elements[index] = new
            return (.array(elements), old)
        case .null, .boolean, .integer, .number, .string: break
        }
        throw JolokiaError(.badRequest, "\(what) has nothing at the path's \"\(JolokiaError.cut(segment))\"")
    }

    private static func type(of value: JSONValue) -> BeanType? {
        switch value {
        case .null: nil
        case .boolean: .boolean
        // Only the text says whether a number is whole.
        case .integer, .number: .double
        case .string: .string
        case .array: .list
        case .object: .map
        }
    }
}
