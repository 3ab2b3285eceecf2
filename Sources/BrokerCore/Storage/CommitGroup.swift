import BrokerValues

/// What one tick of a shard has promised to do once all that it has changed is safe, here and on the shards that it has
/// sent messages to: once its batch is safe, see ``CommitOrder``.
struct CommitGroup {
    let number: UInt64
    /// The batch that it waits for.
    var batch: UInt64 = 0
    /// When its tick ended.
    var closed = Instant(milliseconds: 0)
    /// When the first packet was read whose acknowledgement waits.
    var began: Instant?
    /// Acknowledgements that wait, and the connections that they wait in.
    var acknowledgements = 0
    var connections: ContiguousArray<Connection> = []
    var actions: ContiguousArray<CommitAction> = []

    init(number: UInt64) { self.number = number }

    /// Whether anything happens when it is safe.
    var isPromising: Bool { acknowledgements > 0 || !actions.isEmpty }
}

/// Something that must not happen before what led to it is safe.
enum CommitAction {
    /// A SUBSCRIBE or UNSUBSCRIBE is stored.
    case subscription(token: UInt64)
    /// The identifier of a QoS 2 message is stored: its PUBLISH may be sent, for the first time or once more.
    case publish(Connection, packetIdentifier: UInt16, isRepeat: Bool)
    /// That a QoS 2 message was received is stored: PUBREL may be sent.
    case pubrel(Connection, packetIdentifier: UInt16)
    /// The end of a QoS 2 exchange is stored: its identifier is free.
    case release(Session, packetIdentifier: UInt16)
    /// What was done with attributes of a session is stored: whoever has asked is answered.
    case attribute(AttributeReply)
    /// A session that moves to another shard is stored: it may leave.
    case depart(ClientIdentity)
}
