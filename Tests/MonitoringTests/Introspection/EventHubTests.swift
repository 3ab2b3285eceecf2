import Introspection
import Testing

@testable import Monitoring

@Suite("Events for those who watch")
struct EventHubTests {
    private func event(_ kind: BrokerEvent.Kind, _ number: Int = 0) -> BrokerEvent {
        BrokerEvent(kind, time: 1, details: ["number": JSONValue(number)])
    }

    @Test("A kind is watched while somebody watches it")
    func kinds() throws {
        let hub = EventHub()
        #expect(BrokerEvent.Kind.allCases.allSatisfy { !hub.isWatched($0) })
        var first = hub.watch([.clientConnected, .limitHit])
        let second = try #require(hub.watch([.limitHit]))
        #expect(first != nil)
        #expect(BrokerEvent.Kind.allCases.filter(hub.isWatched) == [.clientConnected, .limitHit])
        first = nil
        #expect(BrokerEvent.Kind.allCases.filter(hub.isWatched) == [.limitHit])
        hub.publish(event(.clientConnected))
        hub.publish(event(.limitHit, 7))
        #expect(second.take().events == [event(.limitHit, 7)])
    }

    @Test("Everybody who watches gets the events in their order, once")
    func order() throws {
        let hub = EventHub()
        let watches = try (0..<3).map { _ in try #require(hub.watch(Set(BrokerEvent.Kind.allCases))) }
        let events = (0..<50).map { event(BrokerEvent.Kind.allCases[$0 % BrokerEvent.Kind.allCases.count], $0) }
        for event in events { hub.publish(event) }
        for watch in watches {
            #expect(watch.take().events == events)
            #expect(watch.take().events == [])
        }
    }

    @Test("What a slow watcher has no room for is counted, and the first events are kept")
    func skipped() throws {
        let hub = EventHub()
        let watch = try #require(hub.watch([.messageDropped]))
        for number in 0..<(EventHub.capacity + 250) { hub.publish(event(.messageDropped, number)) }
        let (events, skipped) = watch.take()
        #expect(events.count == EventHub.capacity)
        #expect(events.last == event(.messageDropped, EventHub.capacity - 1))
        #expect(skipped == 250)
        hub.publish(event(.messageDropped))
        #expect(watch.take().skipped == 0)
    }

    @Test("Long texts count too: a watcher's events hold a megabyte at most")
    func bytes() throws {
        let hub = EventHub()
        let watch = try #require(hub.watch([.limitHit]))
        let text = JSONValue.string(String(repeating: "x", count: 65_536))
        for _ in 0..<20 { hub.publish(BrokerEvent(.limitHit, time: 1, details: ["client": text])) }
        let (events, skipped) = watch.take()
        #expect(events.count == EventHub.maximumBytes / 65_536)
        #expect(skipped == 20 - events.count)
        hub.publish(BrokerEvent(.limitHit, time: 1, details: ["client": text]))
        #expect(watch.take().events.count == 1)
    }

    @Test("There is a limit on watchers, and the place of one who has gone is free")
    func watchers() {
        let hub = EventHub()
        var watches = (0..<EventHub.maximumWatchers).map { _ in hub.watch([.limitHit]) }
        #expect(watches.allSatisfy { $0 != nil })
        #expect(hub.watch([.limitHit]) == nil)
        watches.removeLast()
        #expect(hub.watch([.limitHit]) != nil)
    }

    @Test("Who waits is woken by an event, and by being cancelled")
    func waiting() async throws {
        let hub = EventHub()
        let watch = try #require(hub.watch([.limitHit]))
        let woken = Task { await watch.wait() }
        hub.publish(event(.limitHit))
        await woken.value
        #expect(watch.take().events.count == 1)
        let cancelled = Task { await watch.wait() }
        cancelled.cancel()
        await cancelled.value
        #expect(watch.take().events.isEmpty)
    }
}
