import BrokerValues
import DequeModule
import MQTTWire
import SessionMachine

/// Messages that wait for one client: it is offline, its window is full, or its connection does not take more now.
struct MessageQueue {
    private var deliveries: Deque<Delivery> = []
    /// What the waiting messages are charged.
    private(set) var bytes = 0

    var count: Int { deliveries.count }
    var isEmpty: Bool { deliveries.isEmpty }

    var first: Delivery? { deliveries.first }

    mutating func append(_ delivery: Delivery) {
        deliveries.append(delivery)
        bytes += delivery.message.chargedBytes
    }

    mutating func removeFirst() -> Delivery? {
        guard let delivery = deliveries.popFirst() else { return nil }
        bytes -= delivery.message.chargedBytes
        if deliveries.isEmpty { deliveries = [] }
        return delivery
    }

    /// Puts all of `other`, older messages, in front.
    mutating func prepend(_ other: MessageQueue) {
        bytes += other.bytes
        deliveries.insert(contentsOf: other.deliveries, at: 0)
    }

    /// Removes all QoS 0 messages, which are not kept for a client that is offline. Returns how many.
    mutating func removeAtMostOnce() -> Int {
        let before = deliveries.count
        guard deliveries.contains(where: { $0.qos == .atMostOnce }) else { return 0 }
        deliveries.removeAll { $0.qos == .atMostOnce }
        bytes = deliveries.reduce(0) { $0 + $1.message.chargedBytes }
        return before - deliveries.count
    }
}
