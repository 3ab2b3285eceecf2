package import BrokerValues
import DequeModule
import HeapModule
import MQTTWire
package import MetricCatalog
import SessionMachine
import StressModel
package import TopicIndex

/// What a shard asks and tells, apart from its host. Absent ports cost nothing.
package struct BrokerPorts {
    package var storage: (any StoragePort)?
    package var authority: (any AuthorityPort)?
    package var peers: (any PeersPort)?
    package var observer: (any BrokerObserver)?
    package var hooks: (any HookPort)?

    /// All ports are optional.
    package init(
        storage: (any StoragePort)? = nil, authority: (any AuthorityPort)? = nil, peers: (any PeersPort)? = nil,
        observer: (any BrokerObserver)? = nil, hooks: (any HookPort)? = nil
    ) {
        self.hooks = hooks
        self.storage = storage
        self.authority = authority
        self.peers = peers
        self.observer = observer
    }
}

/// One part of the broker: the connections of one event loop, their sessions, and what is routed among them.
///
/// A shard has no lock and no thread of its own. Whoever runs it calls it on one loop, passes the time in, and carries
/// its mail to the other shards. The way of a message: ``received(_:_:)`` decodes, `publishArrived` decides, `route`
/// finds the receivers, `deliver` writes into their out buffers, ``endTick()`` sends them.
package final class Shard {
    package let index: ShardIndex
    let shardCount: Int
    package internal(set) var limits: BrokerLimits
    let host: any ShardHost
    let ports: BrokerPorts
    /// What this shard counts; read by others.
    package let counters: CounterBlock
    /// What has changed and must survive a crash; nil without a storage port.
    let journal: Journal?
    /// Whether there is one: looked at for every message, so kept flat.
    let hasStorage: Bool
    let hasPeers: Bool
    /// Whether the authority wants to see publishes, subscriptions, and messages before they are sent.
    let asksAboutPublishes: Bool
    let asksAboutSubscriptions: Bool
    let asksBeforeSending: Bool
    /// What somebody wants to hear of, and whether single packets are among it.
    let hookEvents: HookEvents
    let hearsPackets: Bool
    let seed: UInt64

    /// The instant of the event that is being handled.
    package internal(set) var now: Instant
    var timers: TimerWheel
    package internal(set) var subscriptions: SubscriptionIndex
    let sessions = SessionTable()
    var retained: RetainedStore
    let templates = PublishTemplates()

    // MARK: This tick
    /// Connections with something to send, or to be closed.
    var dirty: ContiguousArray<Connection> = []
    /// The same for receivers of messages to very many: a few of them are sent to at a time, so that others need not
    /// wait for all of them.
    var bulkDirty: Deque<Connection> = []
    /// Credits for finding the receivers of the last message.
    var searchCost = 0
    /// How many local receivers the last message had.
    var lastFanOut = 0
    /// How many of them had a queue without room for it.
    var lastRefusals = 0
    /// Whether other shards had receivers as well.
    var mayBeTakenElsewhere = false
    /// Whether a message to very many is being routed.
    var isBulk = false
    var isTickRequested = false
    /// When what made this tick necessary began.
    var tickBegan = Instant.never
    /// When a PUBLISH was read that is looked at in this tick, see ``ShardHistogram/receiveToWritten``.
    var sampledPublish: Instant?
    /// The same for a PUBLISH whose PUBACK leaves in this tick.
    var sampledAcknowledgement: Instant?
    /// Sessions whose client is connected.
    var onlineCount = 0
    /// Messages of all queues of this shard.
    var queuedCount = 0
    /// Whether questions are being answered because nobody else did in time.
    var isAnsweringExpired = false
    var mailboxes: ContiguousArray<[ShardMail]>

    /// What is under way to each other shard.
    var mail: ContiguousArray<MailAccount>
    /// Whether so much is under way that clients are not read from.
    var isMailFull = false
    /// Connections that wait for it to become less.
    var waitingForMail: ContiguousArray<Connection> = []

    // MARK: Backpressure
    /// A receiver that the message just routed found with its queue half full.
    var crowded: Session?
    /// Receivers that publishers wait for.
    var pressed: ContiguousArray<Session> = []
    /// Connections of this shard that wait for receivers on others.
    var remoteHolds: [HoldKey: [HeldPublisher]] = [:]
    /// All connections that are held, and some that were a moment ago.
    var heldPublishers: ContiguousArray<HeldPublisher> = []

    // MARK: Load, see `Shard+Brakes`, `Shard+Credits`, `Shard+Bandwidth`, `Shard+Newcomers`
    /// What the shards of the broker share.
    package let gates: BrokerGates
    /// When ``woken(now:)`` was asked for.
    private var wakeAt = Instant.never
    /// What the connection that is being handled has cost since its turn began.
    var turnCost = 0
    /// What a turn may cost.
    var turn = Turn.short
    /// Connections that have had their turn and go on soon, and the last of them that there was.
    var resting: ContiguousArray<Connection> = []
    var lastToRest: Connection?
    /// When another connection than that was last read from.
    var lastOthers = Instant(milliseconds: 0)
    var creditBook = CreditBook<Connection>()
    var creditValve = CreditValve()
    var creditsRefilledAt: Instant
    /// Whether clients without credits are not read from.
    var isShedding = false
    var shedding = SheddingTable.free
    /// Clients without credits, by the value of the running sum at which they go on.
    var exhaustedClients = Heap<Waiting<Int>>()
    /// What clients owe that have gone.
    var debts: [ClientIdentity: CreditAccount] = [:]
    /// The running sum when those were last looked through.
    var debtsReviewedAt = 0
    /// Whether bytes are counted for a limit of all clients together.
    var isMetering = false
    /// Whether such a limit is reached, so that clients take turns.
    var isGated = false
    /// Who waits for a turn.
    var line: Deque<Connection> = []
    /// Nanoseconds of the limit's time that may be given away, and when that was last reckoned.
    var turnAllowance: Int64 = 0
    var turnsTakenAt = Instant(milliseconds: 0)
    /// How long the line is as far as other shards know.
    var announcedLine = 0
    /// Bytes sent that were counted for the limit.
    var chargedOutput = 0
    /// Bytes of mail that were under way when a packet was last counted for the limit.
    var meteredMail = 0
    /// Clients that wait for limits of their own.
    var rateWaits = Heap<Waiting<Instant>>()
    /// Bytes that wait in out buffers for those.
    var shapedBytes = 0
    /// Sockets that wait to be let in, by the number of their listener.
    var connectLines: ContiguousArray<ConnectLine> = []
    /// Those of them that are still there.
    var waitingSockets = 0
    /// Retained messages and wills that may be sent before the clock is looked at again, while some are shed.
    var retainedBudget = 0
    var willBudget = Int.max
    var waitingWishes: Deque<WaitingWish> = []

    // MARK: Connections
    package var connectionCount: Int { connections.count }

    /// Connections that have no session: not yet, or not any more.
    package var unattachedCount: Int { connections.count - onlineCount }
    /// Connections among them whose socket is gone, see ``Connection/Departure``.
    var departedCount = 0
    var connections = ConnectionList()
    /// Connections that wait for their session, by the number in their ticket.
    var opening: [UInt64: Connection] = [:]
    var nextNumber: UInt64 = 2
    /// Empty buffers with memory, for connections that have something to send.
    var bufferPool = BufferPool()
    /// What connections with and without a session hold in packets that have not fully arrived.
    var clientPackets = ReassemblyAccount()
    var strangerPackets = ReassemblyAccount()

    // MARK: Open questions
    var requests: [RequestNumber: OpenRequest] = [:]
    var requestDeadlines: Deque<(deadline: Instant, number: RequestNumber)> = []

    // MARK: Storage, see `Shard+Storage`
    /// What this tick has promised.
    var commitGroup = CommitGroup(number: 1)
    /// What earlier ticks have promised, by ascending numbers without a gap.
    var closedGroups: Deque<CommitGroup> = []
    /// Acknowledgements of all connections that wait for the storage.
    var waitingAcknowledgements = 0
    /// Publishers that wait until less does.
    var waitingForStorage: ContiguousArray<Connection> = []
    /// Not before then the open batch is handed over, see ``Shard/handOverIfDue()``.
    var handOverDue = Instant(milliseconds: 0)

    // MARK: Between shards
    /// Number of the last barrier sent; what waits for it is released when all others have reached it.
    var barrierSent: UInt64 = 0
    var barrierReached: ContiguousArray<UInt64>
    /// Whether interest changed since the last barrier.
    var hasInterestChange = false
    /// Barriers of other shards that are answered at the end of this tick.
    var barrierReplies: ContiguousArray<(shard: ShardIndex, barrier: UInt64)> = []
    var barrierWaiters: Deque<(barrier: UInt64, action: BarrierAction)> = []
    var groups: [GroupNumber: SharedGroup] = [:]
    var groupNumbers: [GroupKey: GroupNumber] = [:]
    var nextGroup: GroupNumber = 1
    /// As registry: which shard owns the sessions of the clients that hash here, if another does.
    var owners: [ClientIdentity: Ownership] = [:]
    var transfers: [ClientIdentity: Transfer] = [:]
    var nextEpoch: UInt64 = 1
    /// Connections that wait for a session that is moving here.
    var arrivals: [ClientIdentity: Arrival] = [:]

    // MARK: Bytes for the sockets
    /// Bytes that the sockets of this shard have not taken.
    package internal(set) var unsentBytes = 0
    /// Bytes of PUBLISH counted as sent when the last tick ended: what was counted since stands in out buffers.
    var publishBytesBefore = 0
    /// Whether all that is on its way to clients is above this shard's share, see `Shard+Unsent`.
    var isUnsentFull = false
    /// Backlog of a connection beyond which QoS 0 is looked at closer: ``BrokerLimits/maximumUnsentBytes`` or, when full, 0.
    var unsentThreshold: Int
    /// Backlog of a connection beyond which it is congested.
    var congestionThreshold: Int

    // MARK: Budgets
    /// Bytes of all queues of this shard.
    package internal(set) var queuedBytes = 0
    var attributeUse = AttributeUse()
    var dueWills: Deque<DueWill> = []
    /// When wills may be published again.
    var nextWills = Instant(milliseconds: 0)
    var isShuttingDown = false

    /// - Parameters:
    ///   - seed: secret of the process, the same for all its shards.
    ///   - counters: written by this shard only.
    ///   - gates: shared by the shards of a broker.
    package init(
        index: ShardIndex, shardCount: Int, limits: BrokerLimits, host: any ShardHost, ports: BrokerPorts, seed: UInt64,
        counters: CounterBlock = CounterBlock(), gates: BrokerGates = BrokerGates(), now: Instant
    ) {
        precondition(shardCount >= 1 && shardCount <= ShardIndex.maximumCount && index.rawValue < shardCount)
        self.index = index
        self.shardCount = shardCount
        self.limits = limits
        self.host = host
        self.ports = ports
        self.counters = counters
        self.gates = gates
        creditsRefilledAt = now
        journal = ports.storage.map { Journal(port: $0, shard: index, shardCount: shardCount) }
        hasStorage = ports.storage != nil
        hasPeers = ports.peers != nil
        asksAboutPublishes = ports.authority?.asksAboutPublishes ?? false
        asksAboutSubscriptions = ports.authority?.asksAboutSubscriptions ?? false
        asksBeforeSending = ports.authority?.asksBeforeSending ?? false
        hookEvents = ports.hooks?.events ?? []
        hearsPackets = hookEvents.contains(.packets)
        self.seed = seed
        self.now = now
        unsentThreshold = limits.maximumUnsentBytes
        congestionThreshold = limits.writeBufferHighThreshold
        timers = TimerWheel(now: now)
        subscriptions = SubscriptionIndex(seed: seed, cacheBytes: limits.matchCacheBytes)
        retained = RetainedStore(seed: seed, limits: limits, shardCount: shardCount)
        mailboxes = ContiguousArray(repeating: [], count: shardCount)
        mail = ContiguousArray(repeating: MailAccount(), count: shardCount)
        barrierReached = ContiguousArray(repeating: 0, count: shardCount)
        bandwidthLimitsChanged()
        refillCredits()
    }

    /// Sessions, online and offline, that live on this shard.
    package var sessionCount: Int { sessions.count }

    /// Retained messages whose home is this shard.
    package var retainedCount: Int { retained.count }

    // MARK: - Small tools

    func post(_ content: MailContent, to shard: ShardIndex) {
        if shard == index {
            take(content, from: index)
        } else {
            mailboxes[shard.rawValue].append(ShardMail(content: content, mustBeSafe: noteSafeMail(content, to: shard)))
            mail[shard.rawValue].bytes += content.chargedBytes
            mail[shard.rawValue].queueable += content.isQueueable ? 1 : 0
            if mail[shard.rawValue].isAbove(limits) { isMailFull = true }
            requestTick()
        }
    }

    @inline(__always)
    func requestTick() {
        if isTickRequested { return }
        isTickRequested = true
        tickBegan = now
        host.tickNeeded()
    }

    @inline(__always)
    func markDirty(_ connection: Connection) {
        if connection.isDirty { return }
        connection.isDirty = true
        if isBulk { bulkDirty.append(connection) } else { dirty.append(connection) }
        requestTick()
    }

    /// Asks to be woken at an instant, unless that is done earlier anyway.
    func wake(at instant: Instant) {
        if instant >= wakeAt { return }
        wakeAt = instant
        host.wake(at: instant)
    }

    /// It is the instant that was asked for; what was ready before has been handled.
    package func woken(now: Instant) {
        self.now = now
        wakeAt = .never
        turnCost = 0
        endRests()
        takeTurns()
        admitWaiting()
        reviewRates()
        startWaitingWishes()
        handOverIfDue()
        if !bulkDirty.isEmpty || !dueWills.isEmpty { requestTick() }
    }

    func postToOthers(_ content: MailContent) {
        for other in 0..<shardCount where other != index.rawValue { post(content, to: ShardIndex(other)) }
    }

    /// A number for a request or connection: even, so that none is a commit group's token.
    func makeNumber() -> UInt64 {
        defer { nextNumber += 2 }
        return nextNumber
    }

    func identity(_ name: String) -> ClientIdentity {
        ClientIdentity(name, seededHash: Array(name.utf8).withByteView { $0.hash(seed: seed) })
    }

    /// The shard that a hash names.
    func home(_ hash: UInt64) -> ShardIndex {
        shardCount == 1 ? index : ShardIndex(Int(hash % UInt64(shardCount)))
    }

    /// A limit has refused something.
    ///
    /// - Parameter client: whose it was; empty where that is not known.
    func limitHit(_ limit: LimitName, client: String) {
        counters.add(ShardCounters.limitRefusals.base + limit.counterIndex)
        ports.observer?.observe(.limitHit(limit, client: client))
    }

    /// A limit has refused something of a connection.
    func limitHit(_ limit: LimitName, _ connection: Connection) { limitHit(limit, client: connection.clientName) }

    func dropped(_ client: ClientIdentity?, _ reason: DropReason, _ qos: QualityOfService) {
        counters.add(ShardCounters.messagesDropped.base + reason.counterIndex * 3 + Int(qos.rawValue))
        ports.observer?.observe(.messageDropped(client, reason, qos))
    }
}
