import BrokerValues
import DequeModule
import MQTTWire
import SessionMachine

/// Messages that wait for one client: it is offline, its window is full, or its connection does not take more now.
struct MessageQueue {
    private var deliveries: Deque<Delivery> = []
    /// What the waiting messages are charged.
    private(set) var bytes = 0
    /// QoS 0 messages among them: those that came while a hold was on.
    private(set) var atMostOnceCount = 0

    var count: Int { deliveries.count }
    var isEmpty: Bool { deliveries.isEmpty }

    var first: Delivery? { deliveries.first }

    mutating func append(_ delivery: Delivery) {
        deliveries.append(delivery)
        if delivery.qos == .atMostOnce { atMostOnceCount += 1 }
        bytes += delivery.chargedBytes
    }

    mutating func removeFirst() -> Delivery? {
        guard let delivery = deliveries.popFirst() else { return nil }
        bytes -= delivery.chargedBytes
        if delivery.qos == .atMostOnce { atMostOnceCount -= 1 }
        if deliveries.isEmpty { deliveries = [] }
        return delivery
    }

    /// Puts all of `other`, older messages, in front.
    mutating func prepend(_ other: MessageQueue) {
        bytes += other.bytes
        atMostOnceCount += other.atMostOnceCount
        deliveries.insert(contentsOf: other.deliveries, at: 0)
    }

    /// Takes out all QoS 0 messages, in order.
    mutating func removeAtMostOnce() -> [Delivery] {
        guard atMostOnceCount > 0 else { return [] }
        let removed = deliveries.filter { $0.qos == .atMostOnce }
        deliveries.removeAll { $0.qos == .atMostOnce }
        bytes -= removed.reduce(0) { $0 + $1.chargedBytes }
        atMostOnceCount = 0
        return Array(removed)
    }
}
