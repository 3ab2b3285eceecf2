import BrokerValues
import MQTTWire
import SessionMachine

/// A client's connection as its shard keeps it. Belongs to one shard and is used on its loop only.
package final class Connection: Scheduled {
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

    /// The peer went away while its packets had to wait.
    struct Departure {
        let cause: DisconnectCause
        /// When what has not been handled is given up.
        let deadline: Instant
    }

    let link: any ClientLink
    let listener: ListenerIdentity
    var machine: ConnectionMachine
    /// The session, once it is open.
    var session: Session? { didSet { isLetIn = session != nil } }
    /// Whether there is a session; kept flat for the path of a message.
    private(set) var isLetIn = false
    /// What the client asked for, until its session is open.
    var connectPacket: ConnectPacket?
    /// What the authority sends along with CONNACK.
    var authenticationData: [UInt8]?
    /// The identity that the session is fetched for.
    var client: ClientIdentity?
    /// Names the connection in mail; 0 until it is used there.
    var number: UInt64 = 0

    // What the path of a message needs of the terms, kept flat.
    var version = ProtocolVersion.v3_1_1
    var maximumPacketSize = Int.max
    var receiveMaximum: UInt16?
    /// What CONNACK promised; nothing to a client of MQTT 3.
    var promised = PromisedFeatures()
    /// Largest packet that is accepted now: smaller until CONNECT was accepted.
    package internal(set) var maximumInboundPacketSize: Int

    var inboundAliases: InboundTopicAliases?
    var outboundAliases: OutboundTopicAliases?
    var acknowledgements = AcknowledgementQueue()

    /// What was written this tick.
    var out = OutBuffer()
    /// Bytes that the socket has not taken yet.
    var unsent = 0
    /// Whether it is in the list of connections to be sent at the end of the tick.
    var isDirty = false
    /// Whether QoS 1 and 2 wait for the socket.
    var isCongested = false
    /// Requests that must be answered before the next packet is handled.
    var openRequests = 0
    /// When a receiver's hold on it began, which is one of them, see ``Backpressure``.
    var heldSince: Instant?
    /// Number of its last hold.
    var holdNumber: UInt64 = 0
    var holdBudget = HoldBudget()
    /// Whether reading is stopped.
    var isPaused = false
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

    var closing = Closing.open
    /// Set when the socket is gone, but packets that came before wait to be handled.
    var departure: Departure?
    var fate = Fate.open

    init(link: any ClientLink, listener: ListenerIdentity, limits: BrokerLimits, now: Instant) {
        self.link = link
        self.listener = listener
        machine = ConnectionMachine(accepted: now, limits: limits)
        maximumInboundPacketSize = min(limits.maximumConnectPacketSize, limits.maximumPacketSize)
    }

    /// Bytes written but not taken by the socket.
    @inline(__always)
    var backlog: Int { out.count &+ unsent }

    /// Whether a receiver's hold is on it.
    var isHeld: Bool { heldSince != nil }

    /// The client's name for logs; what CONNECT said before the session is open.
    var clientName: String { client?.name ?? connectPacket?.clientIdentifier ?? "" }
}
