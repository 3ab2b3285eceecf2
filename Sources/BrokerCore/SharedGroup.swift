import BrokerValues
import MQTTWire
import TopicIndex

/// Names a shared group: its share name and its filter.
struct GroupKey: Hashable, Sendable {
    let name: [UInt8]
    let filter: [UInt8]

    /// The group of a shared filter, in whichever of the two ways it was written.
    init(_ parts: FilterParts) {
        name = parts.shareName?.bytes ?? []
        filter = parts.filter.bytes
    }

    /// As MQTT 5 writes it, with `$share/NAME/` before the filter.
    var text: String { String(decoding: Array("$share/".utf8) + name + [UInt8(ascii: "/")] + filter, as: UTF8.self) }
}

/// A member of a shared group, wherever its session is.
struct GroupMember: Sendable {
    let client: ClientIdentity
    var shard: ShardIndex
    var slot: SessionSlot
    var generation: UInt32
    var options: SubscriptionOptions
    var identifier: UInt32
    var isOnline: Bool
}

/// A shared group at its home shard (MQTT 5 section 4.8.2).
///
/// Each message goes to one member, in turn. Members that are online come first; if none is, a member with a durable
/// session gets it into its queue, so that nothing is lost while all workers restart.
struct SharedGroup {
    let key: GroupKey
    /// The filter's number in the shard's index.
    let filter: Int32
    private(set) var members: ContiguousArray<GroupMember> = []
    private var positions: [ClientIdentity: Int] = [:]
    /// Whose turn it is; always a member's position, or 0.
    private var cursor = 0

    init(key: GroupKey, filter: Int32) {
        self.key = key
        self.filter = filter
    }

    var isEmpty: Bool { members.isEmpty }

    /// Adds or replaces a member.
    mutating func set(_ member: GroupMember) {
        if let position = positions[member.client] {
            members[position] = member
        } else {
            positions[member.client] = members.count
            members.append(member)
        }
    }

    /// Removes a member, if it is still the one on `shard`: a session that moved away is somebody else's by now.
    mutating func remove(_ client: ClientIdentity, shard: ShardIndex) {
        guard let position = positions[client], members[position].shard == shard else { return }
        positions[client] = nil
        let last = members.removeLast()
        if position < members.count {
            members[position] = last
            positions[last.client] = position
        }
        if cursor >= members.count { cursor = 0 }
    }

    mutating func setOnline(_ client: ClientIdentity, shard: ShardIndex, isOnline: Bool) {
        guard let position = positions[client], members[position].shard == shard else { return }
        members[position].isOnline = isOnline
    }

    /// The member whose turn it is.
    ///
    /// - Parameter canTake: whether a member on this shard has room right now; others are assumed to.
    mutating func next(qos: QualityOfService, canTake: (GroupMember) -> Bool) -> GroupMember? {
        let count = members.count
        if count == 0 { return nil }
        var online: Int?
        var offline: Int?
        for step in 0..<count {
            var position = cursor &+ step
            if position >= count { position &-= count }
            let member = members[position]
            if member.isOnline {
                if canTake(member) {
                    cursor = position &+ 1 == count ? 0 : position &+ 1
                    return member
                }
                if online == nil { online = position }
            } else if offline == nil, qos != .atMostOnce, member.options.qos != .atMostOnce {
                offline = position
            }
        }
        guard let position = online ?? offline else { return nil }
        cursor = position + 1 == count ? 0 : position + 1
        return members[position]
    }
}
