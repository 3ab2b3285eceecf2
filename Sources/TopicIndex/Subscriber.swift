package import BrokerValues
package import MQTTWire

/// The place of a session in its shard: an index into a dense table.
package typealias SessionSlot = UInt32

/// One session's interest in one filter, 12 bytes.
package struct Subscriber: Hashable, Sendable {
    package var slot: SessionSlot
    /// 0 for none [MQTT5-3.8.2.1.2].
    package var identifier: UInt32
    private var bits: UInt8

    /// A subscription; retain handling plays no part in routing and is left to the session.
    package init(slot: SessionSlot, options: SubscriptionOptions, identifier: UInt32) {
        self.slot = slot
        self.identifier = identifier
        bits = options.qos.rawValue | (options.noLocal ? 4 : 0) | (options.retainAsPublished ? 8 : 0)
    }

    package var qos: QualityOfService { QualityOfService(rawValue: bits & 3) ?? .atMostOnce }
    package var noLocal: Bool { bits & 4 != 0 }
    package var retainAsPublished: Bool { bits & 8 != 0 }
}

/// The sessions that subscribe to one filter.
///
/// One subscriber, the usual case, stands inline. A long list has an index by slot, so that adding and removing stay
/// constant time when ten thousand clients of one filter vanish at once.
struct SubscriberList {
    private static let indexThreshold = 16

    // In this order the list and a number beside it take 24 bytes, in the other one 32.
    private var more: More?
    private var first: Subscriber?

    private final class More {
        var subscribers: ContiguousArray<Subscriber> = []
        var positions: [SessionSlot: Int32] = [:]
        /// Shared groups with this filter, see ``SubscriptionIndex/insertGroup``.
        var groups = KeyedList<GroupEntry>()
        var isEmpty: Bool { subscribers.isEmpty && groups.isEmpty }
    }

    var isEmpty: Bool { first == nil && more == nil }

    /// A shared group by its number.
    private struct GroupEntry: Identifiable {
        let id: GroupNumber
    }

    func forEachGroup(_ visit: (GroupNumber) -> Void) {
        if let more { for group in more.groups.elements { visit(group.id) } }
    }

    mutating func addGroup(_ group: GroupNumber) {
        if more == nil { more = More() }
        more?.groups.set(GroupEntry(id: group))
    }

    mutating func removeGroup(_ group: GroupNumber) {
        more?.groups.remove(group)
        if more?.isEmpty == true { more = nil }
    }

    /// Adds or replaces the subscription of a slot. Returns whether it is new.
    mutating func set(_ subscriber: Subscriber) -> Bool {
        if first?.slot == subscriber.slot {
            first = subscriber
            return false
        }
        if let more, let position = Self.position(of: subscriber.slot, in: more) {
            more.subscribers[position] = subscriber
            return false
        }
        if first == nil {
            first = subscriber
            return true
        }
        let list = more ?? More()
        more = list
        list.subscribers.append(subscriber)
        if !list.positions.isEmpty {
            list.positions[subscriber.slot] = Int32(list.subscribers.count - 1)
        } else if list.subscribers.count > Self.indexThreshold {
            for (position, entry) in list.subscribers.enumerated() { list.positions[entry.slot] = Int32(position) }
        }
        return true
    }

    /// Removes the subscription of a slot. Returns whether there was one.
    mutating func remove(_ slot: SessionSlot) -> Bool {
        if first?.slot == slot {
            first = nil
            return true
        }
        guard let more, let position = Self.position(of: slot, in: more) else { return false }
        let last = more.subscribers.removeLast()
        more.positions[slot] = nil
        if position < more.subscribers.count {
            more.subscribers[position] = last
            if !more.positions.isEmpty { more.positions[last.slot] = Int32(position) }
        }
        if more.isEmpty { self.more = nil }
        return true
    }

    private static func position(of slot: SessionSlot, in more: More) -> Int? {
        if !more.positions.isEmpty { return more.positions[slot].map { Int($0) } }
        return more.subscribers.firstIndex { $0.slot == slot }
    }

    /// Subscribers, groups not counted.
    var count: Int { (first == nil ? 0 : 1) + (more?.subscribers.count ?? 0) }

    /// Visits at most `count` subscribers from a position on. Returns where to go on, nil at the end.
    func forEach(from position: Int, count: Int, _ visit: (Subscriber) -> Void) -> Int? {
        let all = more?.subscribers.count ?? 0
        // Position 0 is for the one that stands inline, also while there is none.
        let end = min(all + 1, position + max(0, count))
        for index in position..<max(position, end) {
            if index > 0 {
                if let more { visit(more.subscribers[index - 1]) }
            } else if let first {
                visit(first)
            }
        }
        return end > all ? nil : max(position, end)
    }

    func forEach(_ visit: (Subscriber) -> Void) {
        if let first { visit(first) }
        if let more { for subscriber in more.subscribers { visit(subscriber) } }
    }
}
