import BrokerValues
package import Introspection
import TopicIndex

/// The search for who would get a message under a topic, from step to step and from shard to shard.
package struct ReceiverSearch: Sendable {
    /// What was found so far.
    package internal(set) var answer = TopicReceivers()
    let topic: [UInt8]
    /// Receivers, groups and filters that are named; all are counted.
    let limit: Int

    // Of the shard that is being searched:
    /// Its filters that match, by number and text; nil before it was asked.
    var filters: [(number: Int32, text: [UInt8])]?
    /// Filters that are done.
    var filter = 0
    /// Where to go on with the next.
    var position = 0
    /// A bit for each slot whose session was counted.
    private var counted: [UInt64] = []
    /// Where receivers stand in the answer.
    private var named: [SessionSlot: Int] = [:]

    /// - Parameter topic: a valid topic name.
    package init(topic: [UInt8], limit: Int) {
        self.topic = topic
        self.limit = limit
    }

    /// The next shard is searched.
    package mutating func begin() {
        filters = nil
        filter = 0
        position = 0
        counted = []
        named = [:]
    }

    /// Notes a subscription. A client with several that match is one receiver, at the highest QoS.
    mutating func found(_ subscriber: Subscriber, _ session: Session, filter: String) {
        let (word, bit) = (Int(subscriber.slot) / 64, UInt64(1) << UInt64(subscriber.slot % 64))
        while counted.count <= word { counted.append(0) }
        let qos = Int(subscriber.qos.rawValue)
        if counted[word] & bit != 0 {
            if let place = named[subscriber.slot], answer.receivers[place].qos < qos {
                answer.receivers[place] = receiver(session, filter, qos)
            }
            return
        }
        counted[word] |= bit
        answer.total += 1
        guard answer.receivers.count < limit else { return }
        named[subscriber.slot] = answer.receivers.count
        answer.receivers.append(receiver(session, filter, qos))
    }

    private func receiver(_ session: Session, _ filter: String, _ qos: Int) -> TopicReceivers.Receiver {
        TopicReceivers.Receiver(
            clientIdentifier: session.client.name, filter: filter, qos: qos, isConnected: session.connection != nil)
    }

    /// Notes how many clients of this shard have a filter.
    mutating func found(filter: String, clients: Int) {
        guard clients > 0, answer.filters[filter] != nil || answer.filters.count < limit else { return }
        answer.filters[filter, default: 0] += clients
    }

    /// Notes a shared group.
    mutating func found(_ group: SharedGroup) {
        guard answer.groups.count < limit else { return }
        answer.groups.append(TopicReceivers.Group(filter: group.key.text, members: group.members.count))
    }
}
