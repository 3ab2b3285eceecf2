/// A user property of MQTT 5.
public struct UserProperty: Sendable, Hashable {
    public let name: String
    public let value: String

    /// A pair.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
