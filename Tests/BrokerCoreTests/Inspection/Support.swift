import BrokerCore
import BrokerValues
import Introspection
import SimulationKit

extension SimulatedBroker {
    /// All clients that are asked for, in no order, found in steps as small as they may be.
    ///
    /// - Parameter between: runs between two steps.
    func clients(
        _ query: ClientQuery = ClientQuery(), slots: Int = 3, maximum: Int = 2, between: () throws -> Void = {}
    ) throws -> [ClientSnapshot] {
        let filter = try ClientFilter(query)
        var found: [ClientSnapshot] = []
        for shard in shards {
            var slot: Int? = 0
            while let begin = slot {
                let step = shard.clients(filter, from: begin, slots: slots, maximum: maximum, now: now)
                found += step.clients
                slot = step.next
                try between()
            }
        }
        return found
    }

    /// The identifiers of all clients that are asked for, in order, page by page.
    ///
    /// - Parameter between: runs between two pages.
    func pages(_ query: ClientQuery, between: () throws -> Void = {}) throws -> [[String]] {
        guard let order = query.order else { return [] }
        let filter = try ClientFilter(query)
        var pages: [[String]] = []
        var previous: ClientPlace?
        repeat {
            var selection = ClientSelection(
                order, isReversed: query.isReversed, behind: previous, maximum: query.limit + 1)
            for shard in shards {
                var slot: Int? = 0
                while let begin = slot {
                    slot = shard.select(filter, into: &selection, from: begin, slots: 3, now: now).next
                }
            }
            let found = selection.ordered()
            pages.append(found.prefix(query.limit).map(\.place.identifier))
            previous = found.count > query.limit ? found[query.limit - 1].place : nil
            try between()
        } while previous != nil
        return pages
    }

    /// One client, on whichever shard it is.
    func client(_ name: String) -> ClientSnapshot? {
        shards.lazy.compactMap { $0.snapshot(of: name, now: self.now) }.first
    }
}
