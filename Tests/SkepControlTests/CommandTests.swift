import ArgumentParser
import Introspection
import Testing

@testable import SkepControl

struct CommandTests {
    @Test(
        "Senseless arguments are refused",
        arguments: [
            ["nonsense"], ["status", "x"], ["status", "--timeout", "0"], ["status", "--timeout", "nan"],
            ["status", "--socket", ""], ["status", "--url", "https://x"],
            ["status", "--socket", "a", "--url", "http://x"],
            ["top", "--interval", "0"], ["top", "--json"], ["top", "--sort", "x"], ["clients", "--limit", "0"],
            ["clients", "--online", "--offline"], ["clients", "--protocol", "4"], ["clients", "--sort", "x"],
            ["clients", "--queued-above", "-1"], ["client"], ["kick"], ["session", "expiry", "a", "-1"],
            ["session", "expiry", "a", "4294967296"], ["restrict", "a"], ["restrict", "a", "--write-buffer-high", "9"],
            ["restrict", "a", "--write-buffer-high", "1", "--write-buffer-low", "2"],
            ["restrict", "a", "--queue-strategy", "x"], ["restrict", "a", "--inflight-queue-size", "65536"],
            ["restrict", "a", "--max-queued-messages=-1"], ["who", "a/#"], ["who", ""], ["retained", "delete"],
            ["metrics", "a b"], ["metrics", "a,b=c"], ["beans", "read", "x"], ["beans", "exec", "a:b=c"],
            ["beans", "read", "a:b=c", "--path", "x"], ["events", "--kind", "x"], ["log-level", "loud"],
            ["log-level", "--clear"], ["backup"], ["backup", ""], ["backup", "a/"],
            ["backup", "a", "--url", "http://x"], ["log-level", "info", "--client", "a", "--clear"],
        ])
    func refused(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Skepctl.parseAsRoot(arguments) }
        if let error { #expect(Skepctl.exitCode(for: error) == .validationFailure) }
    }

    @Test(
        "What makes sense is taken",
        arguments: [
            ["status"], ["status", "--json", "--timeout", "0.1"], ["status", "--url", "http://u@[::1]:1/x"],
            ["top", "--once", "--json", "--interval", "0.2"], ["clients", "--all", "-r", "--sort", "queued-bytes"],
            ["session", "expiry", "a", "never"], ["restrict", "a", "--clear"], ["who", "a"], ["retained", "list"],
            ["metrics"], ["metrics", "skep_*"], ["beans", "list"], ["beans", "search"],
            ["beans", "exec", "a:b=c", "f(int)", "--", "-1"],
            ["events", "--kind", "limit-hit", "--kind", "stress-changed"],
            ["log-level", "debug", "--client", "a"], ["drain", "--yes"], ["reload"], ["backup", "a"],
            ["backup", "/a", "--url", "http://x"], ["limits"], ["heap"],
        ])
    func taken(arguments: [String]) throws { _ = try Skepctl.parseAsRoot(arguments) }

    @Test("Filters of clients are sent in the names of the query")
    func query() throws {
        let command = try ClientsCommand.parse([
            "--id", "a*", "--address", "192.0.2.", "--user", "u", "--listener", "l", "--protocol", "5", "--offline",
            "--paused", "--queued-above", "5", "--sort", "queued", "--reverse",
        ])
        let expected: JSONValue = [
            "id": "a*", "address": "192.0.2.", "user": "u", "listener": "l", "protocol": "5", "connected": false,
            "paused": true, "queuedAbove": 5, "sort": "queued", "reversed": true, "cursor": "c", "limit": 1_000,
        ]
        #expect(command.query(cursor: "c", limit: 5_000) == expected)
        #expect(try ClientsCommand.parse([]).query(cursor: nil, limit: 100) == ["limit": 100])
    }

    @Test("The storage is one line of the status: whether it writes, its size, what is left, how fast")
    func storageLine() {
        var storage: [String: JSONValue] = [
            "IsWriting": true, "IsFull": false, "Bytes": ["database": 1_000_000, "log": 500_000],
            "AvailableBytes": 20_000_000_000, "CommitSeconds": ["count": 0, "p99": 0],
        ]
        func line() -> String? { StatusReading.storage(Bean(.object(storage))) }
        let room = "\(Human.bytes(1_500_000)), \(Human.bytes(20_000_000_000)) left"
        #expect(line() == "writes, \(room)")
        storage["CommitSeconds"] = ["count": 9, "p99": .number(0.003)]
        #expect(line() == "writes, \(room); p99 of commits \(Human.duration(0.003))")
        storage["IsFull"] = true
        #expect(line()?.hasPrefix("full, ") == true)
        storage["IsWriting"] = false
        #expect(line()?.hasPrefix("cannot write, ") == true)
        storage["IsWriting"] = .null
        #expect(line() == nil, "nothing is kept through restarts")
    }

    @Test("A backup is named from the root on, since the broker stands elsewhere")
    func backupPath() {
        #expect(BackupCommand.absolute("a/b", in: "/srv/me") == "/srv/me/a/b")
        #expect(BackupCommand.absolute("b", in: "/") == "/b")
        #expect(BackupCommand.absolute("/a", in: "/srv/me") == "/a")
        #expect(BackupCommand.absolute("b", in: nil) == "b", "which the broker refuses")
    }

    @Test("Limits of a client are sent in the names of the operation")
    func restrictions() throws {
        let command = try RestrictCommand.parse([
            "a", "--max-publish-size", "1", "--outgoing-bytes-per-second", "2", "--incoming-bytes-per-second", "3",
            "--write-buffer-high", "5", "--write-buffer-low", "4", "--max-queued-messages", "6", "--queue-strategy",
            "discard", "--session-expiry", "never", "--inflight-queue-size", "7",
        ])
        let expected: [String: JSONValue] = [
            "maxPublishSize": 1, "outgoingBytesPerSecond": 2, "incomingBytesPerSecond": 3, "writeBufferHigh": 5,
            "writeBufferLow": 4, "maxQueuedMessages": 6, "queueStrategy": "discard", "sessionExpiry": 4_294_967_295,
            "inflightQueueSize": 7,
        ]
        #expect(command.given == expected)
    }

    @Test(
        "What changes nothing may use the read-only socket, and nothing else may",
        arguments: [
            (["status"], true), (["clients"], true), (["log-level"], true), (["log-level", "--client", "a"], true),
            (["log-level", "info"], false), (["log-level", "--client", "a", "--clear"], false), (["kick", "a"], false),
            (["session", "invalidate", "a"], false), (["restrict", "a", "--clear"], false),
            (["retained", "delete", "a"], false), (["retained", "list"], true), (["reload"], false), (["drain"], false),
            (["backup", "a"], false),
            (["beans", "write", "a:b=c", "d", "e"], false), (["beans", "exec", "a:b=c", "d"], false), (["heap"], true),
        ])
    func readOnly(arguments: [String], onlyReads: Bool) throws {
        let command = try #require(try Skepctl.parseAsRoot(arguments) as? any BrokerCommand)
        #expect(command.onlyReads == onlyReads)
    }

    @Test("The bean in a path of the list has its properties sorted, as the broker lists them")
    func listPath() {
        #expect(BeanName.path("skep:type=Listener,name=a/b") == "skep/name=a!/b,type=Listener")
    }
}

struct PageTests {
    private struct Walk {
        var cursors: [String?] = []
        var sizes: [Int] = []
        var elements: [JSONValue] = []
    }

    /// A walk over as many numbers, ten on a page at most.
    private func walk(_ count: Int, limit: Int?) throws -> (Walk, isCut: Bool) {
        var walk = Walk()
        let isCut = try Pages.walk(
            limit: limit, key: "list",
            page: { (cursor, size) throws(ToolError) in
                walk.cursors.append(cursor)
                walk.sizes.append(size)
                let from = cursor.flatMap { Int($0) } ?? 0
                let to = min(from + min(size, 10), count)
                return [
                    "list": .array((from..<to).map { JSONValue($0) }), "next": to < count ? .string("\(to)") : .null,
                ]
            }, each: { (elements) throws(ToolError) in walk.elements += elements })
        return (walk, isCut)
    }

    @Test("All pages are asked for, one after the other")
    func all() throws {
        let (result, isCut) = try walk(25, limit: nil)
        #expect(result.elements == (0..<25).map { JSONValue($0) })
        #expect(result.cursors == [nil, "10", "20"])
        #expect(!isCut)
    }

    @Test("No more are asked for than the limit")
    func limit() throws {
        let (result, isCut) = try walk(25, limit: 12)
        #expect(result.elements.count == 12)
        #expect(result.sizes == [12, 2])
        #expect(isCut)
        #expect(try !walk(12, limit: 12).isCut)
    }

    @Test("A page without its elements is a failure, and so is a broker that goes round in circles")
    func faults() {
        #expect(throws: ToolError.self) {
            try Pages.walk(
                limit: nil, key: "list", page: { (_, _) throws(ToolError) in [:] }, each: { (_) throws(ToolError) in })
        }
        #expect(throws: ToolError.self) {
            try Pages.walk(
                limit: nil, key: "list", page: { (_, _) throws(ToolError) in ["list": [1], "next": "same"] },
                each: { (_) throws(ToolError) in })
        }
    }
}

struct ViewTests {
    @Test("An event is a line with time, kind and details, and no escape sequence of a client's")
    func event() {
        let event: JSONValue = [
            "event": "client-connected", "time": .number(0.5), "client": "a b\u{1B}", "address": "192.0.2.1:5",
            "user": "",
        ]
        let line = EventText.line(event, style: Style(isOn: false)) { _ in 3_600 }
        #expect(
            line == "1970-01-01 01:00:00.500  client-connected     address=192.0.2.1:5 client=\"a b\\u{1B}\" user=\"\"")
    }

    @Test("Signs of life are not shown, and events that were missed are")
    func otherEvents() {
        let style = Style(isOn: false)
        #expect(EventText.line(["event": "heartbeat", "time": 1], style: style) { _ in 0 } == nil)
        #expect(
            EventText.line(["event": "skipped", "count": 1_204], style: style) { _ in 0 }
                == "… 1,204 events missed: this reader is too slow")
        #expect(EventText.line([:], style: style) { _ in 0 }?.hasPrefix("-  event") == true)
    }

    @Test("Metrics have a row for each series, and histograms their quantiles")
    func metrics() {
        let rows = MetricText.rows([
            "skep:type=Metric,name=skep_b": [
                "Value": 3,
                "Series": [
                    ["labels": ["y": "2", "x": "1"], "value": 1_204], ["labels": [:], "value": .number(0.5)],
                ],
            ],
            "skep:type=Metric,name=skep_a": ["Value": 1, "Series": []],
            "skep:type=Metric,name=skep_c": [
                "Count": 2, "Mean": .number(0.25), "99thPercentile": 1, "Max": .number(123.46),
            ],
        ])
        #expect(
            rows == [
                ["skep_a", "", "1"], ["skep_b", "x=1 y=2", "1,204"], ["skep_b", "", "0.500000"],
                ["skep_c", "mean 0.250000  max 123.5  p99 1", "2"],
            ])
    }

    @Test("A status with parts missing is still a status")
    func status() {
        var replies: [BeanReply.Value] = Array(
            repeating: .failure(ToolError(.notFound, "x")), count: StatusReading.requests.count)
        #expect(StatusReading.names.count == StatusReading.requests.count)
        replies[0] = .success(["Version": "1\u{1B}", "Status": "draining", "Connections": 1_204])
        let lines = StatusReading(replies).lines(width: 60, style: Style(isOn: false))
        #expect(lines[0] == "skep 1\\u{1B}")
        #expect(lines.contains { $0.hasSuffix("1,204 connected, - sessions, - subscriptions") })
        #expect(lines.allSatisfy { TextWidth.columns(of: $0) <= 60 })
    }

    @Test("A client that is away and one that is there are shown with what there is of them")
    func client() {
        let style = Style(isOn: false)
        let away: JSONValue = [
            "id": "a", "state": "offline", "disconnectedSeconds": 60, "disconnectCause": "keep-alive",
        ]
        let lines = ClientText.fields(away, style).lines(width: nil)
        #expect(lines.contains { $0.hasSuffix("State: offline for 1 min, because of keep-alive") })
        #expect(!lines.contains { $0.contains("Address:") })
        let there: JSONValue = [
            "id": "a", "state": "online", "restrictions": ["maxQueuedMessages": 5], "sessionExpiry": 4_294_967_295,
            "connection": ["address": "192.0.2.1:5", "listener": "l", "keepAlive": 0, "pausedBy": "credits"],
        ]
        let text = ClientText.fields(there, style).lines(width: nil).joined(separator: "\n")
        for part in [
            "Address: 192.0.2.1:5 on listener l", "Keep alive: none", "Paused by: credits", "maxQueuedMessages 5",
            "Session expires: never",
        ] { #expect(text.contains(part)) }
        #expect(ClientText.row(there).count == ClientText.columns.count)
        #expect(ClientText.row(there)[1] == "online, credits")
        #expect(ClientText.row(.null).count == ClientText.columns.count)
    }
}
