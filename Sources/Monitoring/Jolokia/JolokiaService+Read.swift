import Introspection

extension JolokiaService {
    /// What a request to read is answered.
    func read(
        _ bean: ObjectName, _ attributes: JolokiaRequest.Attributes, _ request: JolokiaRequest
    ) async throws(JolokiaError) -> JSONValue {
        let result = try await bean.isPattern ? readAll(bean, attributes, request) : readOne(bean, attributes, request)
        return ValueShaper.shape(result, path: request.path, request.parameters)
    }

    private func readOne(
        _ bean: ObjectName, _ attributes: JolokiaRequest.Attributes, _ request: JolokiaRequest
    ) async throws(JolokiaError) -> JSONValue {
        let description = try description(of: bean)
        let types = Self.types(of: description)
        let names: [String]
        switch attributes {
        case .all: names = description.attributes.map(\.name)
        case .several(let wanted): names = wanted
        case .one(let name):
            guard let type = types[name] else { throw Self.noAttribute(name, of: bean) }
            let value = await values(of: [bean])[0][name] ?? .null
            return value.typed(type, request.parameters)
        }
        let values = await values(of: [bean])[0]
        var result: [String: JSONValue] = [:]
        for name in names {
            if let type = types[name] {
                result[name] = (values[name] ?? .null).typed(type, request.parameters)
            } else {
                let error = Self.noAttribute(name, of: bean)
                guard request.parameters.ignoreErrors else { throw error }
                result[name] = error.inPlaceOfValue
            }
        }
        return .object(result)
    }

    /// Attributes that a bean does not have are left out, and so is a bean that has none of them.
    private func readAll(
        _ pattern: ObjectName, _ attributes: JolokiaRequest.Attributes, _ request: JolokiaRequest
    ) async throws(JolokiaError) -> JSONValue {
        let names = names(for: pattern)
        guard !names.isEmpty else {
            throw JolokiaError(.noSuchBean, "No MBean with pattern \(JolokiaError.cut(pattern.text)) found")
        }
        let wanted: Set<String>? =
            switch attributes {
            case .all: nil
            case .one(let name): [name]
            case .several(let names): Set(names)
            }
        var result: [String: JSONValue] = [:]
        for (name, values) in zip(names, await values(of: names)) {
            guard let description = beans.description(of: name) else { continue }
            var found: [String: JSONValue] = [:]
            for attribute in description.attributes where wanted?.contains(attribute.name) != false {
                let value = values[attribute.name] ?? .null
                found[attribute.name] = value.typed(attribute.type, request.parameters)
            }
            if !found.isEmpty { result[request.text(of: name)] = .object(found) }
        }
        guard !result.isEmpty else {
            throw JolokiaError(
                .noSuchAttribute, "No attribute found for any MBean matching \(JolokiaError.cut(pattern.text))")
        }
        return .object(result)
    }

    /// One set of values for each name, whatever the source does.
    private func values(of names: [ObjectName]) async -> [[String: JSONValue]] {
        let values = await beans.read(names)
        return names.indices.map { values.indices.contains($0) ? values[$0] : [:] }
    }

    /// The value of one attribute now; null if there is none.
    func value(of attribute: String, of bean: ObjectName) async -> JSONValue {
        await values(of: [bean])[0][attribute] ?? .null
    }

    private static func types(of description: BeanDescription) -> [String: BeanType] {
        Dictionary(description.attributes.map { ($0.name, $0.type) }) { first, _ in first }
    }

    static func noAttribute(_ name: String, of bean: ObjectName) -> JolokiaError {
        JolokiaError(
            .noSuchAttribute, "\(JolokiaError.cut(bean.text)) has no attribute \"\(JolokiaError.cut(name))\"")
    }
}
