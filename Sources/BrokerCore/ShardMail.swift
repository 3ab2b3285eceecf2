import BrokerValues
import MQTTWire
import SessionMachine
import TopicIndex

/// What one shard tells another. Mail between two shards keeps its order; each gets the mail of a tick in one piece.
package struct ShardMail: Sendable {
    let content: MailContent
    /// Whether what the receiver changes for it must be safe before what the sender has changed.
    let mustBeSafe: Bool
}

/// How much mail is under way to one shard.
struct MailAccount {
    /// Bytes posted and not yet taken.
    var bytes = 0
    /// Messages of QoS 1 and 2 among it: what may end in a client's queue.
    var queueable = 0

    func isAbove(_ limits: BrokerLimits) -> Bool {
        bytes > limits.maximumMailBytes || queueable > limits.maximumMailMessages
    }

    /// Whether so little is under way that clients are read from again.
    func isEased(_ limits: BrokerLimits) -> Bool {
        bytes <= limits.maximumMailBytes / 2 && queueable <= limits.maximumMailMessages / 2
    }
}

enum MailContent: Sendable {
    /// The receiver has taken in mail of this many bytes, with this many messages of QoS 1 and 2.
    case taken(bytes: Int, queueable: Int)

    // MARK: Messages
    /// Published on the sender, which says that the receiver has subscribers.
    case publish(Message)
    /// A member of a shared group shall have this message.
    case deliverToMember(Message, GroupKey, GroupMember, attempts: Int)
    /// The member is not where it was: choose again.
    case memberMissed(Message, GroupKey, attempts: Int)

    /// What a message of a client of the other shard has cost here, and bytes that were sent for it, see
    /// ``Shard/chargeRemotely(_:_:sent:on:)``.
    case spent(ClientIdentity, credits: Int, bytes: Int)
    /// A receiver's queue is half full: the publisher shall wait.
    case holdPublisher(ClientIdentity, hold: UInt64)
    case releaseHold(UInt64)

    // MARK: Interest
    case interest(filter: [UInt8], isInterested: Bool)
    /// Everything before this was taken in: answer with `barrierReached`.
    case barrier(UInt64)
    case barrierReached(UInt64)

    // MARK: Shared groups, to and from their home
    case groupJoin(GroupKey, GroupMember, request: RequestNumber)
    case groupLeave(GroupKey, ClientIdentity, request: RequestNumber)
    case groupMemberOnline(GroupKey, ClientIdentity, isOnline: Bool)
    /// All shards know of the change.
    case groupReady(request: RequestNumber)

    // MARK: Retained messages, to and from their home
    case retain(Message)
    case retainedQuery(filter: [UInt8], request: RequestNumber)
    case retainedReply([Message], isComplete: Bool, cost: Int, request: RequestNumber)

    // MARK: Sessions, to and from the registry
    case open(OpenTicket)
    case granted(OpenTicket, Grant, epoch: UInt64)
    case release(OpenTicket, epoch: UInt64, newEpoch: UInt64)
    /// The owner has no such session (any more).
    case nothingToRelease(OpenTicket)
    case adopted(ClientIdentity)
    case sessionEnded(ClientIdentity, epoch: UInt64)

    // MARK: A session on its way from one shard to another
    case adopt(OpenTicket, SessionOffer, epoch: UInt64)
    case cut(ClientIdentity, epoch: UInt64, from: ShardIndex, to: ShardIndex)
    /// To the old shard: the sender sends no more messages for this session there.
    case cutReached(ClientIdentity, epoch: UInt64)
    /// To the new shard: the sender's messages for this session come there from now on.
    case cutOpened(ClientIdentity, epoch: UInt64)
    case cargo(ClientIdentity, SessionCargo)
}

extension MailContent {
    /// Bytes that it is charged for while it is under way: what makes mail large are messages.
    var chargedBytes: Int {
        let envelope = 64
        return switch self {
        case .taken: 0
        case .publish(let message), .retain(let message), .deliverToMember(let message, _, _, _),
            .memberMissed(let message, _, _):
            envelope + message.chargedBytes
        case .interest, .barrier, .barrierReached, .groupJoin, .groupLeave, .groupMemberOnline, .groupReady,
            .retainedQuery, .retainedReply, .open, .granted, .release, .nothingToRelease, .adopted, .sessionEnded,
            .adopt, .cut, .cutReached, .cutOpened, .cargo, .holdPublisher, .releaseHold, .spent:
            envelope
        }
    }

    /// Whether it is a message that somebody is told is safe.
    var mayHaveToBeSafe: Bool {
        switch self {
        case .publish(let message), .retain(let message), .deliverToMember(let message, _, _, _),
            .memberMissed(let message, _, _):
            message.qos != .atMostOnce
        case .taken, .holdPublisher, .releaseHold, .spent, .interest, .barrier, .barrierReached, .groupJoin,
            .groupLeave, .groupMemberOnline, .groupReady, .retainedQuery, .retainedReply, .open, .granted, .release,
            .nothingToRelease, .adopted, .sessionEnded, .adopt, .cut, .cutReached, .cutOpened, .cargo:
            false
        }
    }

    /// Whether it is a message that may end in a client's queue.
    var isQueueable: Bool {
        switch self {
        case .publish(let message), .deliverToMember(let message, _, _, _): message.qos != .atMostOnce
        case .taken, .memberMissed, .holdPublisher, .releaseHold, .spent, .interest, .barrier, .barrierReached,
            .groupJoin,
            .groupLeave, .groupMemberOnline, .groupReady, .retain, .retainedQuery, .retainedReply, .open, .granted,
            .release, .nothingToRelease, .adopted, .sessionEnded, .adopt, .cut, .cutReached, .cutOpened, .cargo:
            false
        }
    }
}

/// A client that waits for its session.
struct OpenTicket: Sendable {
    let client: ClientIdentity
    /// Where the client is connected.
    let shard: ShardIndex
    let connection: UInt64
    let cleanStart: Bool
}

/// What the registry says to a client that waits.
enum Grant: Sendable {
    /// There is no session: make one.
    case new
    /// The session is on the client's own shard.
    case local
}

/// What a session is, sent ahead so that the new shard can subscribe.
struct SessionOffer: Sendable {
    let from: ShardIndex
    let expirySeconds: UInt32
    /// Its name in the storage, and what it has been through there.
    let storedNumber: SessionNumber
    let cursor: MessageNumber
    /// Above all numbers of messages that it has, see ``Journal/sequence``.
    let sequence: UInt64
    let subscriptions: [(filter: [UInt8], options: SubscriptionOptions, identifier: UInt32)]
    let sharedSubscriptions: KeyedList<SharedSubscription>
}

/// The rest of a session, sent when no message can come for it on the old shard any more.
struct SessionCargo: Sendable {
    let outbound: OutboundWindow
    let inbound: InboundFlow
    let queue: MessageQueue
    let cursor: MessageNumber
    let attributes: SessionAttributes
}
