import Introspection

/// Cuts out of a value what an inner path leads to, and keeps to the limits that the request has for it.
struct ValueShaper {
    /// Characters of a text that stands for what is too deep.
    private static let markLength = 100
    /// The largest whole number that every reader of JSON takes exactly.
    private static let exact = Int64(1) << 53 - 1

    private let parameters: JolokiaParameters
    /// Arrays and objects in the result so far.
    private var containers = 0

    private init(_ parameters: JolokiaParameters) { self.parameters = parameters }

    /// Null if the path leads nowhere, as with Jolokia: what is not there has no value.
    static func shape(_ value: JSONValue, path: [String], _ parameters: JolokiaParameters) -> JSONValue {
        var shaper = ValueShaper(parameters)
        return shaper.shape(value, path[...], level: 0) ?? .null
    }

    /// Nil if the path leads nowhere. Written as `.none` beside values, where `nil` could mean the JSON null.
    private mutating func shape(_ value: JSONValue, _ path: ArraySlice<String>, level: Int) -> JSONValue? {
        switch value {
        case .null, .boolean, .number, .string: return path.isEmpty ? value : .none
        case .integer(let number): return path.isEmpty ? whole(number) : .none
        case .array(let elements):
            if let segment = path.first, segment != JolokiaPath.wildcard {
                guard let index = Int(segment), elements.indices.contains(index) else { return nil }
                return shape(elements[index], path.dropFirst(), level: level)
            }
            return whole(value, level: level) ?? array(elements, path.dropFirst(), level: level)
        case .object(let members):
            if let segment = path.first, segment != JolokiaPath.wildcard {
                return members[segment].flatMap { shape($0, path.dropFirst(), level: level) }
            }
            return whole(value, level: level) ?? object(members, path.dropFirst(), level: level)
        }
    }

    /// What an array or object as a whole becomes; nil if its inside is to be looked at.
    private mutating func whole(_ value: JSONValue, level: Int) -> JSONValue? {
        if parameters.maxDepth > 0, level >= parameters.maxDepth {
            let text = String(decoding: JSONWriter.text(value), as: UTF8.self)
            let start = text.prefix(Self.markLength)
            return .string("[Depth limit \(start)\(start.endIndex == text.endIndex ? "" : "…")]")
        }
        if parameters.maxObjects > 0, containers >= parameters.maxObjects { return "[Object limit exceeded]" }
        containers += 1
        return nil
    }

    private mutating func array(_ elements: [JSONValue], _ path: ArraySlice<String>, level: Int) -> JSONValue? {
        var result: [JSONValue] = []
        for element in elements {
            guard hasPlace(after: result.count) else { break }
            if let inner = shape(element, path, level: level + 1) { result.append(inner) }
        }
        return result.isEmpty && !elements.isEmpty ? .none : .array(result)
    }

    private mutating func object(_ members: [String: JSONValue], _ path: ArraySlice<String>, level: Int) -> JSONValue? {
        var result: [String: JSONValue] = [:]
        // In order, so that a limit always leaves out the same ones.
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
            guard hasPlace(after: result.count) else { break }
            if let inner = shape(member, path, level: level + 1) { result[key] = inner }
        }
        return result.isEmpty && !members.isEmpty ? .none : .object(result)
    }

    private func hasPlace(after count: Int) -> Bool {
        parameters.maxCollectionSize == 0 || count < parameters.maxCollectionSize
    }

    private func whole(_ number: Int64) -> JSONValue {
        parameters.serializeLong == .string && number.magnitude > Self.exact
            ? .string(String(number)) : .integer(number)
    }
}

extension JSONValue {
    /// The value of an attribute or a result of this type, with longs as texts if the request wants that.
    func typed(_ type: BeanType, _ parameters: JolokiaParameters) -> JSONValue {
        guard type == .long, parameters.serializeLong == .string, case .integer(let number) = self else { return self }
        return .string(String(number))
    }
}
