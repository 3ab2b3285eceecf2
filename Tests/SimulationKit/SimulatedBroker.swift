package import RandomKit
package import BrokerCore
package import BrokerValues
import MetricCatalog

/// A broker of one or more shards in one thread, with a clock and a mail service that the test drives.
package final class SimulatedBroker {
    /// What the mail between shards promises.
    package enum MailOrder: Sendable {
        /// Each shard takes mail in the order in which it was posted, whoever posted it: what event loops do.
        case arrival
        /// Only the mail from one shard to another keeps its order: what ``ShardHost`` asks for.
        case pairwise
    }

    /// One event that may happen now.
    private enum Event {
        case tick(Int)
        case post(Int)
        case mail(Int, from: Int)
        case link(SimulatedLink, SimulatedLink.Event)
        case wake(Int)
        case storage
    }

    package private(set) var now = Instant(milliseconds: 1_000_000)
    package let limits: BrokerLimits
    private let hosts: [SimulatedHost]
    private let mailOrder: MailOrder
    /// What the shards share.
    package let gates: BrokerGates
    package private(set) var links: [SimulatedLink] = []
    private var linkCount = 0
    /// The secret of the broker.
    package let seed: UInt64
    /// What it keeps its state in.
    private let storage: ModelStorage?
    /// Bytes of one read at most; the order of events is fixed unless ``step(_:)`` is used.
    private static let readSize = 64 * 1024

    /// - Parameters:
    ///   - storage: what it keeps its state in, and finds what an earlier broker has kept there.
    ///   - downtime: milliseconds since then.
    ///   - ports: asked once for each shard.
    package init(
        shardCount: Int = 1, limits: BrokerLimits = BrokerLimits(), mailOrder: MailOrder = .arrival,
        connectRate: ConnectRate? = nil, seed: UInt64 = 0x5EED, storage: ModelStorage? = nil, downtime: UInt64 = 0,
        ports: (ShardIndex) -> BrokerPorts = { _ in BrokerPorts() }
    ) {
        self.limits = limits
        self.mailOrder = mailOrder
        self.seed = seed
        self.storage = storage
        let start = now
        let storagePorts = storage.map { $0.ports(shardCount, at: start, stamp: $0.lastStamp + downtime) }
        let gates = BrokerGates(listenerCount: 1)
        gates.apply(limits, connectRates: [connectRate], now: start)
        self.gates = gates
        hosts = (0..<shardCount).map { number in
            SimulatedHost(
                index: ShardIndex(number), shardCount: shardCount, limits: limits,
                ports: Self.ports(ports(ShardIndex(number)), storagePorts?[number]), gates: gates, seed: seed,
                now: start)
        }
        if let storage { restore(storage) }
    }

    /// All shards know what the others want before the first client comes.
    private func restore(_ storage: ModelStorage) {
        storage.restore(into: self)
        storage.isHolding = true
        settle()
        storage.isHolding = false
    }

    private static func ports(_ ports: BrokerPorts, _ storage: (any StoragePort)?) -> BrokerPorts {
        var ports = ports
        if let storage { ports.storage = storage }
        return ports
    }

    package var shardCount: Int { hosts.count }

    package var shards: [Shard] { hosts.map(\.shard) }

    /// The only shard, or the first.
    package var shard: Shard { hosts[0].shard }

    /// A client's socket is accepted.
    ///
    /// - Parameter capacity: bytes that the socket holds for a client that does not read.
    package func connect(shard number: Int = 0, capacity: Int = 1 << 20) -> SimulatedLink {
        linkCount += 1
        let link = SimulatedLink(
            shard: hosts[number].shard, shardNumber: number, capacity: capacity,
            listener: ListenerIdentity("simulated", number: 0), number: linkCount, now: now)
        links.append(link)
        return link
    }

    // MARK: - Events

    /// Runs everything that is due, in a fixed order, until nothing is.
    package func settle() {
        var events = 0
        while let event = dueEvents(firstOnly: true).first {
            run(event, readSize: Self.readSize)
            events += 1
            precondition(events < 1_000_000, "the broker does not come to rest")
        }
    }

    /// Runs one event chosen at random. Returns false if none was due.
    package func step(_ random: inout SeededGenerator) -> Bool {
        guard let event = random.pick(dueEvents(firstOnly: false)) else { return false }
        run(event, readSize: random.chance(20) ? 1 + random.below(16) : 1 + random.below(8192))
        return true
    }

    /// Lets time pass. What was on its way between shards stays there.
    package func advance(milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
        for host in hosts {
            while host.hasOutgoing { post(from: host.number) }
            host.advance(to: now)
        }
    }

    /// Lets time pass in steps of a tenth of a second, and everything happen in between.
    package func advanceSettling(milliseconds: UInt64) {
        var rest = milliseconds
        while rest > 0 {
            let step = min(rest, 100)
            advance(milliseconds: step)
            settle()
            rest -= step
        }
    }

    private func dueEvents(firstOnly: Bool) -> [Event] {
        var events: [Event] = []
        for host in hosts {
            if host.hasOutgoing {  // the tick that posts is not over
                events.append(.post(host.number))
                continue
            }
            for sender in host.sendersOfMail(mailOrder) { events.append(.mail(host.number, from: sender)) }
        }
        links.removeAll { $0.connection == nil && !$0.hasBytesForClient }
        for link in links where !hosts[link.shardNumber].hasOutgoing {
            for event in SimulatedLink.Event.allCases where link.isDue(event) { events.append(.link(link, event)) }
            if firstOnly, !events.isEmpty { return events }
        }
        if firstOnly, !events.isEmpty { return events }
        for host in hosts where host.isTickNeeded && !host.hasOutgoing { events.append(.tick(host.number)) }
        if firstOnly, !events.isEmpty { return events }
        if storage?.isDue == true, !hosts.contains(where: \.hasOutgoing) { events.append(.storage) }
        if firstOnly, !events.isEmpty { return events }
        for host in hosts where host.isWakeDue && !host.hasOutgoing { events.append(.wake(host.number)) }
        return events
    }

    private func run(_ event: Event, readSize: Int) {
        switch event {
        case .tick(let number): hosts[number].tick(now)
        case .wake(let number): hosts[number].wake(now)
        case .storage: storage?.work(self)
        case .post(let number): post(from: number)
        case .mail(let number, let sender): hosts[number].takeMail(from: sender, mailOrder, now: now)
        case .link(let link, let event): link.run(event, count: readSize, now: now)
        }
    }

    private func post(from number: Int) {
        if let (mail, target) = hosts[number].nextOutgoing() { hosts[target].deliver(mail, from: number) }
    }

    /// Whether a client may look at its socket: what a tick sends leaves after the tick's mail.
    package func canRead(_ link: SimulatedLink) -> Bool { !hosts[link.shardNumber].hasOutgoing }
}

/// Runs one shard of a ``SimulatedBroker``.
private final class SimulatedHost: ShardHost {
    let number: Int
    private(set) var isTickNeeded = false
    private var outgoing: [(mail: [ShardMail], target: Int)] = []
    private var inbox: [(mail: [ShardMail], sender: Int)] = []
    private var random: SeededGenerator
    private var madeShard: Shard?

    init(
        index: ShardIndex, shardCount: Int, limits: BrokerLimits, ports: BrokerPorts, gates: BrokerGates,
        seed: UInt64, now: Instant
    ) {
        number = index.rawValue
        self.now = now
        random = SeededGenerator(seed: seed &+ UInt64(index.rawValue))
        madeShard = Shard(
            index: index, shardCount: shardCount, limits: limits, host: self, ports: ports, seed: seed,
            counters: CounterBlock(listeners: 1), gates: gates, now: now)
    }

    var shard: Shard {
        guard let madeShard else { preconditionFailure("the shard is made in init and never taken away") }
        return madeShard
    }

    /// What the simulation calls now; nothing in it takes time.
    private var now: Instant

    func instant() -> Instant { now }

    func tickNeeded() { isTickNeeded = true }

    func advance(to now: Instant) {
        self.now = now
        shard.clockAdvanced(to: now)
    }

    func post(_ mail: [ShardMail], to shard: ShardIndex) { outgoing.append((mail, shard.rawValue)) }

    func randomNumber() -> UInt64 { random.next() }

    /// When the shard wants to be woken.
    private var wakeAt = Instant.never

    func wake(at instant: Instant) { wakeAt = instant }

    /// Whether it has to be woken now.
    var isWakeDue: Bool { wakeAt <= now }

    func wake(_ now: Instant) {
        wakeAt = .never
        shard.woken(now: now)
    }

    func tick(_ now: Instant) {
        isTickNeeded = false
        shard.endTick(now: now)
    }

    var hasOutgoing: Bool { !outgoing.isEmpty }

    func nextOutgoing() -> (mail: [ShardMail], target: Int)? { outgoing.isEmpty ? nil : outgoing.removeFirst() }

    func deliver(_ mail: [ShardMail], from sender: Int) { inbox.append((mail, sender)) }

    /// The shards whose mail may be taken next.
    func sendersOfMail(_ order: SimulatedBroker.MailOrder) -> [Int] {
        guard let first = inbox.first else { return [] }
        switch order {
        case .arrival: return [first.sender]
        case .pairwise: return Set(inbox.map(\.sender)).sorted()
        }
    }

    func takeMail(from sender: Int, _ order: SimulatedBroker.MailOrder, now: Instant) {
        guard let position = inbox.firstIndex(where: { $0.sender == sender }) else { return }
        let mail = inbox.remove(at: position).mail
        shard.receive(mail, from: ShardIndex(sender), now: now)
    }
}
