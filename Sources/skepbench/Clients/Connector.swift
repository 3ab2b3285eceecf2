import BrokerValues
import MQTTWire

/// Connects many clients from one thread: socket, CONNECT, CONNACK and, if asked for, SUBSCRIBE and SUBACK.
///
/// It keeps going when clients are refused or closed, and counts that; ``ConnectPlan/needsAll`` makes it an error.
struct Connector {
    /// Where a client is on its way.
    private enum Phase {
        case unstarted
        case opening
        case awaitsConnack
        case awaitsSuback
        case connected
        case waits(until: Int)
        case gaveUp
    }

    private struct Client {
        var phase = Phase.unstarted
        var descriptor: Int32 = -1
        var attempts = 0
        var firstAttempt = 0
        var reader = PacketReader()
    }

    private let plan: ConnectPlan
    private let poller: Poller
    private let buffer = ReceiveBuffer(size: 16 * 1024)
    private var clients: [Client]
    private var outcome: ConnectOutcome
    private var nextUnstarted = 0
    private var inProgress = 0
    /// Clients that are neither connected nor given up.
    private var open: Int
    /// Those that wait for their next attempt, in no order; looked through every ``retryCheck``.
    private var waiting: [Int] = []
    private var nextRetryCheck = 0

    private static let retryCheck = 10 * MonotonicClock.millisecond
    /// Sockets opened before those that are open are looked after again.
    private static let burst = 64

    private init(_ plan: ConnectPlan) throws(BenchError) {
        self.plan = plan
        poller = try Poller()
        clients = [Client](repeating: Client(), count: plan.count)
        open = plan.count
        outcome = ConnectOutcome(count: plan.count, startedAt: MonotonicClock.now())
    }

    /// Connects them all, or as many as can be had in the plan's time.
    static func run(_ plan: ConnectPlan) throws(BenchError) -> ConnectOutcome {
        var connector = try Connector(plan)
        return try connector.run()
    }

    private mutating func run() throws(BenchError) -> ConnectOutcome {
        var progress = Progress()
        let deadline = outcome.startedAt + plan.timeLimit
        while open > 0 {
            let now = MonotonicClock.now()
            if now > deadline { break }
            try startSome(now)
            let mayStart = nextUnstarted < plan.count && inProgress < plan.atOnce
            let count = try poller.wait(nanoseconds: mayStart ? 0 : Self.retryCheck)
            for index in 0..<count { try handle(poller.event(index)) }
            progress.show(at: now) {
                "connecting: \(Report.grouped(outcome.accepted)) of \(Report.grouped(plan.count)) clients"
            }
            if plan.needsAll, outcome.givenUp + outcome.lostAfterwards > 0 || Interrupt.isSet { break }
        }
        progress.clear()
        for index in clients.indices {
            if case .connected = clients[index].phase {
                outcome.descriptors[index] = clients[index].descriptor
            } else if clients[index].descriptor >= 0 {
                Sockets.closeAll([clients[index].descriptor])
            }
        }
        outcome.givenUp = plan.count - outcome.accepted
        if plan.needsAll, Interrupt.isSet, outcome.givenUp > 0 {
            throw BenchError(.interrupted, "Interrupted while clients connected")
        }
        if plan.needsAll, outcome.givenUp + outcome.lostAfterwards > 0 {
            throw outcome.firstFault
                ?? BenchError(
                    .refused,
                    "Only \(outcome.accepted) of \(plan.count) clients were let in within "
                        + "\(plan.timeLimit / MonotonicClock.second) s")
        }
        return outcome
    }

    // MARK: - Attempts

    private mutating func startSome(_ now: Int) throws(BenchError) {
        if !waiting.isEmpty, now >= nextRetryCheck {
            nextRetryCheck = now + Self.retryCheck
            var later: [Int] = []
            for index in waiting {
                if case .waits(let until) = clients[index].phase, until <= now, inProgress < plan.atOnce {
                    outcome.retries += 1
                    try start(index, now)
                } else {
                    later.append(index)
                }
            }
            waiting = later
        }
        var started = 0
        while nextUnstarted < plan.count, inProgress < plan.atOnce, started < Self.burst {
            clients[nextUnstarted].firstAttempt = now
            try start(nextUnstarted, now)
            nextUnstarted += 1
            started += 1
        }
    }

    private mutating func start(_ index: Int, _ now: Int) throws(BenchError) {
        let source = plan.sources.isEmpty ? nil : plan.sources[index % plan.sources.count]
        inProgress += 1
        clients[index].attempts += 1
        clients[index].reader = PacketReader()
        do throws(BenchError) {
            let descriptor = try Sockets.connect(to: plan.target, from: source)
            clients[index].descriptor = descriptor
            clients[index].phase = .opening
            try poller.add(descriptor, token: index, .write)
        } catch {
            guard error.kind == .unavailable else { throw error }
            outcome.unreachable += 1
            fail(index, error, now)
        }
    }

    private mutating func fail(_ index: Int, _ error: BenchError, _ now: Int) {
        if outcome.firstFault == nil { outcome.firstFault = error }
        Sockets.closeAll([clients[index].descriptor])
        clients[index].descriptor = -1
        inProgress -= 1
        if clients[index].attempts <= plan.retries {
            clients[index].phase = .waits(
                until: now + ConnectPlan.backoff(attempt: clients[index].attempts, client: index))
            waiting.append(index)
        } else {
            clients[index].phase = .gaveUp
            outcome.givenUp += 1
            open -= 1
        }
    }

    // MARK: - Events

    private mutating func handle(_ event: Poller.Event) throws(BenchError) {
        let index = event.token
        switch clients[index].phase {
        case .opening: try opened(index)
        case .awaitsConnack, .awaitsSuback: try receive(index)
        case .connected: lookForEnd(index)
        case .unstarted, .waits, .gaveUp: break
        }
    }

    private mutating func opened(_ index: Int) throws(BenchError) {
        let descriptor = clients[index].descriptor
        let now = MonotonicClock.now()
        let number = Sockets.pendingError(descriptor)
        if number != 0 {
            outcome.unreachable += 1
            let text = "Cannot connect to \(plan.target): \(BenchError.text(of: number))"
            return fail(index, BenchError(.unavailable, text), now)
        }
        if plan.opensOnly {
            try poller.change(descriptor, token: index, .read)
            return accepted(index, now)
        }
        let packet = plan.encoder.connect(
            identifier: "\(plan.identifierPrefix)\(index)", keepAlive: ConnectPlan.keepAlive, session: plan.session,
            will: plan.will?(index))
        clients[index].phase = .awaitsConnack
        try poller.change(descriptor, token: index, .read)
        send(packet, index, now)
    }

    /// The socket is new and the packet short, so it is taken whole or the connection is broken.
    private mutating func send(_ packet: [UInt8], _ index: Int, _ now: Int) {
        if case .moved(packet.count) = Sockets.send(clients[index].descriptor, packet) { return }
        outcome.closedEarly += 1
        fail(index, BenchError(.refused, "\(plan.target) closed a connection before CONNECT was sent"), now)
    }

    private mutating func receive(_ index: Int) throws(BenchError) {
        var first: (type: PacketType?, code: UInt8)?
        var reader = clients[index].reader
        let hasProperties = plan.encoder.version.hasProperties
        var limits: ConnackLimits?
        let transfer = try buffer.receive(clients[index].descriptor) { (bytes) throws(BenchError) in
            try reader.feed(bytes) { (packet, header) throws(BenchError) in
                // What others publish may come before the answer to SUBSCRIBE.
                guard first == nil, header.type != .publish else { return }
                first = (header.type, 0)
                // CONNACK has its code behind the flags, SUBACK its only one at the end, behind the identifier.
                switch header.type {
                case .connack where header.remainingLength >= 2:
                    let code = packet[header.length + 1]
                    first = (.connack, code)
                    if hasProperties, code == 0 { limits = try ConnackLimits.read(packet, header: header) }
                case .suback where header.remainingLength >= (hasProperties ? 4 : 3):
                    first = (.suback, packet[packet.count - 1])
                case .connack, .suback: first = (nil, 0)
                case .connect, .publish, .puback, .pubrec, .pubrel, .pubcomp, .subscribe, .unsubscribe, .unsuback,
                    .pingreq, .pingresp, .disconnect, .auth, nil:
                    break
                }
            }
        }
        clients[index].reader = reader
        if let limits { outcome.limits = limits }
        let now = MonotonicClock.now()
        switch transfer {
        case .moved: if let first { answered(index, first.type, first.code, now) }
        case .wouldBlock: break
        case .ended, .failed:
            outcome.closedEarly += 1
            fail(index, BenchError(.refused, "\(plan.target) closed a connection before its CONNACK or SUBACK"), now)
        }
    }

    private mutating func answered(_ index: Int, _ type: PacketType?, _ code: UInt8, _ now: Int) {
        switch (clients[index].phase, type) {
        case (.awaitsConnack, .connack) where code == 0:
            guard let filter = plan.filter?(index) else { return accepted(index, now) }
            clients[index].phase = .awaitsSuback
            send(plan.encoder.subscribe(packetIdentifier: 1, filter: filter, qos: plan.filterQoS), index, now)
        case (.awaitsSuback, .suback) where code <= 2 && code >= plan.filterQoS.rawValue: accepted(index, now)
        default:
            outcome.refused += 1
            fail(index, BenchError(.refused, refusal(type, code)), now)
        }
    }

    private func refusal(_ type: PacketType?, _ code: UInt8) -> String {
        switch type {
        case .connack:
            "\(plan.target) refused a client: CONNACK with code \(Self.meaning(code, plan.encoder.version))"
        case .suback where code <= 2:
            "\(plan.target) grants QoS \(code) to a subscription that asks for \(plan.filterQoS.rawValue)"
        case .suback: "\(plan.target) refused a subscription: SUBACK with code \(ReasonCode(rawValue: code).described)"
        default: "\(plan.target) did not answer with CONNACK or SUBACK: is that an MQTT broker?"
        }
    }

    /// A code of CONNACK in words (MQTT 5 section 3.2.2.2, MQTT 3.1.1 table 3.1).
    private static func meaning(_ code: UInt8, _ version: ProtocolVersion) -> String {
        if version.hasProperties { return ReasonCode(rawValue: code).described }
        let words = [
            1: "unacceptable protocol version", 2: "identifier rejected", 3: "server unavailable",
            4: "bad user name or password", 5: "not authorized",
        ]
        return words[Int(code)].map { "\(code), \($0)" } ?? "\(code)"
    }

    private mutating func accepted(_ index: Int, _ now: Int) {
        clients[index].phase = .connected
        inProgress -= 1
        open -= 1
        outcome.accept(at: now, since: clients[index].firstAttempt)
    }

    /// What a connected client gets is of no interest here, only that it still is connected.
    private mutating func lookForEnd(_ index: Int) {
        let transfer = (try? buffer.receive(clients[index].descriptor) { _ in }) ?? .wouldBlock
        switch transfer {
        case .moved, .wouldBlock: break
        case .ended, .failed:
            outcome.lostAfterwards += 1
            if outcome.firstFault == nil {
                outcome.firstFault = BenchError(.refused, "\(plan.target) closed a client that it had let in")
            }
            Sockets.closeAll([clients[index].descriptor])
            clients[index].descriptor = -1
            clients[index].phase = .gaveUp
        }
    }
}
