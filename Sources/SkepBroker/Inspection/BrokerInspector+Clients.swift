import BrokerCore
import BrokerTransport
import BrokerValues
package import Introspection

extension BrokerInspector: BrokerQueries {
    /// One page of clients.
    package func clients(_ query: ClientQuery) async throws(QueryFailure) -> ClientPage {
        try check(limit: query.limit)
        let filter = try ClientFilter(query)
        if let order = query.order { return try await ordered(query, order, filter) }
        return try await unordered(query, filter)
    }

    private func unordered(_ query: ClientQuery, _ filter: ClientFilter) async throws(QueryFailure) -> ClientPage {
        var (shard, slot) = try walkPlace(query.cursor)
        var clients: [ClientSnapshot] = []
        var examined = 0
        while shard < runners.count {
            try checkWanted()
            let wanted = min(Step.snapshots, query.limit - clients.count)
            let begin = slot
            let answer = await step(runners[shard]) { shard in
                shard.clients(filter, from: begin, slots: Step.slots, maximum: wanted, now: ShardRunner.now())
            }
            clients += answer?.clients ?? []
            examined += answer?.examined ?? 0
            if let next = answer?.next {
                slot = next
                if answer?.isFull == true, clients.count >= query.limit {
                    let cursor = QueryCursor.walk(shard: shard, position: slot)
                    return ClientPage(clients: clients, next: cursor.text, examined: examined)
                }
            } else {
                (shard, slot) = (shard + 1, 0)
            }
        }
        return ClientPage(clients: clients, next: nil, examined: examined)
    }

    /// Where a walk over all shards begins.
    func walkPlace(_ cursor: String?) throws(QueryFailure) -> (shard: Int, position: Int) {
        guard let cursor else { return (0, 0) }
        guard case .walk(let shard, let position) = try QueryCursor(cursor), shard < runners.count else {
            throw QueryCursor.senseless
        }
        return (shard, position)
    }

    // MARK: - In order

    private func ordered(
        _ query: ClientQuery, _ order: ClientQuery.Order, _ filter: ClientFilter
    ) async throws(QueryFailure) -> ClientPage {
        var previous: ClientPlace?
        if let cursor = query.cursor {
            guard case .behind(let place, order, query.isReversed) = try QueryCursor(cursor) else {
                throw QueryCursor.senseless
            }
            previous = place
        }
        // One more than wanted shows whether there is another page.
        var selection = ClientSelection(
            order, isReversed: query.isReversed, behind: previous, maximum: query.limit + 1)
        var examined = 0
        for runner in runners {
            var slot: Int? = 0
            while let begin = slot {
                try checkWanted()
                let before = selection
                let answer = await step(runner) { shard in
                    var selection = before
                    let (examined, next) = shard.select(
                        filter, into: &selection, from: begin, slots: Step.orderedSlots, now: ShardRunner.now())
                    return (selection: selection, examined: examined, next: next)
                }
                selection = answer?.selection ?? selection
                examined += answer?.examined ?? 0
                slot = answer?.next
            }
        }
        let found = selection.ordered()
        let page = found.prefix(query.limit)
        let next = found.count > page.count ? page.last : nil
        return ClientPage(
            clients: try await snapshots(of: page),
            next: next.map { QueryCursor.behind($0.place, order, isReversed: query.isReversed).text },
            examined: examined)
    }

    /// What there is to know about the clients of a page, in its order. One whose session has ended meanwhile is left out,
    /// and so is the second place of one that has moved to another event loop meanwhile.
    private func snapshots(
        of page: ArraySlice<ClientSelection.Candidate>
    ) async throws(QueryFailure) -> [ClientSnapshot] {
        var found: [Int: ClientSnapshot] = [:]
        for (number, runner) in runners.enumerated() {
            let places = page.indices.filter { page[$0].shard.rawValue == number }
            var begin = 0
            while begin < places.count {
                try checkWanted()
                let part = places[begin..<min(begin + Step.snapshots, places.count)]
                let candidates = part.map { page[$0] }[...]
                let answer = await step(runner) { $0.snapshots(of: candidates, now: ShardRunner.now()) } ?? []
                for (place, snapshot) in zip(part, answer) { found[place] = snapshot }
                begin = part.endIndex
            }
        }
        var names: Set<[UInt8]> = []
        return page.indices.compactMap { found[$0] }.filter { names.insert(Array($0.clientIdentifier.utf8)).inserted }
    }

    // MARK: - One client

    /// Everything about one client; nil without a session.
    package func client(_ identifier: String) async -> ClientSnapshot? {
        var arriving: ClientSnapshot?
        for runner in runners {
            let answer = await step(runner) { shard in
                (snapshot: shard.snapshot(of: identifier, now: ShardRunner.now()), shard.isArriving(identifier))
            }
            guard let (snapshot, isArriving) = answer, let snapshot else { continue }
            if !isArriving { return snapshot }
            arriving = snapshot
        }
        return arriving
    }

    /// A page of a client's subscriptions; nil without a session.
    package func subscriptions(
        of identifier: String, cursor: String?, limit: Int
    ) async throws(QueryFailure) -> Page<SubscriptionSnapshot>? {
        try check(limit: limit)
        var place: Shard.SubscriptionPlace?
        if let cursor {
            guard case .subscriptions(let found) = try QueryCursor(cursor) else { throw QueryCursor.senseless }
            place = found
        }
        var elements: [SubscriptionSnapshot] = []
        for runner in runners {
            var isHere = false
            repeat {
                try checkWanted()
                let (below, count) = (place, min(Step.subscriptions, limit - elements.count))
                let answer = await step(runner) { shard in
                    shard.subscriptions(of: identifier, below: below, maximum: count)
                }
                guard let answer, let answer else {
                    // It may have moved to another event loop meanwhile.
                    break
                }
                isHere = true
                elements += answer.found
                place = answer.next
            } while place != nil && elements.count < limit
            guard isHere else { continue }
            return Page(elements: elements, next: place.map { QueryCursor.subscriptions($0).text })
        }
        return nil
    }
}
