/// A JSON text as a tree.
///
/// Whole numbers stay whole: a counter beyond 2^53 keeps its value. The order of an object's keys is not kept.
package enum JSONValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The member of an object; nil for everything else, and if there is none.
    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { return members[key] }
        return nil
    }

    /// The text of a string; nil for everything else.
    package var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The value of a whole number; nil for everything else.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .null, .boolean, .string, .array, .object: nil
        }
    }

    /// The value of a number of either kind; nil for everything else.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .boolean, .string, .array, .object: nil
        }
    }

    /// Nil for everything but true and false.
    package var boolean: Bool? {
        if case .boolean(let value) = self { return value }
        return nil
    }

    /// The elements of an array; nil for everything else.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The members of an object; nil for everything else.
    package var object: [String: JSONValue]? {
        if case .object(let members) = self { return members }
        return nil
    }

    /// A whole number of any width; what is beyond 63 bits becomes the nearest that is not.
    package init(_ value: some BinaryInteger) { self = .integer(Int64(clamping: value)) }

    /// A string, or null.
    package init(_ text: String?) { self = text.map { .string($0) } ?? .null }

    /// A number, whole where it is one; null for what JSON has no word for.
    package init(_ value: Double) {
        guard value.isFinite else {
            self = .null
            return
        }
        self = Int64(exactly: value).map { .integer($0) } ?? .number(value)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }

    /// A whole number.
    package init(integerLiteral value: Int64) { self = .integer(value) }

    /// True or false.
    package init(booleanLiteral value: Bool) { self = .boolean(value) }

    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// An object; of two members with one key the last counts.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
