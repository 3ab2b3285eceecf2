import Introspection

/// Makes what a client sent into the type of a parameter or attribute.
///
/// A text is read as a value of the type, wherever it comes from: GET has nothing else, and clients send texts with POST
/// as well. Null stays null.
enum ArgumentConverter {
    static func convert(_ value: JSONValue, to type: BeanType, _ what: String) throws(JolokiaError) -> JSONValue {
        if value == .null { return .null }
        guard let result = value.string.map({ read($0, type) }) ?? check(value, type) else {
            let text = String(decoding: JSONWriter.text(value), as: UTF8.self)
            throw JolokiaError(.badRequest, "\(what) must be of type \(type.rawValue), not \(JolokiaError.cut(text))")
        }
        return result
    }

    private static func read(_ text: String, _ type: BeanType) -> JSONValue? {
        switch type {
        case .string: return .string(text)
        case .boolean:
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: return nil
            }
        case .int: return Int32(text).map { .integer(Int64($0)) }
        case .long: return Int64(text).map { .integer($0) }
        case .double:
            guard let number = Double(text), number.isFinite else { return nil }
            return .number(number)
        case .map, .list: return (try? JSONReader.value(Array(text.utf8))).flatMap { check($0, type) }
        case .void: return nil
        }
    }

    private static func check(_ value: JSONValue, _ type: BeanType) -> JSONValue? {
        switch type {
        case .string:
            switch value {
            case .integer, .number, .boolean: .string(String(decoding: JSONWriter.text(value), as: UTF8.self))
            case .null, .string, .array, .object: .none
            }
        case .boolean: value.boolean.map { .boolean($0) }
        case .int: value.integer.flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
        case .long: value.integer.map { .integer($0) }
        case .double: value.number.map { .number($0) }
        case .map: value.object.map { .object($0) }
        case .list: value.array.map { .array($0) }
        case .void: .none
        }
    }
}
