/// A client identifier as the broker keeps it: one immutable object shared by all that refers to the client.
///
/// The identifier names the session ([MQTT-3.1.3-2]); two connections with equal identifiers are the same client.
/// The hash is computed once, with the broker's own seed: clients choose their identifiers, so an unseeded hash would
/// let them pile all their sessions onto one shard.
package final class ClientIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The identifier as the client sent it, or as the broker assigned it.
    package let name: String
    /// Seeded hash of the name; decides the registry shard.
    package let seededHash: UInt64

    /// An identity; `seededHash` must come from the broker's one seed.
    package init(_ name: String, seededHash: UInt64) {
        self.name = name
        self.seededHash = seededHash
    }

    /// Equal if the names are.
    package static func == (left: ClientIdentity, right: ClientIdentity) -> Bool {
        left === right || (left.seededHash == right.seededHash && left.name == right.name)
    }

    /// Feeds the seeded hash on.
    package func hash(into hasher: inout Hasher) { hasher.combine(seededHash) }

    package var description: String { name }
}
