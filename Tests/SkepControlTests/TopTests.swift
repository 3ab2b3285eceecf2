import Introspection
import Testing

@testable import SkepControl

struct RateTests {
    private func client(_ id: String, received: Int, sent: Int = 0, connected: Double = 1_000) -> JSONValue {
        [
            "id": .string(id), "state": "online", "queuedMessages": 3,
            "connection": [
                "address": "192.0.2.1:5", "receivedPublishes": JSONValue(received), "sentPublishes": JSONValue(sent),
                "receivedBytes": JSONValue(received * 10), "sentBytes": 0, "connectedSeconds": .number(connected),
            ],
        ]
    }

    private func clients(_ list: JSONValue...) -> [BusyClient] { list.compactMap(BusyClient.init) }

    @Test("A client's rates are what its counters rose by between two readings")
    func rates() {
        let before = clients(client("a", received: 100, sent: 7))
        let now = Rates.between(before, clients(client("a", received: 150, sent: 8)), seconds: 2)
        #expect(now[0].receivedRate == 25)
        #expect(now[0].sentRate == 0.5)
        #expect(now[0].bytesRate == 250)
    }

    @Test("A client that was not in the reading before has no rates, unless it has connected since")
    func unknown() {
        let now = Rates.between(
            [], clients(client("old", received: 100), client("new", received: 100, connected: 4)), seconds: 5)
        #expect(now[0].receivedRate == nil)
        #expect(now[1].receivedRate == 25)
    }

    @Test("A client that has connected anew begins at nothing, and no rate is negative")
    func reconnected() {
        let before = clients(client("a", received: 1_000))
        #expect(
            Rates.between(before, clients(client("a", received: 10, connected: 2)), seconds: 5)[0].receivedRate == 5)
        #expect(
            Rates.between(before, clients(client("a", received: 10, connected: 0)), seconds: 1)[0].receivedRate == 10)
        #expect(Rates.perSecond(5, 3, 1) == 0)
        #expect(Rates.perSecond(.min, .max, 1) > 0)
    }

    @Test("Without a reading before, or at the same moment, there are no rates")
    func noTime() {
        let one = clients(client("a", received: 1))
        #expect(Rates.between(one, one, seconds: 0)[0].receivedRate == nil)
    }

    @Test("A client on two pages is there once, and one without identifier not at all")
    func unique() {
        let page: JSONValue = ["clients": [client("a", received: 1), ["state": "online"]]]
        #expect(BusyClient.unique([page, page, .null, 1]).map(\.id) == ["a"])
    }

    @Test("Each order puts the largest first, and the other way round if asked; equal ones keep their place")
    func sorting() {
        let now = Rates.between(
            clients(client("a", received: 0), client("b", received: 0), client("c", received: 0)),
            clients(client("c", received: 5), client("b", received: 9), client("a", received: 5)), seconds: 1)
        for sort in [TopSort.rate, .received, .bytes] {
            #expect(sort.sorted(now, isReversed: false).map(\.id) == ["b", "a", "c"])
            #expect(sort.sorted(now, isReversed: true).map(\.id) == ["a", "c", "b"])
        }
        #expect(TopSort.queued.sorted(now, isReversed: false).map(\.id) == ["a", "b", "c"])
    }

    @Test("One key leads through all orders and back")
    func cycle() {
        var sort = TopSort.rate
        var seen: Set<TopSort> = []
        for _ in TopSort.allCases {
            seen.insert(sort)
            sort = sort.next
        }
        #expect(sort == .rate)
        #expect(seen.count == TopSort.allCases.count)
    }

    @Test("Every order of top is one that the broker knows", arguments: TopSort.allCases)
    func orders(sort: TopSort) {
        #expect(!sort.orders.isEmpty)
        #expect(sort.orders.allSatisfy { ClientQuery.Order(rawValue: $0) != nil })
    }
}

struct TopScreenTests {
    private func reading(clients: Int = 50, before: TopReading? = nil, hits: Int = 0) throws -> TopReading {
        let page: [JSONValue] = (0..<clients).map { index in
            [
                "id": .string("client-\(index)\u{1B}温度"), "state": "online",
                "connection": ["receivedPublishes": JSONValue(index), "connectedSeconds": 100],
            ]
        }
        let signals: JSONValue = ["cpu": .number(1.7), "memory": .number(0.3), "lag": .number(0.001), "idle": 0]
        let replies: [BeanReply.Value] = [
            .success([
                "Version": "1.0", "Status": "running", "MessagesDropped": 7, "MessagesDroppedPerSecond": .number(0.5),
            ]),
            .success(["Level": 4, "LeadingSignal": "cpu", "Signals": signals]),
            .success(["LimitRefusals": ["connections": JSONValue(hits), "topics": 0]]),
            .failure(ToolError(.notFound, "no memory")), .success(["CPUShare": .number(0.5)]),
            .success(["clients": .array(page)]),
        ]
        return try TopReading(replies, moment: (before?.moment ?? 0) + 1, before: before)
    }

    private func lines(
        _ reading: TopReading?, width: Int = 80, height: Int = 24, before: TopReading? = nil, trouble: String? = nil,
        isOn: Bool = false, view: TopScreen.View = TopScreen.View()
    ) -> [String] {
        TopScreen(width: width, height: height, style: Style(isOn: isOn))
            .lines(reading, before: before, view: view, clock: "13:48:13", trouble: trouble)
    }

    @Test("A screen of 80 by 24 shows load, drops, stress with its signals, and clients")
    func usual() throws {
        let screen = lines(try reading())
        #expect(screen.count == 24)
        #expect(screen[0].hasPrefix("skep 1.0  running") && screen[0].hasSuffix("13:48:13"))
        #expect(screen.contains("dropped   7, now 0.5/s"))
        #expect(screen.contains { $0.hasPrefix("stress    4 of 10, most from cpu (170 %)") })
        #expect(screen.contains { $0.hasPrefix("cpu") && $0.contains("||| 170 %]") || $0.contains("|170 %]") })
        #expect(screen.contains { $0.hasPrefix("CLIENT") })
        #expect(screen.count { $0.hasPrefix("client-") } >= 8)
        #expect(screen.last?.hasPrefix("q quit") == true)
    }

    @Test("No size makes a line too wide or the screen too high", arguments: [1, 2, 5, 10, 24, 40, 80, 200])
    func sizes(width: Int) throws {
        let now = try reading(before: try reading(), hits: 3)
        for height in [0, 1, 2, 3, 7, 14, 24, 50] {
            let screen = lines(now, width: width, height: height, before: now, trouble: "The broker is gone.")
            #expect(screen.count <= height)
            #expect(screen.allSatisfy { TextWidth.columns(of: $0) <= width })
        }
    }

    @Test("Nothing that clients have chosen commands the terminal")
    func escaped() throws {
        let text = lines(try reading()).joined()
        #expect(text.contains("client-0\\u{1B}温度"))
        #expect(text.unicodeScalars.allSatisfy(Printable.isPrintable))
    }

    @Test("A broker that is gone is told, with the last reading below")
    func trouble() throws {
        let screen = lines(try reading(), trouble: "The broker cannot be reached. Trying again.")
        #expect(screen[1] == "The broker cannot be reached. Trying again.")
        #expect(screen.contains { $0.hasPrefix("CLIENT") })
    }

    @Test("Before the first reading the screen is there")
    func empty() {
        #expect(lines(nil).count == 2)
    }

    @Test("Limits that were hit are shown with what came since the reading before")
    func hits() throws {
        let before = try reading(hits: 3)
        let screen = lines(try reading(before: before, hits: 5), before: before)
        #expect(screen.contains("limits    connections 5 (+2)"))
        #expect(!lines(try reading()).contains { $0.hasPrefix("limits") })
    }

    @Test("What the user has chosen is shown")
    func view() throws {
        let screen = lines(try reading(), view: TopScreen.View(sort: .queued, isReversed: true, isPaused: true))
        #expect(screen[0].contains("(paused)"))
        #expect(screen.last == "q quit   s sort (queued, reversed)   r reverse   space go on")
    }

    @Test("Colours change no character")
    func colours() throws {
        let now = try reading()
        let plain = lines(now).map { TextWidth.fit($0, to: 80) }
        let coloured = lines(now, isOn: true).map { line in
            TextWidth.fit(line.replacing(#/\u{1B}\[[0-9]*m/#, with: ""), to: 80)
        }
        #expect(coloured == plain)
    }

    @Test("Without the broker's own numbers there is no reading")
    func noBroker() {
        #expect(throws: ToolError.self) {
            try TopReading(
                Array(repeating: .failure(ToolError(.failed, "x")), count: 6), moment: 0, before: nil)
        }
        #expect(throws: ToolError.self) { try TopReading([], moment: 0, before: nil) }
    }
}
