import Introspection

/// What a bean has said, in the forms that people read; `-` for what it has not.
struct Bean: Sendable, Hashable {
    static let nothing = "-"

    let value: JSONValue

    /// Attributes; nothing if they could not be read.
    init(_ reply: BeanReply.Value) { value = (try? reply.get()) ?? .null }

    init(_ value: JSONValue?) { self.value = value ?? .null }

    func number(_ name: String) -> Double? { value[name]?.number }
    func text(_ name: String) -> String { value[name].map(Self.text) ?? Self.nothing }
    func count(_ name: String) -> String { value[name]?.integer.map(Human.count) ?? Self.nothing }
    func bytes(_ name: String) -> String { number(name).map(Human.bytes) ?? Self.nothing }
    func rate(_ name: String) -> String { number(name).map(Human.rate) ?? Self.nothing }
    func duration(_ name: String) -> String { number(name).map(Human.duration) ?? Self.nothing }
    func isTrue(_ name: String) -> Bool { value[name]?.boolean == true }

    /// The members of a map that are numbers above 0, the largest first.
    func largest(_ name: String) -> [(name: String, value: Double)] {
        (value[name]?.object ?? [:]).compactMap { member in
            member.value.number.flatMap { $0 > 0 ? (member.key, $0) : nil }
        }.sorted { ($1.value, $0.name) < ($0.value, $1.name) }
    }

    /// A value of any kind in one line.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: nothing
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): text
        case .array(let elements) where elements.allSatisfy { $0.array == nil && $0.object == nil }:
            elements.map(text).joined(separator: ", ")
        case .array, .object: PrintableJSON.compact(value)
        }
    }
}
