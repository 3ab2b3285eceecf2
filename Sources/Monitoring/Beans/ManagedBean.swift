import Introspection
import MetricCatalog

/// An attribute: what it is, and where its value comes from.
struct BeanAttribute: Sendable {
    let description: AttributeDescription
    let read: @Sendable (BeanReadings) -> JSONValue
    let write: (@Sendable (JSONValue) throws(BeanError) -> Void)?

    init(
        _ name: String, _ type: BeanType, _ text: String, read: @escaping @Sendable (BeanReadings) -> JSONValue,
        write: (@Sendable (JSONValue) throws(BeanError) -> Void)? = nil
    ) {
        description = AttributeDescription(name, type, text, isWritable: write != nil)
        self.read = read
        self.write = write
    }

    /// The sum of a native metric's series; the metric's help is the text.
    static func sum(_ name: String, _ metric: String, _ type: BeanType = .long) -> BeanAttribute {
        BeanAttribute(name, type, help(metric)) { $0.sum(metric) }
    }

    private static func help(_ metric: String) -> String { MetricCatalog.named(metric)?.help ?? metric }

    /// The series of a native metric by its first label.
    static func byLabel(_ name: String, _ metric: String) -> BeanAttribute {
        BeanAttribute(name, .map, help(metric)) { $0.byLabel(metric) }
    }
}

/// An operation: what it is, and what it does.
struct BeanOperation: Sendable {
    let description: OperationDescription
    let run: @Sendable (BeanArguments) async throws(BeanError) -> JSONValue

    init(
        _ name: String, _ parameters: [OperationDescription.Parameter] = [], returns: BeanType,
        access: OperationDescription.Access, _ text: String,
        run: @escaping @Sendable (BeanArguments) async throws(BeanError) -> JSONValue
    ) {
        description = OperationDescription(name, parameters, returns: returns, access: access, text)
        self.run = run
    }
}

/// The arguments of a call, which have the declared types or are null.
struct BeanArguments: Sendable {
    let operation: OperationDescription
    let values: [JSONValue]

    /// A text that must be given.
    func text(_ index: Int) throws(BeanError) -> String {
        guard let text = optionalText(index) else { throw missing(index) }
        return text
    }

    func optionalText(_ index: Int) -> String? { values.indices.contains(index) ? values[index].string : nil }

    /// A number within bounds; `standard` for null, if that may be.
    func number(_ index: Int, _ bounds: ClosedRange<Int>, standard: Int? = nil) throws(BeanError) -> Int {
        guard values.indices.contains(index), values[index] != .null else {
            if let standard { return standard }
            throw missing(index)
        }
        guard let number = values[index].integer, let value = Int(exactly: number), bounds.contains(value) else {
            throw BeanError(
                .badArgument, "\(name(index)) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return value
    }

    /// `standard` for null.
    func flag(_ index: Int, standard: Bool) -> Bool {
        (values.indices.contains(index) ? values[index].boolean : nil) ?? standard
    }

    /// The members of an object; none for null.
    func members(_ index: Int) -> [String: JSONValue] {
        (values.indices.contains(index) ? values[index].object : nil) ?? [:]
    }

    private func missing(_ index: Int) -> BeanError { BeanError(.badArgument, "\(name(index)) must be given") }

    private func name(_ index: Int) -> String {
        operation.parameters.indices.contains(index) ? operation.parameters[index].name : "an argument"
    }
}

/// One bean.
struct ManagedBean: Sendable {
    let name: ObjectName
    let description: BeanDescription
    private let attributes: [BeanAttribute]
    private let operations: [String: BeanOperation]

    init(
        _ name: ObjectName, className: String, _ text: String, attributes: [BeanAttribute],
        operations: [BeanOperation] = []
    ) {
        self.name = name
        self.attributes = attributes
        self.operations = Dictionary(operations.map { ($0.description.signature, $0) }) { first, _ in first }
        description = BeanDescription(
            className: className, text, attributes: attributes.map(\.description),
            operations: operations.map(\.description))
    }

    func read(_ readings: BeanReadings) -> [String: JSONValue] {
        Dictionary(attributes.map { ($0.description.name, $0.read(readings)) }) { first, _ in first }
    }

    /// Sets an attribute; returns the value before, as the readings have it.
    func write(_ attribute: String, _ value: JSONValue, before: BeanReadings) throws(BeanError) -> JSONValue {
        guard let found = attributes.first(where: { $0.description.name == attribute }) else {
            throw BeanError(.noSuchAttribute, "\(name.text) has no attribute \(attribute)")
        }
        guard let write = found.write else {
            throw BeanError(.badArgument, "the attribute \(attribute) cannot be written")
        }
        let old = found.read(before)
        try write(value)
        return old
    }

    func invoke(_ operation: OperationDescription, _ arguments: [JSONValue]) async throws(BeanError) -> JSONValue {
        guard let found = operations[operation.signature] else {
            throw BeanError(.noSuchOperation, "\(name.text) has no operation \(operation.signature)")
        }
        return try await found.run(BeanArguments(operation: found.description, values: arguments))
    }
}
