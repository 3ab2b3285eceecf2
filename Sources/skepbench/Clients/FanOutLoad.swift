import BrokerValues
import MQTTWire
import Synchronization

/// One client that publishes as fast as the broker takes it, and those who get it all.
struct FanOutPlan: Sendable {
    /// Connected; it subscribes to nothing.
    let publisher: Int32
    /// Connected and subscribed to ``topic`` with QoS 0.
    let subscribers: [Int32]
    let encoder: ClientEncoder
    let topic: String
    let qos: QualityOfService
    /// Messages that may wait for their PUBACK; of no meaning for QoS 0.
    let window: Int
    let payloadSize: Int
}

/// What the scenario tells a running ``FanOutLoad``, and what it counts.
final class FanOutControl: Sendable {
    let publishes = Atomic<Bool>(false)
    let isStopped = Atomic<Bool>(false)
    /// Messages that the kernel has taken from the publisher.
    let sent = Atomic<Int>(0)
    let acknowledged = Atomic<Int>(0)
    /// Messages that subscribers got, and the bytes of all that they got.
    let delivered = Atomic<Int>(0)
    let deliveredBytes = Atomic<Int>(0)
    /// Subscribers that lost their connection, and whether the publisher did.
    let closedSubscribers = Atomic<Int>(0)
    let publisherIsClosed = Atomic<Bool>(false)
}

/// Runs a ``FanOutPlan`` in the calling thread until it is told to stop.
///
/// What arrives is received and counted by its fixed headers, nothing more: this thread must cost less than the broker
/// that fills the sockets.
struct FanOutLoad {
    /// Bytes that are handed to the publisher's socket at once, about.
    private static let batchBytes = 64 * 1024
    private static let longestWait = 50 * MonotonicClock.millisecond
    /// The token of the publisher; those of subscribers are their numbers.
    private static let publisherToken = Int(Int32.max)

    private let plan: FanOutPlan
    private let control: FanOutControl
    private let poller: Poller
    private let buffer = ReceiveBuffer(size: 256 * 1024)
    private var counters: [FrameCounter]

    private let form: PublishForm
    private let batchCount: Int
    /// Whole packets, sent from ``offset`` on.
    private var batch: [UInt8] = []
    private var offset = 0
    private var filled = 0
    private var sent = 0
    private var publisherCounter = FrameCounter()
    private var interest: Poller.Interest = .read
    private var publisherIsClosed = false

    /// Loads until the control says stop.
    static func run(_ plan: FanOutPlan, _ control: FanOutControl) throws(BenchError) {
        var load = try FanOutLoad(plan, control)
        try load.run()
    }

    private init(_ plan: FanOutPlan, _ control: FanOutControl) throws(BenchError) {
        self.plan = plan
        self.control = control
        poller = try Poller()
        counters = [FrameCounter](repeating: FrameCounter(), count: plan.subscribers.count)
        form = plan.encoder.publish(
            topic: plan.topic, payload: [UInt8](repeating: 0x2E, count: plan.payloadSize), qos: plan.qos)
        batchCount = max(1, Self.batchBytes / form.bytes.count)
        for (index, descriptor) in plan.subscribers.enumerated() {
            try poller.add(descriptor, token: index, .read)
        }
        try poller.add(plan.publisher, token: Self.publisherToken, .read)
    }

    private mutating func run() throws(BenchError) {
        while !control.isStopped.load(ordering: .relaxed) {
            try setInterest()
            let count = try poller.wait(nanoseconds: Self.longestWait)
            var delivered = 0
            var bytes = 0
            for number in 0..<count {
                let event = poller.event(number)
                if event.token == Self.publisherToken {
                    try publisherEvent(event)
                } else {
                    let (packets, size) = try drain(event.token)
                    delivered += packets
                    bytes += size
                }
            }
            control.delivered.add(delivered, ordering: .relaxed)
            control.deliveredBytes.add(bytes, ordering: .relaxed)
        }
    }

    /// Receives once from a subscriber: messages and bytes that came.
    @inline(__always)
    private mutating func drain(_ index: Int) throws(BenchError) -> (Int, Int) {
        let before = counters[index].publishes
        var counter = counters[index]
        let transfer = try buffer.receive(plan.subscribers[index]) { counter.feed($0) }
        counters[index] = counter
        if counter.isBroken { throw BenchError(.refused, "The broker sent a packet without a readable length") }
        switch transfer {
        case .moved(let size): return (counter.publishes - before, size)
        case .wouldBlock: return (0, 0)
        case .ended, .failed:
            control.closedSubscribers.add(1, ordering: .relaxed)
            Sockets.closeAll([plan.subscribers[index]])
            return (0, 0)
        }
    }

    // MARK: - The publisher

    /// Whether the publisher has or may have something to send.
    private var wantsToWrite: Bool {
        if offset > 0 && offset < batch.count { return true }  // a packet may be half sent
        guard control.publishes.load(ordering: .relaxed) else { return false }
        return plan.qos == .atMostOnce || offset < batch.count
            || filled - publisherCounter.acknowledgements < plan.window
    }

    private mutating func setInterest() throws(BenchError) {
        guard !publisherIsClosed else { return }
        let wanted: Poller.Interest = wantsToWrite ? [.read, .write] : .read
        guard wanted != interest else { return }
        interest = wanted
        try poller.change(plan.publisher, token: Self.publisherToken, wanted)
    }

    private mutating func publisherEvent(_ event: Poller.Event) throws(BenchError) {
        if publisherIsClosed { return }
        if event.isReadable || event.isHungUp {
            var counter = publisherCounter
            let transfer = try buffer.receive(plan.publisher) { counter.feed($0) }
            publisherCounter = counter
            control.acknowledged.store(counter.acknowledgements, ordering: .relaxed)
            switch transfer {
            case .moved, .wouldBlock: break
            case .ended, .failed: return closePublisher()
            }
        }
        if event.isWritable, wantsToWrite { send() }
    }

    private mutating func send() {
        if offset == batch.count { fill() }
        switch Sockets.send(plan.publisher, batch, from: offset) {
        case .moved(let count):
            offset += count
            control.sent.store(sent + offset / form.bytes.count, ordering: .relaxed)
        case .wouldBlock: break
        case .ended, .failed: closePublisher()
        }
    }

    /// The next packets: as many as the window admits, or for QoS 0 the same again.
    private mutating func fill() {
        sent += batch.count / form.bytes.count
        offset = 0
        guard plan.qos != .atMostOnce else {
            if batch.isEmpty { for _ in 0..<batchCount { batch += form.bytes } }
            return
        }
        batch.removeAll(keepingCapacity: true)
        let room = plan.window - (filled - publisherCounter.acknowledgements)
        for _ in 0..<max(0, min(room, batchCount)) {
            // 1 to 65,535, round and round: a window is always smaller.
            let identifier = filled % Int(UInt16.max) + 1
            let start = batch.count
            batch += form.bytes
            batch[start + form.identifierOffset] = UInt8(identifier >> 8)
            batch[start + form.identifierOffset + 1] = UInt8(identifier & 0xFF)
            filled += 1
        }
    }

    private mutating func closePublisher() {
        publisherIsClosed = true
        control.publisherIsClosed.store(true, ordering: .relaxed)
        Sockets.closeAll([plan.publisher])
    }
}
