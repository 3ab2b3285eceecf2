import BrokerValues
import MQTTWire
import SessionMachine
package import StressModel

/// A client's connection as its shard keeps it. Belongs to one shard and is used on its loop only.
package final class Connection: Scheduled, CreditHolder {
    /// How far the end of a connection has come.
    enum Closing {
        case open
        /// No more packets are handled or written; what was written is still being sent.
        case closing
        /// The socket is gone.
        case closed
    }

    /// What became of it, for the counters: each connection is counted as one of these.
    enum Fate {
        /// No CONNECT was judged yet.
        case open
        case refused
        case accepted
    }

    /// Reading from it is stopped.
    struct Pause {
        let cause: PauseCause
        let began: Instant
    }

    private final class ConnectBox {
        let packet: ConnectPacket
        init(_ packet: ConnectPacket) { self.packet = packet }
    }

    private final class GrantBox {
        let grant: LoginGrant
        init(_ grant: LoginGrant) { self.grant = grant }
    }

    /// The peer went away while its packets had to wait.
    struct Departure {
        let cause: DisconnectCause
        /// When what has not been handled is given up.
        let deadline: Instant
    }

    // What every packet looks at stands first and side by side: with thousands of connections most of its cost is to
    // fetch this from memory. The order of the declarations is that in memory.

    let link: any ClientLink
    var closing = Closing.open
    /// Whether there is a session; kept flat for the path of a message.
    private(set) var isLetIn = false
    /// Whether what the transport keeps begins with a packet that is not whole.
    var isFrontIncomplete = false
    /// Whether it is in the list of connections to be sent at the end of the tick.
    var isDirty = false
    /// Whether QoS 1 and 2 wait for the socket.
    var isCongested = false
    /// Whether reading is stopped.
    var isPaused = false
    /// Whether each of its packets is looked at, see ``Shard/meter(_:bytes:)``.
    var isMetered = false
    /// Whether it has no credits and may send a little all the same, see ``chunkBytes``.
    var isInChunk = false
    package var isInCreditBook = false
    /// Whether what is sent to it is limited.
    var isShaped = false
    /// Reasons not to read from it, each of them one of ``openRequests``.
    var brakes: Brakes = []
    var version = ProtocolVersion.v3_1_1
    /// Requests that must be answered before the next packet is handled.
    var openRequests = 0
    /// The session, once it is open.
    var session: Session? { didSet { isLetIn = session != nil } }
    /// What was written this tick.
    var out = OutBuffer()
    /// Bytes that the socket has not taken yet.
    var unsent = 0
    /// What it has left to spend.
    package var credits = CreditAccount()
    /// Bytes of a packet that is small enough for every limit.
    var smallPacketSize: Int
    /// Bytes of the largest PUBLISH that the client may send.
    var maximumPublishSize = Int.max
    var maximumPacketSize = Int.max
    /// Bytes not taken by the socket beyond which QoS 1 and 2 wait; nil for the limit of all clients.
    var congestionThreshold: Int?
    var receivedPublishes = 0
    var sentPublishes = 0
    /// Bytes of all packets that were handled.
    var receivedBytes = 0
    /// Bytes that were given to its socket.
    var sentBytes = 0
    /// What it may publish; nil allows everything.
    var rights: ClientRights?
    var acknowledgements = AcknowledgementQueue()
    /// The last commit group that an acknowledgement of it waits for.
    var lastGroup: UInt64 = 0
    /// Set when the socket is gone, but packets that came before wait to be handled.
    var departure: Departure?
    var machine: ConnectionMachine

    // All that is needed less often.

    /// Its place in the shard's ``ConnectionList``; -1 outside.
    var placeInList = -1
    let listener: ListenerIdentity
    /// What the client asked for, until its session is open. In a box: most connections are long past that.
    var connectPacket: ConnectPacket? {
        get { connectBox?.packet }
        set { connectBox = newValue.map { ConnectBox($0) } }
    }
    private var connectBox: ConnectBox?
    /// What the authority has granted, until the session is open.
    var grant: LoginGrant? {
        get { grantBox?.grant }
        set { grantBox = newValue.map { GrantBox($0) } }
    }
    private var grantBox: GrantBox?
    /// What the authority knows of the client.
    var login: (any LoginRecord)?
    /// The identity that the session is fetched for.
    var client: ClientIdentity?
    /// Names the connection in mail; 0 until it is used there.
    var number: UInt64 = 0

    // What the path of a message needs of the terms, kept flat.
    var receiveMaximum: UInt16?
    /// What CONNACK promised; nothing to a client of MQTT 3.
    var promised = PromisedFeatures()
    /// Largest packet that is accepted now: smaller until CONNECT was accepted.
    package internal(set) var maximumInboundPacketSize: Int

    var inboundAliases: InboundTopicAliases?
    var outboundAliases: OutboundTopicAliases?

    /// When a receiver's hold on it began, which is one of them, see ``Backpressure``.
    var heldSince: Instant?
    /// Number of its last hold.
    var holdNumber: UInt64 = 0
    var holdBudget = HoldBudget()
    /// Why, and since when.
    var pause: Pause?

    // Load: see `Shard+Brakes`, `Shard+Credits`, `Shard+Bandwidth`, `Shard+Newcomers`.
    /// Whether it is among the clients that wait for credits.
    var waitsForCredits = false
    /// How much it may send without credits.
    var chunkBytes = 0
    /// When it may do so next.
    var chunkDue = Instant.never
    /// Bytes at its front that were counted before their packet was whole.
    var meteredEarly = 0
    /// Limits of its own on bytes a second.
    var meters: ClientMeters?
    /// Nanoseconds that it may go on for while all take turns.
    var turn: Int64 = 0
    var isInLine = false
    /// Bytes in ``out`` that wait for that limit, and until when they do.
    var shapedBytes = 0
    var shapedUntil = Instant(milliseconds: 0)
    /// Whether its CONNECT had to wait, and whether it may go on now.
    var wasDelayed = false
    var isWaitingToConnect = false
    var mayConnect = false
    /// Bytes that its socket had moved when somebody last looked, and when that was.
    var movedBytes: UInt64 = 0
    var lastProgress: Instant
    /// QoS 1 and 2 messages that the client itself wants to have unacknowledged at most.
    var clientReceiveMaximum: UInt16 = .max
    /// Whether it is in the list of connections that wait for the mail to become less.
    var isWaitingForMail = false

    // What the transport keeps of packets that have not fully arrived, see `Shard+Reassembly`.
    var keptBytes = 0
    /// Its place among the large holders; -1 for none.
    var keptPosition = -1
    /// In which of the two accounts the bytes are.
    var isKeptAsClient = false
    /// When they last became more.
    var lastKept = Instant.never

    // What operators are told of it; see `Shard+Snapshots`.
    /// When it was let in.
    var connectedAt = Instant.never
    var userName: String?

    var fate = Fate.open

    init(link: any ClientLink, listener: ListenerIdentity, limits: BrokerLimits, now: Instant) {
        self.link = link
        self.listener = listener
        machine = ConnectionMachine(accepted: now, limits: limits)
        maximumInboundPacketSize = min(limits.maximumConnectPacketSize, limits.maximumPacketSize)
        smallPacketSize = limits.smallPacketSize
        lastProgress = now
    }

    /// Bytes written but not taken by the socket.
    @inline(__always)
    var backlog: Int { out.count &+ unsent }

    /// Whether a receiver's hold is on it.
    var isHeld: Bool { heldSince != nil }

    /// The client's name for logs; what CONNECT said before the session is open.
    var clientName: String { client?.name ?? connectPacket?.clientIdentifier ?? "" }
}
