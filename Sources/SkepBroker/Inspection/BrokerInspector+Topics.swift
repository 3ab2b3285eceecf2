import BrokerCore
import BrokerTransport
package import Introspection
import MQTTWire

extension BrokerInspector {
    /// What the protocol allows; the broker's own limits play no part in questions.
    private static let maximumLength = 65_535

    /// Who would get a message that is published under the topic now.
    package func receivers(of topic: String, limit: Int) async throws(QueryFailure) -> TopicReceivers {
        try check(limit: limit)
        let bytes = Array(topic.utf8)
        let fault = bytes.withByteView {
            TopicSyntax.faultInName($0, maximumLength: Self.maximumLength, maximumLevels: .max)
        }
        if let fault { throw QueryFailure(fault) }
        var search = ReceiverSearch(topic: bytes, limit: limit)
        for runner in runners {
            search.begin()
            var isDone = false
            while !isDone {
                try checkWanted()
                let before = search
                let answer = await step(runner) { shard in
                    var search = before
                    let hasMore = shard.findReceivers(&search, count: Step.subscribers)
                    return (search: search, hasMore: hasMore)
                }
                search = answer?.search ?? search
                isDone = answer?.hasMore != true
            }
        }
        return search.answer
    }

    // MARK: - Retained messages

    /// A page of the retained messages that a filter matches.
    package func retained(
        matching filter: String, cursor: String?, limit: Int
    ) async throws(QueryFailure) -> Page<RetainedSnapshot> {
        try check(limit: limit)
        let bytes = try checked(filter)
        var (shard, position) = try walkPlace(cursor)
        var messages: [RetainedSnapshot] = []
        while shard < runners.count {
            try checkWanted()
            let (begin, wanted) = (position, min(Step.snapshots, limit - messages.count))
            let answer = await step(runners[shard]) { shard in
                shard.retained(
                    matching: bytes, from: begin, count: Step.retained, maximum: wanted, now: ShardRunner.now())
            }
            messages += answer?.messages ?? []
            if let next = answer?.next {
                position = next
                if answer?.isFull == true, messages.count >= limit {
                    return Page(elements: messages, next: QueryCursor.walk(shard: shard, position: position).text)
                }
            } else {
                (shard, position) = (shard + 1, 0)
            }
        }
        return Page(elements: messages, next: nil)
    }

    /// The bytes of a valid filter.
    func checked(_ filter: String) throws(QueryFailure) -> [UInt8] {
        let bytes = Array(filter.utf8)
        let fault = bytes.withByteView { bytes -> String? in
            guard let parts = FilterParts.split(bytes), parts.shareName == nil else {
                return "a shared subscription has no retained messages"
            }
            return TopicSyntax.faultInFilter(bytes, maximumLength: Self.maximumLength, maximumLevels: .max)
        }
        if let fault { throw QueryFailure(fault) }
        return bytes
    }
}
