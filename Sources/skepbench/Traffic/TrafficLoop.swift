import BrokerValues
import MQTTWire
import Synchronization

/// Runs a ``TrafficPlan`` in the calling thread until it is told to stop.
///
/// The generator must cost less than the broker: nothing is allocated for a message, the clock is read once for each
/// batch, and of what arrives only the first bytes are looked at.
struct TrafficLoop {
    private static let bufferSize = 256 * 1024
    /// Bytes that may wait for a socket before its publisher pauses.
    static let outputLimit = 64 * 1024
    /// Bytes of answers that may wait for a socket: a broker that reads nothing gets no more.
    private static let answerLimit = 16 * 1_048_576
    /// Nanoseconds by which a stamp may lie ahead: of one batch each is one more (``TrafficPacer/unique(_:)``).
    private static let stampTolerance = MonotonicClock.millisecond
    /// Messages that one publisher sends in its turn.
    static let turn = 16
    /// Messages that were due and could not be sent, of one client; beyond that they are counted as unsent.
    static let overdueLimit = 100_000
    private static let longestWait = 20 * MonotonicClock.millisecond

    let plan: TrafficPlan
    let control: TrafficControl
    private let poller: Poller
    private let buffer = ReceiveBuffer(size: Self.bufferSize)
    private let hasProperties: Bool
    var clients: [TrafficClient]
    /// Clients whose output is to be handed to their sockets.
    private var dirty: [Int] = []
    var pacer: TrafficPacer
    var figures = TrafficFigures()
    /// What was counted since it was last added to the control.
    var counts = Counts()
    private var measuredSince = Int.max
    /// Every stamp of a message of this run lies behind it.
    private let startedAt = MonotonicClock.now()
    private var longestPayload = 0
    private var cpuBefore = 0

    /// What is counted between two looks at the control.
    struct Counts {
        var sent = 0
        var expected = 0
        var received = 0
        var redelivered = 0
        var acknowledged = 0
        var rejected = 0
        var unsent = 0
        var closed = 0
        var closedPublishers = 0
        /// Sums of the stamps that were sent, for each delivery once, and of those that came.
        var expectedStamps = 0
        var receivedStamps = 0
    }

    /// Loads until the control says stop.
    static func run(_ plan: TrafficPlan, _ control: TrafficControl) throws(BenchError) -> TrafficFigures {
        var loop = try TrafficLoop(plan, control)
        return try loop.run()
    }

    private init(_ plan: TrafficPlan, _ control: TrafficControl) throws(BenchError) {
        self.plan = plan
        self.control = control
        poller = try Poller()
        hasProperties = plan.encoder.version.hasProperties
        clients = plan.descriptors.map { TrafficClient(descriptor: $0) }
        pacer = TrafficPacer(plan)
        for (index, descriptor) in plan.descriptors.enumerated() {
            try poller.add(descriptor, token: index, .read)
        }
        for publisher in plan.publishers {
            let payload = [UInt8](repeating: 0x2E, count: publisher.payloadSize)
            let client = publisher.client
            clients[client].payload = payload
            clients[client].forms = publisher.topics.map {
                plan.encoder.publish(
                    topic: $0, payload: payload, qos: publisher.qos, isRetained: publisher.isRetained
                ).head
            }
            clients[client].hasIdentifiers = publisher.qos != .atMostOnce
            clients[client].receivers = publisher.receivers
            clients[client].left = publisher.total ?? .max
            longestPayload = max(longestPayload, payload.count)
            clients[client].window = pacer.window(of: publisher, plan.limits)
            if pacer.isClosed { makeReady(client) }
        }
        for (index, opening) in plan.openings.enumerated() {
            clients[index].output = opening
            markDirty(index)
        }
    }

    private mutating func run() throws(BenchError) -> TrafficFigures {
        var phase = TrafficControl.Phase.warmingUp
        pacer.start(at: MonotonicClock.now())
        while true {
            let current = control.phase
            if current != phase {
                enter(current)
                phase = current
            }
            if phase == .stopped { return figures }
            var wait = Self.longestWait
            if phase != .draining {
                let now = MonotonicClock.now()
                wait = min(wait, pump(now))
            }
            try flush()
            publishCounts()
            let count = try poller.wait(nanoseconds: wait)
            for index in 0..<count { try handle(poller.event(index)) }
        }
    }

    private mutating func enter(_ phase: TrafficControl.Phase) {
        let cpu = MonotonicClock.threadCPU()
        switch phase {
        case .warmingUp: break
        case .measuring:
            measuredSince = MonotonicClock.now()
            cpuBefore = cpu
        case .draining, .stopped:
            if phase == .draining { giveUpOverdue() }
            publishCounts()
            if phase == .draining { control.drained.add(1, ordering: .acquiringAndReleasing) }
            if cpuBefore > 0 { figures.cpu = cpu - cpuBefore }
            cpuBefore = 0
        }
        pacer.isMeasuring = phase == .measuring
    }

    private mutating func publishCounts() {
        // Expected first, and read last: what is under way is never taken for less than it is.
        if counts.expected > 0 { control.expected.add(counts.expected, ordering: .releasing) }
        if counts.sent > 0 { control.sent.add(counts.sent, ordering: .relaxed) }
        if counts.received > 0 { control.received.add(counts.received, ordering: .releasing) }
        if counts.acknowledged > 0 { control.acknowledged.add(counts.acknowledged, ordering: .relaxed) }
        if counts.redelivered > 0 { control.redelivered.add(counts.redelivered, ordering: .relaxed) }
        if counts.rejected > 0 { control.rejected.add(counts.rejected, ordering: .relaxed) }
        if counts.unsent > 0 { control.unsent.add(counts.unsent, ordering: .relaxed) }
        if counts.closed > 0 { control.closed.add(counts.closed, ordering: .relaxed) }
        if counts.closedPublishers > 0 { control.closedPublishers.add(counts.closedPublishers, ordering: .relaxed) }
        if counts.expectedStamps != 0 { control.stamps.wrappingAdd(counts.expectedStamps, ordering: .relaxed) }
        if counts.receivedStamps != 0 { control.stamps.wrappingSubtract(counts.receivedStamps, ordering: .relaxed) }
        counts = Counts()
    }

    // MARK: - Sockets

    /// Puts a client on the list of those whose output is sent at the end of this round.
    @inline(__always)
    mutating func markDirty(_ index: Int) {
        guard !clients[index].isDirty, !clients[index].watchesWrites else { return }
        clients[index].isDirty = true
        dirty.append(index)
    }

    private mutating func flush() throws(BenchError) {
        // By number: what is sent may make room for more, which puts its client on the list again.
        var next = 0
        while next < dirty.count {
            let index = dirty[next]
            next += 1
            clients[index].isDirty = false
            try send(index)
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private mutating func send(_ index: Int) throws(BenchError) {
        while clients[index].waiting > 0, !clients[index].isClosed {
            switch Sockets.send(clients[index].descriptor, clients[index].output, from: clients[index].outputStart) {
            case .moved(let count): clients[index].outputStart += count
            case .wouldBlock:
                clients[index].forgetSent()
                return try watchWrites(index, true)
            case .ended, .failed: close(index)
            }
        }
        clients[index].output.removeAll(keepingCapacity: true)
        clients[index].outputStart = 0
        try watchWrites(index, false)
        mayHaveRoom(index)
    }

    private mutating func watchWrites(_ index: Int, _ watches: Bool) throws(BenchError) {
        guard clients[index].watchesWrites != watches, !clients[index].isClosed else { return }
        clients[index].watchesWrites = watches
        try poller.change(clients[index].descriptor, token: index, watches ? [.read, .write] : .read)
    }

    private mutating func handle(_ event: Poller.Event) throws(BenchError) {
        let index = event.token
        if clients[index].isClosed { return }
        if event.isReadable || event.isHungUp { try receive(index) }
        if event.isWritable, !clients[index].isClosed { try send(index) }
    }

    private mutating func close(_ index: Int) {
        guard !clients[index].isClosed else { return }
        clients[index].isClosed = true
        clients[index].output = []
        clients[index].outputStart = 0
        counts.closed += 1
        if !clients[index].forms.isEmpty { counts.closedPublishers += 1 }
        Sockets.closeAll([clients[index].descriptor])
    }

    // MARK: - What arrives

    private mutating func receive(_ index: Int) throws(BenchError) {
        var kept: [UInt8] = []
        swap(&kept, &clients[index].kept)
        let transfer = try buffer.receive(clients[index].descriptor, behind: kept) { (bytes) throws(BenchError) in
            try take(bytes, index)
        }
        switch transfer {
        case .moved:
            if clients[index].waiting > 0 { markDirty(index) }
            guard clients[index].waiting <= Self.answerLimit + longestPayload else {
                throw BenchError(.refused, "The broker sends and sends, and does not read the answers to it")
            }
        case .wouldBlock: clients[index].kept = kept
        case .ended, .failed: close(index)
        }
    }

    @inline(__always)
    private mutating func take(_ bytes: ByteView, _ index: Int) throws(BenchError) {
        let now = MonotonicClock.now()
        let count = bytes.count
        var offset = min(clients[index].toSkip, count)
        clients[index].toSkip -= offset
        while offset < count {
            let rest = bytes.dropping(offset)
            guard let header = try Self.header(rest) else { break }
            if header.firstByte >> 4 == PacketType.publish.rawValue {
                guard let head = try PublishHead.read(rest, header, hasProperties: hasProperties) else { break }
                try delivered(index, head, now)
                let whole = header.packetLength
                clients[index].toSkip = max(0, whole - rest.count)
                offset += min(whole, rest.count)
            } else {
                guard header.packetLength <= PacketReader.largestPacket else { throw Self.tooLarge(header) }
                guard header.packetLength <= rest.count else { break }
                try answered(index, rest.slice(0, header.packetLength), header)
                offset += header.packetLength
            }
        }
        guard offset < count else { return }
        // Twice as much room as a packet's begin can take in what brokers send back of our own messages.
        guard count - offset < Self.bufferSize / 2 else {
            throw BenchError(.refused, "The broker sent a packet with \(count - offset) bytes before its payload")
        }
        clients[index].kept = bytes.dropping(offset).bytes
    }

    @inline(__always)
    private static func header(_ bytes: ByteView) throws(BenchError) -> FixedHeader? {
        do throws(WireError) { return try FixedHeader.parse(bytes) } catch {
            throw BenchError(.refused, "The broker sent a packet without a readable length")
        }
    }

    private static var unsent: BenchError {
        BenchError(.refused, "The broker acknowledged a message that was not sent")
    }

    private static func tooLarge(_ header: FixedHeader) -> BenchError {
        BenchError(.refused, "The broker sent a packet of \(header.packetLength) bytes that is no PUBLISH")
    }

    @inline(__always)
    private mutating func delivered(_ index: Int, _ head: PublishHead, _ now: Int) throws(BenchError) {
        counts.received += 1
        if head.isRedelivered { counts.redelivered += 1 }
        if let stamp = head.stamp, plan.areStampsOfThisRun {
            guard stamp > startedAt - MonotonicClock.second, stamp < now + Self.stampTolerance else {
                throw BenchError(.refused, "The broker delivered a message that nobody has sent in this run")
            }
            counts.receivedStamps &+= stamp
            if stamp >= measuredSince { figures.latency.record(now - stamp) }
        }
        switch head.qos {
        case 0: break
        case 1: clients[index].answer(PacketType.puback.rawValue << 4, head.identifier)
        default: clients[index].answer(PacketType.pubrec.rawValue << 4, head.identifier)
        }
    }

    /// Any packet but a PUBLISH.
    private mutating func answered(
        _ index: Int, _ packet: ByteView, _ header: FixedHeader
    ) throws(BenchError) {
        let body = header.length
        if header.type == .disconnect, header.remainingLength > 0 {
            control.disconnectReason.store(Int(packet[body]), ordering: .relaxed)
        }
        guard header.remainingLength >= 2 else { return }
        let identifier = packet.uint16(at: body)
        // Only version 5 has a code here; no code is success, and 0x10 that nobody has subscribed.
        let isRejected = header.remainingLength > 2 && packet[body + 2] >= 0x80
        switch header.type {
        case .puback, .pubcomp: try acknowledged(index, isRejected: isRejected)
        case .pubrec where isRejected: try acknowledged(index, isRejected: true)
        case .pubrec:
            guard clients[index].inFlight > 0 else { throw Self.unsent }
            clients[index].answer(PacketType.pubrel.rawValue << 4 | 2, identifier)
        case .pubrel: clients[index].answer(PacketType.pubcomp.rawValue << 4, identifier)
        case .connack where packet[body + 1] != 0: counts.rejected += 1
        case .suback where packet[packet.count - 1] >= 0x80: counts.rejected += 1
        case .connect, .connack, .publish, .subscribe, .suback, .unsubscribe, .unsuback, .pingreq, .pingresp,
            .disconnect, .auth, nil:
            break
        }
    }

    private mutating func acknowledged(_ index: Int, isRejected: Bool) throws(BenchError) {
        guard clients[index].inFlight > 0 else { throw Self.unsent }
        clients[index].inFlight -= 1
        counts.acknowledged += 1
        if isRejected { counts.rejected += 1 }
        mayHaveRoom(index)
    }
}
