import HTTPTypes
import Introspection
import NIOCore
import Synchronization

/// The broker's events over HTTP: one JSON object a line, without end.
struct EventStream: Sendable {
    /// Between two signs of life: a client that has gone is noticed by the one after it.
    static let heartbeat = Duration.seconds(10)

    /// Watchers of one door at most: who watches at one must not keep others from watching at another.
    static let maximumWatchers = EventHub.maximumWatchers / 4

    let hub: EventHub
    private let watchers = Watchers()
    /// Seconds since the Unix epoch.
    let wall: @Sendable () -> Double

    /// - Parameter wall: seconds since the Unix epoch.
    init(hub: EventHub, wall: @escaping @Sendable () -> Double) {
        self.hub = hub
        self.wall = wall
    }

    /// Answers a request for events; `kinds=a,b` in the query names those that are wanted, all otherwise.
    func reply(query: String?) -> HTTPReply {
        let kinds: Set<BrokerEvent.Kind>
        switch Self.kinds(query) {
        case .success(let wanted): kinds = wanted
        case .failure(let failure): return .text(.badRequest, "400: \(failure.message)")
        }
        guard let place = watchers.enter(), let watch = hub.watch(kinds) else {
            return .text(.serviceUnavailable, "503: \(Self.maximumWatchers) watch here already")
        }
        var reply = HTTPReply(
            contentType: "application/x-ndjson", headers: [.cacheControl: "no-store"],
            body: Self.line(["event": "heartbeat", "time": JSONValue(wall())]))
        reply.parts = { [wall] in
            // The place at the door is taken as long as this can be asked for the next part.
            defer { withExtendedLifetime(place) {} }
            guard !Task.isCancelled else { return nil }
            let (events, skipped) = await Self.next(watch)
            var text = ByteBuffer()
            for event in events {
                let head: [String: JSONValue] = [
                    "event": .string(event.kind.rawValue), "time": JSONValue(event.time),
                ]
                text.writeImmutableBuffer(Self.line(head.merging(event.details) { fixed, _ in fixed }))
            }
            if skipped > 0 { text.writeImmutableBuffer(Self.line(["event": "skipped", "count": JSONValue(skipped)])) }
            if events.isEmpty, skipped == 0 {
                text.writeImmutableBuffer(Self.line(["event": "heartbeat", "time": JSONValue(wall())]))
            }
            return text
        }
        return reply
    }

    /// What has come, or nothing when it is time for a sign of life.
    private static func next(_ watch: EventWatch) async -> (events: [BrokerEvent], skipped: Int) {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await watch.wait() }
            group.addTask { try? await Task.sleep(for: heartbeat) }
            await group.next()
            group.cancelAll()
        }
        return watch.take()
    }

    private static func line(_ object: [String: JSONValue]) -> ByteBuffer {
        ByteBuffer(bytes: JSONWriter.text(.object(object)) + [0x0A])
    }

    /// Counts those who watch at one door.
    private final class Watchers: Sendable {
        private let count = Atomic(0)

        /// Nil if there is no room.
        func enter() -> Place? {
            guard count.wrappingAdd(1, ordering: .relaxed).newValue <= EventStream.maximumWatchers else {
                leave()
                return nil
            }
            return Place(self)
        }

        fileprivate func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
    }

    /// The place of one who watches; ends with this object.
    private final class Place: Sendable {
        private let watchers: Watchers

        init(_ watchers: Watchers) { self.watchers = watchers }

        deinit { watchers.leave() }
    }

    private static func kinds(_ query: String?) -> Result<Set<BrokerEvent.Kind>, QueryFailure> {
        guard let query, let list = query.split(separator: "&").first(where: { $0.hasPrefix("kinds=") }) else {
            return .success(Set(BrokerEvent.Kind.allCases))
        }
        var kinds: Set<BrokerEvent.Kind> = []
        for name in list.dropFirst("kinds=".count).replacing("%2C", with: ",").split(separator: ",") {
            guard let kind = BrokerEvent.Kind(rawValue: String(name)) else {
                let known = BrokerEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                return .failure(QueryFailure("there is no kind of event by that name; the kinds are: \(known)"))
            }
            kinds.insert(kind)
        }
        return .success(kinds)
    }
}
