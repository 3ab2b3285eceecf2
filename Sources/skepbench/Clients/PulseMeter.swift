import BrokerValues
import MQTTWire
import Synchronization

/// Clients that each publish to a topic of their own at a fixed rate and subscribe to it: what any light client feels.
struct PulsePlan: Sendable {
    /// Connected and subscribed, each to ``topic(_:)`` of its number.
    let descriptors: [Int32]
    let encoder: ClientEncoder
    let topicPrefix: String
    let qos: QualityOfService
    let payloadSize: Int
    /// Nanoseconds between two messages of one client; the clients are spread evenly over it.
    let interval: Int

    /// The topic of a client.
    func topic(_ client: Int) -> String { "\(topicPrefix)\(client)" }
}

/// What the scenario tells a running ``PulseMeter``, and what it can see of it.
final class PulseControl: Sendable {
    /// What the messages sent now are counted as.
    enum Phase: UInt8, CaseIterable {
        /// Not at all: warming up.
        case uncounted
        case unloaded
        case loaded
        /// No more are sent; those under way are waited for.
        case finishing
        /// The meter ends.
        case stopped
    }

    private let current = Atomic<UInt8>(Phase.uncounted.rawValue)
    /// Messages that are under way.
    let underWay = Atomic<Int>(0)

    var phase: Phase {
        get { Phase(rawValue: current.load(ordering: .relaxed)) ?? .stopped }
        set { current.store(newValue.rawValue, ordering: .relaxed) }
    }
}

/// What was measured while one phase lasted; a message belongs to the phase that it was sent in.
struct PulseFigures: Sendable {
    /// From the call that sends to its own receipt.
    var latency = LatencyHistogram()
    /// By how much the generator itself was late to send.
    var lateness = LatencyHistogram()
    var sent = 0

    /// Messages that never came.
    var missing: Int { max(0, sent - latency.count) }
}

/// What a ``PulseMeter`` found.
struct PulseResult: Sendable {
    var unloaded = PulseFigures()
    var loaded = PulseFigures()
    /// Clients that lost their connection.
    var closed = 0
}

/// Runs a ``PulsePlan`` in the calling thread until it is told to stop.
struct PulseMeter {
    private struct Client {
        let descriptor: Int32
        var packet: [UInt8]
        let identifierOffset: Int
        let payloadOffset: Int
        var identifier: UInt16 = 0
        var reader = PacketReader()
        /// What the socket has not taken yet.
        var unsent: [UInt8] = []
        var isClosed = false
    }

    /// Of a payload: eight bytes when it was sent, one of which phase.
    static let smallestPayload = 9
    /// Bytes that wait for a client's socket at most; beyond that its messages are not sent but counted as missing.
    private static let unsentLimit = 1_048_576
    /// Bytes that wait for a client's socket at most, answers to what the broker sends among them.
    private static let answerLimit = 16 * 1_048_576
    private static let longestWait = 20 * MonotonicClock.millisecond

    private let plan: PulsePlan
    private let control: PulseControl
    private let poller: Poller
    private let buffer = ReceiveBuffer(size: 64 * 1024)
    private var clients: [Client] = []
    private var result = PulseResult()
    private let startedAt = MonotonicClock.now()

    /// Measures until the control says stop.
    static func run(_ plan: PulsePlan, _ control: PulseControl) throws(BenchError) -> PulseResult {
        var meter = try PulseMeter(plan, control)
        return try meter.run()
    }

    private init(_ plan: PulsePlan, _ control: PulseControl) throws(BenchError) {
        self.plan = plan
        self.control = control
        poller = try Poller()
        let payload = [UInt8](repeating: 0x2E, count: max(Self.smallestPayload, plan.payloadSize))
        for (index, descriptor) in plan.descriptors.enumerated() {
            let form = plan.encoder.publish(topic: plan.topic(index), payload: payload, qos: plan.qos)
            clients.append(
                Client(
                    descriptor: descriptor, packet: form.bytes, identifierOffset: form.identifierOffset,
                    payloadOffset: form.payloadOffset))
            try poller.add(descriptor, token: index, .read)
        }
    }

    private mutating func run() throws(BenchError) -> PulseResult {
        let start = MonotonicClock.now()
        var sent = 0
        while true {
            let phase = control.phase
            if phase == .stopped { return result }
            var wait = Self.longestWait
            if phase != .finishing {
                let now = MonotonicClock.now()
                // Multiplied first, so that the spread stays exact: the product holds for runs of many days.
                var due = start + sent * plan.interval / clients.count
                while due <= now {
                    try publish(sent % clients.count, phase, due)
                    sent += 1
                    due = start + sent * plan.interval / clients.count
                }
                wait = min(wait, due - now)
            }
            let count = try poller.wait(nanoseconds: wait)
            for index in 0..<count { try handle(poller.event(index)) }
        }
    }

    // MARK: - Sending

    private mutating func publish(_ index: Int, _ phase: PulseControl.Phase, _ due: Int) throws(BenchError) {
        let now = MonotonicClock.now()
        switch phase {
        case .unloaded:
            result.unloaded.sent += 1
            result.unloaded.lateness.record(now - due)
        case .loaded:
            result.loaded.sent += 1
            result.loaded.lateness.record(now - due)
        case .uncounted, .finishing, .stopped: break
        }
        guard !clients[index].isClosed, clients[index].unsent.count < Self.unsentLimit else { return }
        if clients[index].identifierOffset > 0 {
            clients[index].identifier = clients[index].identifier == .max ? 1 : clients[index].identifier + 1
            clients[index].packet[clients[index].identifierOffset] = UInt8(clients[index].identifier >> 8)
            clients[index].packet[clients[index].identifierOffset + 1] = UInt8(clients[index].identifier & 0xFF)
        }
        for byte in 0..<8 {
            clients[index].packet[clients[index].payloadOffset + byte] = UInt8(
                truncatingIfNeeded: now >> (56 - 8 * byte))
        }
        clients[index].packet[clients[index].payloadOffset + 8] = phase.rawValue
        control.underWay.add(1, ordering: .relaxed)
        try send(index, clients[index].packet)
    }

    private mutating func send(_ index: Int, _ bytes: [UInt8]) throws(BenchError) {
        if !clients[index].unsent.isEmpty {
            clients[index].unsent += bytes
            guard clients[index].unsent.count <= Self.answerLimit else {
                throw BenchError(.refused, "The broker sends and sends, and does not read the answers to it")
            }
            return
        }
        switch Sockets.send(clients[index].descriptor, bytes) {
        case .moved(bytes.count): break
        case .moved(let count): try keep(index, bytes.dropFirst(count))
        case .wouldBlock: try keep(index, bytes[...])
        case .ended, .failed: close(index)
        }
    }

    private mutating func keep(_ index: Int, _ bytes: ArraySlice<UInt8>) throws(BenchError) {
        clients[index].unsent = Array(bytes)
        try poller.change(clients[index].descriptor, token: index, [.read, .write])
    }

    private mutating func sendUnsent(_ index: Int) throws(BenchError) {
        switch Sockets.send(clients[index].descriptor, clients[index].unsent) {
        case .moved(let count): clients[index].unsent.removeFirst(count)
        case .wouldBlock: break
        case .ended, .failed: close(index)
        }
        if clients[index].unsent.isEmpty, !clients[index].isClosed {
            try poller.change(clients[index].descriptor, token: index, .read)
        }
    }

    private mutating func close(_ index: Int) {
        guard !clients[index].isClosed else { return }
        clients[index].isClosed = true
        clients[index].unsent = []
        result.closed += 1
        Sockets.closeAll([clients[index].descriptor])
    }

    // MARK: - Receiving

    private mutating func handle(_ event: Poller.Event) throws(BenchError) {
        let index = event.token
        if clients[index].isClosed { return }
        if event.isReadable || event.isHungUp { try receive(index) }
        if event.isWritable, !clients[index].isClosed { try sendUnsent(index) }
    }

    private mutating func receive(_ index: Int) throws(BenchError) {
        var reader = clients[index].reader
        var answers: [UInt8] = []
        var arrivals: [(phase: PulseControl.Phase?, latency: Int)] = []
        let transfer = try buffer.receive(clients[index].descriptor) { (bytes) throws(BenchError) in
            let now = MonotonicClock.now()
            try reader.feed(bytes) { (packet, header) throws(BenchError) in
                guard header.type == .publish else { return }
                guard let view = try? PublishView.decode(packet, header: header, version: plan.encoder.version) else {
                    throw BenchError(.refused, "The broker sent a PUBLISH that cannot be read")
                }
                if view.qos == .atLeastOnce { answers += plan.encoder.acknowledge(view.packetIdentifier) }
                guard view.payload.count >= Self.smallestPayload else { return }
                control.underWay.subtract(1, ordering: .relaxed)
                let sentAt = Int(truncatingIfNeeded: UInt64(bigEndian: view.payload.word(at: 0)))
                guard sentAt > startedAt - MonotonicClock.second, sentAt <= now else {
                    throw BenchError(.refused, "The broker delivered a message that nobody has sent in this run")
                }
                arrivals.append((PulseControl.Phase(rawValue: view.payload[8]), now - sentAt))
            }
        }
        for (phase, latency) in arrivals {
            switch phase {
            case .unloaded: result.unloaded.latency.record(latency)
            case .loaded: result.loaded.latency.record(latency)
            case .uncounted, .finishing, .stopped, nil: break
            }
        }
        clients[index].reader = reader
        switch transfer {
        case .moved: if !answers.isEmpty { try send(index, answers) }
        case .wouldBlock: break
        case .ended, .failed: close(index)
        }
    }
}
