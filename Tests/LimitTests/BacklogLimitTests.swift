import BrokerTestKit
import BrokerValues
import BrokerCore
import MetricCatalog
import Introspection
import Testing

/// A subscriber whose socket is full, so that every byte more is one that it has not taken.
private struct Stuck {
    /// Bytes of a PUBLISH of MQTT 3.1.1 to the topic `t` without its payload, which makes it at least 16384 bytes long.
    static let overhead = 7

    let broker: TestBroker
    let subscriber: TestClient
    let publisher: TestClient
    private(set) var published = 0

    init(_ broker: TestBroker, topic: String = "t", publisher: TestClient) async throws {
        self.broker = broker
        self.publisher = publisher
        subscriber = try await TestClient.open(broker, receiveBuffer: 4_096)
        try await subscriber.connect(ConnectFields(id: "stuck-\(topic)"))
        try await subscriber.subscribe(topic, qos: 1)
        try await subscriber.setReading(false)
        // The system takes some megabytes for the socket first.
        let before = try await broker.unsentBytes()
        while try await broker.unsentBytes() == before {
            guard published < 1_000 else { throw TestFailure("the socket takes everything") }
            try await publish(topic, size: 65_536)
        }
    }

    /// Publishes a packet that has so many bytes on its way to the subscriber.
    mutating func publish(_ topic: String = "t", size: Int) async throws {
        try await publisher.publish(topic, text(size - Self.overhead))
        published += 1
    }

    /// The subscriber reads everything; how many messages there were.
    func received() async throws -> Int {
        try await subscriber.setReading(true)
        return try await subscriber.takeAll().count
    }
}

// One after the other: each fills sockets with megabytes.
@Suite("What a client has not taken", .serialized)
struct BacklogLimitTests {
    @Test("QoS 0 is dropped for a client that has not taken as many bytes as the limit says", arguments: -1...1)
    func unsentBytes(difference: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumUnsentBytes = 400_000 }) { broker in
            var stuck = try await Stuck(broker, publisher: try await TestClient.connect(broker))
            let other = try await TestClient.connect(broker)
            try await other.subscribe("t")
            let rest = 400_000 - (try await broker.unsentBytes())
            try await stuck.publish(size: 100_000)
            // Of a message that is about to be written topic and payload are counted, its header of six bytes is not.
            try await stuck.publish(size: rest - 100_000 + 6 + difference)
            let dropped = max(0, difference)
            #expect(broker.drops(.connectionNotWritable) == dropped)
            #expect(try await broker.unsentBytes() == (dropped == 0 ? 400_006 + difference : 500_000 - rest))
            // Who reads gets everything.
            #expect(try await other.takeAll().count == 2)
            #expect(try await stuck.received() == stuck.published - dropped)
            try await waitUntil("everything has left") { try await broker.unsentBytes() == 0 }
            // It flows again.
            try await stuck.publish(size: 100_000)
            #expect(try await stuck.received() == 1)
            #expect(broker.drops == dropped)
        }
    }

    @Test("The same for all clients together, when each for itself is below its limit", arguments: [true, false])
    func brokerUnsentBytes(isBeyond: Bool) async throws {
        let limits = BrokerLimits.with {
            $0.maximumUnsentBytes = 400_000
            $0.maximumBrokerUnsentBytes = 600_000
        }
        try await TestBroker.with(limits: limits) { broker in
            let publisher = try await TestClient.connect(broker)
            var first = try await Stuck(broker, topic: "t", publisher: publisher)
            var second = try await Stuck(broker, topic: "u", publisher: publisher)
            for _ in 0..<2 {
                try await first.publish("t", size: 90_000)
                try await second.publish("u", size: 90_000)
            }
            let unsent = try await broker.unsentBytes()
            #expect(unsent > 360_000 && unsent < 600_000)
            #expect(broker.drops == 0)
            if isBeyond {
                // The limit is looked at behind each message.
                while try await broker.unsentBytes() <= 600_000, broker.drops == 0 {
                    try await first.publish("t", size: 20_000)
                }
                let full = try await broker.unsentBytes()
                try await first.publish("t", size: 20_000)
                try await second.publish("u", size: 20_000)
                #expect(broker.drops(.connectionNotWritable) == 2)
                #expect(try await broker.unsentBytes() == full)
            }
            let dropped = broker.drops
            #expect(try await first.received() + second.received() == first.published + second.published - dropped)
        }
    }

    @Test(
        "QoS 1 begins to wait above the high threshold and goes on when the socket is nearly empty", arguments: -1...1)
    func writeBuffer(difference: Int) async throws {
        let limits = BrokerLimits.with {
            $0.writeBufferHighThreshold = 300_000
            $0.writeBufferLowThreshold = 30_000
        }
        try await TestBroker.with(limits: limits) { broker in
            var stuck = try await Stuck(broker, publisher: try await TestClient.connect(broker))
            let rest = 300_000 - (try await broker.unsentBytes())
            try await stuck.publish(size: rest + difference)
            let before = try #require(try await broker.snapshot(of: "stuck-t"))
            #expect(before.connection?.unsentBytes == 300_000 + difference)
            for number in 0..<3 { try await stuck.publisher.publish("t", "\(number)", qos: 1) }
            let after = try #require(try await broker.snapshot(of: "stuck-t"))
            // The one that passes the threshold is still written.
            #expect(after.inflightMessages == (difference < 0 ? 1 : difference == 0 ? 1 : 0))
            #expect(after.queuedMessages == 3 - after.inflightMessages)
            #expect(broker.counter(ShardCounters.connectionsCongested.base) == 1)
            try await stuck.subscriber.setReading(true)
            let texts = try await stuck.subscriber.takeAll()
            #expect(texts.suffix(3) == ["0", "1", "2"])
            #expect(texts.count == stuck.published + 3)
            #expect(broker.counter(ShardCounters.connectionsCongested.base) == 0)
        }
    }

    @Test("A client that sends but takes no answers is not read from while it has not taken so much")
    func answersNotTaken() async throws {
        try await TestBroker.with(limits: .with { $0.maximumUnsentBytes = 50_000 }) { broker in
            let client = try await TestClient.open(broker, receiveBuffer: 4_096)
            try await client.connect(ConnectFields(id: "c"))
            try await client.setReading(false)
            let pings = [UInt8]([[UInt8]](repeating: [0xC0, 0], count: 50_000).joined())
            // Not all at once: the sockets hold some megabytes of answers.
            var unsent = 0
            for _ in 0..<500 where unsent <= 50_000 {
                client.send(pings)
                try await Task.sleep(for: .milliseconds(20))
                unsent = try await broker.unsentBytes()
            }
            #expect(broker.pauses(.answer) > 0)
            #expect(unsent > 50_000)
            #expect(unsent < 50_000 + 2 * 65_536, "one read more at most")
            try await client.setReading(true)
            try await waitUntil("it is read from again") {
                broker.counter(ShardCounters.connectionsPaused.base + PauseCause.answer.counterIndex) == 0
            }
        }
    }

    @Test(
        "A client whose socket takes nothing for the time that the limit says is given up; one that reads is not",
        arguments: [400, 60_000] as [UInt64])
    func stalledSocket(milliseconds: UInt64) async throws {
        try await TestBroker.with(limits: .with { $0.stalledSocketMilliseconds = milliseconds }) { broker in
            let publisher = try await TestClient.connect(broker)
            let reader = try await TestClient.connect(broker)
            try await reader.subscribe("t")
            let stuck = try await Stuck(broker, publisher: publisher)
            if milliseconds == 400 {
                try await waitUntil("the client is given up") { broker.refusals(.stalledSocket) == 1 }
                try await waitUntil("it has gone") { broker.gates.connectionCount == 2 }
            } else {
                try await Task.sleep(for: .milliseconds(800))
                #expect(broker.refusals == 0)
                #expect(try await stuck.received() == stuck.published)
            }
            #expect(try await reader.takeAll().count == stuck.published)
        }
    }
}
