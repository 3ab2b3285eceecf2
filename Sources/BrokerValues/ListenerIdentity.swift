/// The listener that a connection came in on, as settings and metrics name it.
package struct ListenerIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The configured or generated name, such as `tcp-listener-1883`.
    package let name: String

    /// A listener by its name.
    package init(_ name: String) { self.name = name }

    package var description: String { name }
}
