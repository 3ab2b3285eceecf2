/// The listener that a connection came in on, as settings and metrics name it.
package struct ListenerIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The configured or generated name, such as `tcp-listener-1883`.
    package let name: String
    /// Its place among the broker's listeners, for its counters; nil where nothing is counted by listener.
    package let number: Int?

    /// A listener by its name.
    package init(_ name: String, number: Int? = nil) {
        self.name = name
        self.number = number
    }

    package var description: String { name }
}
