import BrokerValues
import MQTTWire
import SessionMachine
import TopicIndex

/// A subscription as its session remembers it.
struct SessionSubscription: Identifiable {
    var id: Int32 { filter }
    /// Number of the filter in the shard's index.
    var filter: Int32
    var options: SubscriptionOptions
    /// 0 for none.
    var identifier: UInt32
}

/// A subscription of a shared group as its session remembers it.
struct SharedSubscription: Sendable, Identifiable {
    var id: GroupKey { key }
    var key: GroupKey
    var options: SubscriptionOptions
    var identifier: UInt32
}

/// Which shards' messages a session that is moving takes here; the others go by way of the other shard.
enum MovePhase {
    /// On its way from another shard: takes messages from the shards in the set; what is sent waits for the cargo.
    case arriving(accepts: UInt64)
    /// On its way to another shard: still takes messages from the shards in the set, into its queue.
    ///
    /// - Parameter epoch: the grant under which the other shard will own it.
    case departing(to: ShardIndex, epoch: UInt64, accepts: UInt64)
}

/// When and why a connection ended.
struct ConnectionEnd {
    let time: Instant
    let cause: DisconnectCause
}

/// A client's session: what outlives its connection. Belongs to one shard at a time.
///
/// Safe: the one uncounted reference is to an object that `client` holds.
@safe final class Session: Scheduled {
    let client: ClientIdentity
    /// ``client`` once more, for the path of a message, which counts no references.
    let clientReference: Unmanaged<ClientIdentity>
    let slot: SessionSlot
    /// Tells this session from earlier ones in the same slot.
    let generation: UInt32
    /// Number of the grant under which this shard owns it; the registry ignores news of older ones.
    var epoch: UInt64

    /// The client's connection while it is online.
    var connection: Connection? { didSet { table.update(self) } }
    var outbound = OutboundWindow()
    var inbound = InboundFlow()
    var queue = MessageQueue()
    var subscriptions = KeyedList<SessionSubscription>()
    var sharedSubscriptions = KeyedList<SharedSubscription>()
    /// Seconds; `.max` for never.
    var expirySeconds: UInt32
    var will: WillBox?
    /// What its client may do, where that is not what the limits say.
    var restrictions: RestrictionsBox?
    /// What its client may publish and get, as far as that is known: after a restart not before it is back. Nil allows
    /// everything.
    var rights: ClientRights?
    /// Whether each message is held against them before it is delivered.
    var checksDelivery = false
    /// Whether messages for it have to be looked at one by one, see `Shard+Watched`.
    var isWatched = false { didSet { table.update(self) } }
    /// The open question about the first message of its queue.
    var sendQuestion: RequestNumber = 0
    /// Small values that were given to it; nil for none.
    var attributes: AttributesBox?
    /// Set while the client is offline.
    var ending: SessionEnding?
    /// When and why its last connection on this shard ended.
    var lastEnd: ConnectionEnd?
    /// Whether an operator has ended it while it was on its way here.
    var isUnwanted = false
    var move: MovePhase? { didSet { table.update(self) } }
    /// While above 0, messages wait in the queue: retained ones that must come first are on their way.
    var holds = 0 { didSet { table.update(self) } }
    /// Questions to the retained messages of other shards that have not been answered.
    var retainedQuestions = 0
    /// Its wishes for retained messages that wait for others to have their turn.
    var waitingWishes = 0
    /// Names it in the storage; 0 if it is not kept there.
    var storedNumber: SessionNumber = 0
    /// Stored messages below this that wait in no queue are done or in flight.
    var cursor: MessageNumber = 0
    /// While it leaves for another shard: the cursor that is stored. It stays, since the other shard gathers messages for
    /// it, whose numbers must not be below.
    var heldCursor: MessageNumber?
    /// While it leaves: sequences that are left for what it still gets here.
    var reservedNumbers: Range<UInt64>?
    /// Wills of it that wait to be published.
    var dueWills = 0
    /// Whether the storage's open batch will hold it as it is then.
    var isNoted = false
    /// Whether the content of stored messages is being read for it.
    var isReading = false
    /// Whether its move to another shard waits for the storage.
    var waitsToLeave = false
    /// When its client went; nil while it is connected.
    var offlineSince: StorageStamp?
    /// Set while publishers wait for it.
    var backpressure: Backpressure?
    /// Whether its last hold on publishers ended without its queue having eased.
    var isTooSlow = false
    /// Which of the counted states it is in, see ``Shard/countState(of:)``.
    var countedState: CountedState = []
    /// The table that it stands in, which has to know when it is ready for messages.
    private unowned let table: SessionTable

    init(
        client: ClientIdentity, slot: SessionSlot, generation: UInt32, epoch: UInt64, expirySeconds: UInt32,
        table: SessionTable
    ) {
        self.table = table
        self.client = client
        unsafe clientReference = unsafe Unmanaged.passUnretained(client)
        self.slot = slot
        self.generation = generation
        self.epoch = epoch
        self.expirySeconds = expirySeconds
    }

    /// A will in a box: most clients have none.
    final class WillBox {
        let will: WillPacket
        init(_ will: WillPacket) { self.will = will }
    }

    /// Restrictions in a box: most clients have none.
    final class RestrictionsBox: Sendable {
        let value: ClientRestrictions
        init(_ value: ClientRestrictions) { self.value = value }
    }

    /// Attributes in a box: most sessions have none.
    final class AttributesBox {
        var value = SessionAttributes()
    }

    /// Whether it is on its way here, and still on the shard that it comes from.
    var isArriving: Bool {
        if case .arriving = move { true } else { false }
    }

    /// Whether the storage keeps it.
    var isStored: Bool { storedNumber != 0 }

    /// Subscriptions of both kinds.
    var subscriptionCount: Int { subscriptions.count + sharedSubscriptions.count }
}
