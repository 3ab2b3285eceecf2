import BrokerCore
import BrokerTestKit
import BrokerValues
import Introspection
import Testing

@Suite("What one client may do")
struct RestrictionTests {
    @Test(
        "It may send a PUBLISH as large as allowed and not a byte larger; others and other packets are as before",
        arguments: RestrictionTime.allCases, [49, 50, 51])
    func publishSize(time: RestrictionTime, size: Int) async throws {
        try await TestBroker.withRestricted(time, { $0.maximumPublishSize = 50 }) { broker, restricted, free in
            #expect(restricted.connack.properties.number(0x27) == (time == .atLogin ? 50 : nil))
            try await restricted.subscribe(text(500))
            let packet = ClientPacket.publish("t", text(size - 6))
            #expect(packet.bytes(.v5).count == size)
            free.send(packet)
            try await free.ping()
            if size <= 50 {
                restricted.send(packet)
                try await restricted.ping()
            } else {
                try await restricted.expectDisconnect(0x95, after: packet)
            }
            #expect(broker.refusals(.packetSize) == (size <= 50 ? 0 : 1))
        }
    }

    @Test(
        "Its queue takes as many messages as allowed, and drops what its strategy says",
        arguments: RestrictionTime.allCases,
        [
            (2, BrokerLimits.QueueStrategy.discard), (3, .discard), (4, .discard), (2, .discardOldest),
            (3, .discardOldest), (4, .discardOldest),
        ])
    func queue(time: RestrictionTime, queue: (published: Int, strategy: BrokerLimits.QueueStrategy)) async throws {
        let restrict: (inout ClientRestrictions) -> Void = {
            $0.maximumQueuedMessages = 3
            $0.queueStrategy = queue.strategy
        }
        try await TestBroker.withRestricted(time, restrict) { broker, restricted, free in
            for client in [restricted, free] {
                try await client.subscribe("t", qos: 1)
                await client.close()
            }
            try await waitUntil("both are away") { broker.gates.connectionCount == 0 }
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<queue.published { try await publisher.publish("t", "\(number)", qos: 1) }
            let beyond = max(0, queue.published - 3)
            #expect(broker.drops(.clientQueueFull) == beyond)
            let snapshot = try #require(try await broker.snapshot(of: "restricted"))
            #expect(snapshot.queuedMessages == min(queue.published, 3))
            #expect(snapshot.maximumQueuedMessages == 3)
            #expect(snapshot.queueStrategy == queue.strategy)
            let kept = queue.strategy == .discard ? 0..<min(queue.published, 3) : beyond..<queue.published
            let again = try await TestClient.connect5(broker, id: "restricted", clean: false, expiry: 600)
            #expect(try await again.takeAll() == kept.map { "\($0)" })
            let other = try await TestClient.connect5(broker, id: "free", clean: false, expiry: 600)
            #expect(try await other.takeAll().count == queue.published)
        }
    }

    @Test("It has as many messages in flight as allowed", arguments: RestrictionTime.allCases, [1, 2, 3])
    func inflight(time: RestrictionTime, published: Int) async throws {
        try await TestBroker.withRestricted(time, { $0.inflightQueueSize = 2 }) { broker, restricted, free in
            for client in [restricted, free] { try await client.subscribe("t", qos: 1) }
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<published { try await publisher.publish("t", "\(number)", qos: 1) }
            let window = min(2, published)
            let snapshot = try #require(try await broker.snapshot(of: "restricted"))
            #expect(snapshot.connection?.inflightQueueSize == 2)
            #expect(snapshot.inflightMessages == window)
            #expect(snapshot.queuedMessages == published - window)
            var first: UInt16 = 0
            for number in 0..<window {
                let id = try await restricted.expectUnanswered("\(number)").identifier()
                if number == 0 { first = id }
            }
            try await restricted.expectNothing()
            restricted.send(.puback(first))
            if published > 2 { try await restricted.expectUnanswered("2") }
            try await restricted.expectNothing()
            for number in 0..<published { try await free.expectUnanswered("\(number)") }
        }
    }

    @Test(
        "Its session ends after the time that was set, whatever it asked for", arguments: RestrictionTime.allCases,
        [1, 3_600] as [UInt32])
    func sessionExpiry(time: RestrictionTime, seconds: UInt32) async throws {
        try await TestBroker.withRestricted(time, { $0.sessionExpiry = seconds }) { broker, restricted, free in
            #expect(try await broker.snapshot(of: "restricted")?.sessionExpiry == seconds)
            let elapsed = try await timed {
                await restricted.close()
                try await waitUntil("it is away") { try await broker.snapshot(of: "restricted")?.connection == nil }
                guard seconds == 1 else { return }
                try await waitUntil("its session ends") { try await broker.snapshot(of: "restricted") == nil }
            }
            if seconds == 1 {
                #expect(elapsed >= .milliseconds(900))
            } else {
                let again = try await TestClient.connect5(broker, id: "restricted", clean: false, expiry: 600)
                #expect(again.connack.sessionPresent)
            }
            try await free.ping()
            #expect(try await broker.snapshot(of: "free")?.sessionExpiry == 600)
        }
    }

    @Test("The time can be set for a client that is away, and counts from then")
    func sessionExpiryOffline() async throws {
        try await TestBroker.withRestricted(.atLogin, { _ in }) { broker, restricted, _ in
            await restricted.close()
            try await waitUntil("it is away") { broker.gates.connectionCount == 1 }
            var restrictions = ClientRestrictions()
            restrictions.sessionExpiry = 1
            try await broker.restrict(restrictions)
            try await waitUntil("its session ends") { try await broker.snapshot(of: "restricted") == nil }
        }
    }

    /// Bytes that may come in one moment at 100,000 a second are a tenth of that.
    private static let sizes = [5_000, 10_000, 60_000]
    /// A PUBLISH of a thousand bytes.
    private static let packet = ClientPacket.publish("t", text(993)).bytes(.v5)

    @Test(
        "It is read from as fast as allowed: a burst at once, more takes its time",
        arguments: RestrictionTime.allCases, sizes)
    func incoming(time: RestrictionTime, bytes: Int) async throws {
        try await TestBroker.withRestricted(time, { $0.incomingBytesPerSecond = 100_000 }) { broker, restricted, free in
            // What SUBSCRIBE used is paid for then.
            try await Task.sleep(for: .milliseconds(150))
            let packets = [UInt8]([[UInt8]](repeating: Self.packet, count: bytes / Self.packet.count).joined())
            let elapsed = try await timed {
                restricted.send(packets)
                free.send(packets)
                try await free.ping()
                // No packet behind its own: it would be one beyond the burst.
                try await waitUntil("all are handled") { broker.publishBytesReceived == 2 * packets.count }
            }
            if bytes <= 10_000 {
                #expect(broker.pauses(.clientRate) == 0)
            } else {
                #expect(elapsed >= .milliseconds((bytes - 10_000) / 100 - 20), "\(elapsed)")
                #expect(broker.pauses(.clientRate) > 0)
            }
        }
    }

    @Test(
        "It is sent to as fast as allowed: a burst at once, more takes its time, and QoS 1 is not lost",
        arguments: RestrictionTime.allCases, sizes)
    func outgoing(time: RestrictionTime, bytes: Int) async throws {
        try await TestBroker.withRestricted(time, { $0.outgoingBytesPerSecond = 100_000 }) { broker, restricted, free in
            for client in [restricted, free] { try await client.subscribe("t", qos: 1) }
            try await Task.sleep(for: .milliseconds(150))
            let publisher = try await TestClient.connect5(broker)
            let count = bytes / 1_000
            let elapsed = try await timed {
                for id in 1...UInt16(count) { publisher.send(.publish("t", text(991), qos: 1, id: id)) }
                for _ in 0..<count { _ = try await restricted.takePublish() }
            }
            if bytes > 10_000 { #expect(elapsed >= .milliseconds((bytes - 10_000) / 100 - 50), "\(elapsed)") }
            #expect(try await free.takeAll().count == count)
            #expect(broker.drops == 0)
        }
    }

    @Test(
        "QoS 1 begins and ceases to wait at the thresholds of its own write buffer", arguments: RestrictionTime.allCases
    )
    func writeBuffer(time: RestrictionTime) async throws {
        let restrict: (inout ClientRestrictions) -> Void = {
            $0.writeBuffer = .init(highThreshold: 100_000, lowThreshold: 50_000)
        }
        try await TestBroker.withRestricted(time, restrict, receiveBuffer: 4_096) { broker, restricted, free in
            try await restricted.subscribe("t", qos: 1)
            try await free.subscribe("t", qos: 1)
            try await restricted.setReading(false)
            let publisher = try await TestClient.connect5(broker)
            var published = 0
            while try await broker.snapshot(of: "restricted")?.queuedMessages == 0 {
                guard published < 900 else { throw TestFailure("nothing waits") }
                try await publisher.publish("t", text(20_000), qos: 1)
                published += 1
            }
            let snapshot = try #require(try await broker.snapshot(of: "restricted"))
            let unsent = try #require(snapshot.connection?.unsentBytes)
            // Above its own threshold by no more than one message, and far below that of all others.
            #expect((100_001...120_100).contains(unsent))
            #expect(try await free.takeAll().count == published)
            try await restricted.setReading(true)
            #expect(try await restricted.takeAll().count == published)
            #expect(broker.drops == 0)
        }
    }

    @Test("Restrictions can be taken away from a client that is connected")
    func takenAway() async throws {
        let restrict: (inout ClientRestrictions) -> Void = {
            $0.maximumPublishSize = 50
            $0.inflightQueueSize = 1
            $0.outgoingBytesPerSecond = 1_000
        }
        try await TestBroker.withRestricted(.whileConnected, restrict) { broker, restricted, free in
            try await restricted.subscribe("t", qos: 1)
            for number in 0..<3 { try await free.publish("t", "\(number)" + text(10_000), qos: 1) }
            #expect(try await broker.snapshot(of: "restricted")?.queuedMessages == 2)
            try await broker.restrict(ClientRestrictions())
            for number in 0..<3 { #expect(try await restricted.nextPublish().text.hasPrefix("\(number)")) }
            try await restricted.publish("u", text(100), qos: 1)
            #expect(broker.refusals == 0)
        }
    }
}
