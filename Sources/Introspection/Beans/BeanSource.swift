/// The managed beans of a broker: what there is, what it says, and what it does.
package protocol BeanSource: Sendable {
    /// The names of all beans; the set does not change while the broker runs.
    var names: [ObjectName] { get }

    /// What a bean offers; nil if there is none of that name. Names are compared without regard to the order of their
    /// properties.
    func description(of name: ObjectName) -> BeanDescription?

    /// The attributes of these beans now, all of one moment, in the order of the names: empty for a bean that there is
    /// not. Cheap: no event loop is asked.
    func read(_ names: [ObjectName]) async -> [[String: JSONValue]]

    /// Sets an attribute that is writable and is there.
    ///
    /// - Returns: the value before.
    func write(_ name: ObjectName, attribute: String, value: JSONValue) async throws(BeanError) -> JSONValue

    /// Calls an operation that the bean's description has, with as many arguments as it has parameters, each of the
    /// declared type or null. Whoever calls has checked that it may be called.
    func invoke(
        _ name: ObjectName, _ operation: OperationDescription, arguments: [JSONValue]
    ) async throws(BeanError) -> JSONValue
}
