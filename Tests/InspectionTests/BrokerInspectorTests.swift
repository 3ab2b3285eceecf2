import BrokerTestKit
import BrokerTransport
import BrokerValues
import Introspection
import SkepBroker
import Testing

@Suite("Questions and commands of operators, over real sockets with two event loops")
struct BrokerInspectorTests {
    /// A broker with so many clients, called `c-0` and so on, on both event loops.
    private func withClients<R>(
        _ count: Int, _ body: (TestBroker, BrokerInspector, [TestClient]) async throws -> R
    ) async throws -> R {
        try await TestBroker.with(eventLoops: 2) { broker in
            var clients: [TestClient] = []
            for number in 0..<count {
                clients.append(try await TestClient.connect5(broker, id: "c-\(number)", clean: false, expiry: 600))
            }
            return try await body(broker, BrokerInspector(broker.runners), clients)
        }
    }

    /// The identifiers on all pages, and how many pages there were.
    private func names(
        _ inspector: BrokerInspector, _ change: (inout ClientQuery) -> Void
    ) async throws -> (names: [String], pages: Int) {
        var query = ClientQuery()
        change(&query)
        var (names, pages): ([String], Int) = ([], 0)
        repeat {
            let page = try await inspector.clients(query)
            #expect(page.clients.count <= query.limit)
            names += page.clients.map(\.clientIdentifier)
            pages += 1
            query.cursor = page.next
        } while query.cursor != nil
        return (names, pages)
    }

    // MARK: - Clients

    @Test("All clients of both event loops are listed, in pages, with an order and without")
    func listing() async throws {
        try await withClients(150) { _, inspector, clients async throws in
            let everybody = (0..<150).map { "c-\($0)" }.sorted()
            for limit in [1, 10, 75, 150, 1000] {
                let pages = (150 + limit - 1) / limit
                let plain = try await names(inspector) { $0.limit = limit }
                #expect(plain.names.sorted() == everybody)
                #expect(plain.pages == pages)
                for order in ClientQuery.Order.allCases {
                    let ordered = try await names(inspector) {
                        $0.limit = limit
                        $0.order = order
                    }
                    #expect(ordered.names.sorted() == everybody, "\(order)")
                    #expect(ordered.pages == pages, "\(order)")
                    if order == .id { #expect(ordered.names == everybody) }
                }
            }
            let loops = try await inspector.clients(ClientQuery()).clients.map(\.eventLoop)
            #expect(Set(loops) == [0, 1])
            await clients[3].close()
            try await waitUntil("it is away") { await inspector.client("c-3")?.connection == nil }
            let away = try await names(inspector) { $0.isConnected = false }
            #expect(away.names == ["c-3"])
            #expect(await inspector.client("c-3")?.disconnectCause == "peer_closed")
            let reversed = try await names(inspector) {
                $0.order = .id
                $0.isReversed = true
                $0.limit = 7
                $0.identifier = "c-1*"
            }
            #expect(reversed.names == everybody.filter { $0.hasPrefix("c-1") }.reversed())
            #expect(inspector.longestStep > 0)
        }
    }

    @Test("Limits out of range and cursors that nobody gave are refused in words")
    func garbage() async throws {
        try await withClients(3) { _, inspector, _ async throws in
            for limit in [Int.min, -1, 0, 1001, Int.max] {
                var query = ClientQuery()
                query.limit = limit
                await #expect(throws: QueryFailure.self) { try await inspector.clients(query) }
                await #expect(throws: QueryFailure.self) {
                    try await inspector.subscriptions(of: "c-0", cursor: nil, limit: limit)
                }
                await #expect(throws: QueryFailure.self) { try await inspector.receivers(of: "t", limit: limit) }
                await #expect(throws: QueryFailure.self) {
                    try await inspector.retained(matching: "#", cursor: nil, limit: limit)
                }
            }
            let senseless = [
                "", ":", "walk", "walk:", "walk:0", "walk:0:-1", "walk:-1:0", "walk:2:0", "walk:0:99999999999999999999",
                "walk:0:1:2", "walk:9223372036854775807:9223372036854775807", "own:-1", "own:", "shared:x", "id:up:0:c",
                "id:down:x:c", "id:sideways:0:c", "nothing:up:0:c", "\u{0}", "\u{301}", "own:1:2:3:4",
            ]
            for text in senseless {
                // Some of them belong to another question; they make no sense to the others.
                var query = ClientQuery()
                query.cursor = text
                await #expect(throws: QueryFailure.self, "\(text)") { try await inspector.clients(query) }
                query.order = .queued
                await #expect(throws: QueryFailure.self, "\(text)") { try await inspector.clients(query) }
                await #expect(throws: QueryFailure.self, "\(text)") {
                    try await inspector.retained(matching: "#", cursor: text, limit: 1)
                }
                await #expect(throws: QueryFailure.self, "\(text)") {
                    try await inspector.subscriptions(of: "c-0", cursor: text, limit: 1)
                }
            }
            // Beyond every end, but a cursor: there is nothing.
            var query = ClientQuery()
            query.cursor = "walk:1:9223372036854775807"
            #expect(try await inspector.clients(query).clients.isEmpty)
            #expect(try await inspector.retained(matching: "#", cursor: query.cursor, limit: 1).elements.isEmpty)
            query.order = .queued
            query.cursor = "queued:up:9223372036854775807:"
            #expect(try await inspector.clients(query).clients.isEmpty)
            query.cursor = "queued:up:-9223372036854775808:\u{301}:\u{0}"
            #expect(try await inspector.clients(query).clients.count == 3)
            query.isReversed = true
            await #expect(throws: QueryFailure.self) { try await inspector.clients(query) }
        }
    }

    @Test("A client's subscriptions are found on whichever event loop it is")
    func subscriptions() async throws {
        try await withClients(2) { _, inspector, clients async throws in
            for (client, name) in zip(clients, ["c-0", "c-1"]) {
                let filters = (0..<20).map { FilterRequest("t/\($0)", qos: 1) } + [FilterRequest("$share/g/t")]
                try await client.subscribe(filters)
                var found: [String] = []
                var cursor: String?
                repeat {
                    let page = try #require(try await inspector.subscriptions(of: name, cursor: cursor, limit: 6))
                    #expect(page.elements.count <= 6)
                    found += page.elements.map(\.filter)
                    cursor = page.next
                } while cursor != nil
                #expect(found.sorted() == (["$share/g/t"] + (0..<20).map { "t/\($0)" }).sorted())
                #expect(await inspector.client(name)?.subscriptionCount == 21)
            }
            #expect(try await inspector.subscriptions(of: "nobody", cursor: nil, limit: 6) == nil)
            #expect(await inspector.client("nobody") == nil)
        }
    }

    // MARK: - Topics

    @Test("Receivers of a topic are those of both event loops, and a name that is none is refused")
    func receivers() async throws {
        try await withClients(40) { _, inspector, clients async throws in
            for client in clients { try await client.subscribe("t/+", qos: 1) }
            for client in clients.prefix(4) { try await client.subscribe("$share/g/t/#", qos: 1) }
            let found = try await inspector.receivers(of: "t/x", limit: 25)
            #expect(found.total == 40)
            #expect(found.receivers.count == 25)
            #expect(found.filters == ["t/+": 40])
            #expect(found.groups == [TopicReceivers.Group(filter: "$share/g/t/#", members: 4)])
            for topic in ["", "t/+", "#"] {
                await #expect(throws: QueryFailure.self) { try await inspector.receivers(of: topic, limit: 25) }
            }
        }
    }

    @Test("Retained messages of both event loops are listed in pages and deleted")
    func retained() async throws {
        try await withClients(1) { _, inspector, clients async throws in
            for number in 0..<50 { clients[0].send(.publish("a/\(number)", "text", retain: true)) }
            try await clients[0].publish("other", "text", retain: true)
            try await waitUntil("all are kept") {
                try await inspector.retained(matching: "#", cursor: nil, limit: 1000).elements.count == 51
            }
            var found: [String] = []
            var cursor: String?
            repeat {
                let page = try await inspector.retained(matching: "a/+", cursor: cursor, limit: 7)
                found += page.elements.map(\.topic)
                cursor = page.next
            } while cursor != nil
            #expect(found.sorted() == (0..<50).map { "a/\($0)" }.sorted())
            for filter in ["", "a/#/b", "a+", "$share/g/a", "$share/g"] {
                await #expect(throws: QueryFailure.self, "\(filter)") {
                    try await inspector.retained(matching: filter, cursor: nil, limit: 7)
                }
                await #expect(throws: QueryFailure.self, "\(filter)") {
                    try await inspector.deleteRetained(matching: filter)
                }
            }
            await #expect(throws: QueryFailure.self) { try await inspector.deleteRetained(matching: "$SYS/#") }
            #expect(try await inspector.deleteRetained(matching: "a/#") == 50)
            #expect(try await inspector.deleteRetained(matching: "other") == 1)
            #expect(try await inspector.retained(matching: "#", cursor: nil, limit: 7).elements.isEmpty)
            #expect(await inspector.heapSummary().first { $0.name == "retained-messages" }?.count == 0)
        }
    }

    // MARK: - Commands

    @Test("A client is disconnected and keeps its session, with its will or without", arguments: [false, true])
    func disconnect(publishesWill: Bool) async throws {
        try await withClients(2) { broker, inspector, clients async throws in
            try await clients[0].subscribe("will")
            let will = ConnectFields.Will("will", "gone")
            let victim = try await TestClient.connect5(broker, id: "victim", clean: false, will: will, expiry: 600)
            #expect(await inspector.client("victim")?.hasWill == true)
            #expect(await inspector.disconnect("victim", publishesWill: publishesWill))
            try await victim.expectDisconnect(0x98)
            if publishesWill { _ = try await clients[0].nextPublish() } else { try await clients[0].expectNothing() }
            #expect(await inspector.client("victim")?.disconnectCause == "kicked")
            #expect(await !inspector.disconnect("victim", publishesWill: publishesWill))
            #expect(await !inspector.disconnect("nobody", publishesWill: publishesWill))
        }
    }

    @Test("A session is ended on whichever event loop it is, with a connection and without")
    func invalidate() async throws {
        try await withClients(4) { broker, inspector, clients async throws in
            for number in [2, 3] { await clients[number].close() }
            for number in 0..<4 {
                try await waitUntil("it is as it shall be") {
                    await (inspector.client("c-\(number)")?.connection == nil) == (number > 1)
                }
                #expect(await inspector.invalidateSession("c-\(number)"))
                #expect(await inspector.client("c-\(number)") == nil)
                #expect(await !inspector.invalidateSession("c-\(number)"))
                if number < 2 { try await clients[number].expectDisconnect(0x98) }
                let again = try await TestClient.connect5(broker, id: "c-\(number)", clean: false, expiry: 600)
                #expect(!again.connack.sessionPresent)
            }
        }
    }

    @Test("What a client may do is changed on whichever event loop it is")
    func restrictions() async throws {
        try await withClients(2) { _, inspector, _ async throws in
            var restrictions = ClientRestrictions()
            restrictions.maximumQueuedMessages = 7
            for name in ["c-0", "c-1"] {
                #expect(await inspector.setRestrictions(restrictions, of: name))
                #expect(await inspector.client(name)?.maximumQueuedMessages == 7)
            }
            #expect(await !inspector.setRestrictions(restrictions, of: "nobody"))
        }
    }

    // MARK: - The end

    @Test("A broker whose event loops have ended answers as if it had nothing")
    func ended() async throws {
        let inspector = try await withClients(2) { _, inspector, _ in inspector }
        #expect(try await inspector.clients(ClientQuery()) == ClientPage(clients: [], next: nil, examined: 0))
        var query = ClientQuery()
        query.order = .id
        #expect(try await inspector.clients(query).clients.isEmpty)
        #expect(await inspector.client("c-0") == nil)
        #expect(try await inspector.subscriptions(of: "c-0", cursor: nil, limit: 1) == nil)
        #expect(try await inspector.receivers(of: "t", limit: 1) == TopicReceivers())
        #expect(try await inspector.retained(matching: "#", cursor: nil, limit: 1).elements.isEmpty)
        #expect(try await inspector.deleteRetained(matching: "#") == 0)
        #expect(await inspector.heapSummary().isEmpty)
        #expect(await !inspector.disconnect("c-0", publishesWill: true))
        #expect(await !inspector.invalidateSession("c-0"))
        #expect(await !inspector.setRestrictions(ClientRestrictions(), of: "c-0"))
    }
}
