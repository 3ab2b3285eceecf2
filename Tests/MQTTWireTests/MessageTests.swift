import BrokerValues
import MQTTWire
import NIOCore
import Testing

@Suite("Message")
struct MessageTests {
    @Test("A message keeps its parts, flags and origin")
    func parts() {
        let publisher = ClientIdentity("p", seededHash: 1)
        let made = message(
            topic: "a/b", properties: [0x01, 1], payload: [7, 8], qos: .exactlyOnce, retain: true, expirySeconds: 60,
            arrival: Instant(milliseconds: 5), publisher: publisher)
        #expect(made.parts.topic == Array("a/b".utf8))
        #expect(made.parts.properties == [0x01, 1])
        #expect(made.parts.payload == [7, 8])
        #expect(made.topicText == "a/b")
        #expect(made.qos == .exactlyOnce)
        #expect(made.retain)
        #expect(made.expirySeconds == 60)
        #expect(made.arrival == Instant(milliseconds: 5))
        #expect(made.publisher == publisher)
        #expect(made.payloadCount == 2)
    }

    @Test("A message may have no payload and no properties")
    func empty() {
        let made = message(topic: "t")
        #expect(made.parts.payload == [])
        #expect(made.parts.properties == [])
        #expect(made.payloadCount == 0)
        #expect(made.sharedBody == nil)
        #expect(made.publisher == nil)
    }

    @Test(
        "Properties and payload that together reach the threshold are shared, smaller ones are not",
        arguments: [2045, 2046, 2047, 100_000])
    func sharing(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let made = message(topic: "a", properties: [0x01, 0], payload: payload)
        #expect(Message.sharedBodyThreshold == 2048)
        #expect((made.sharedBody != nil) == (count + 2 >= 2048))
        if let shared = made.sharedBody { #expect(Array(shared.readableBytesView) == [0x01, 0] + payload) }
        #expect(made.payloadCount == count)
        #expect(made.parts.payload == payload)
        #expect(made.parts.topic == [0x61])
        #expect(made.parts.properties == [0x01, 0])
    }

    @Test("A queue is charged for each byte of content, shared or not, and for the cost of keeping it")
    func charge() {
        let base = message(topic: "t").chargedBytes
        #expect(base > 1)
        #expect(message(topic: "topic").chargedBytes == base + 4)
        #expect(message(topic: "t", properties: [0x01, 1]).chargedBytes == base + 2)
        #expect(message(topic: "t", payload: [UInt8](repeating: 0, count: 9)).chargedBytes == base + 9)
        #expect(message(topic: "t", payload: [UInt8](repeating: 0, count: 9000)).chargedBytes == base + 9000)
    }

    @Test(
        "The expiry that remains counts down by whole seconds to 0 and never wraps",
        arguments: [
            (0, 10), (10_000, 10), (10_999, 10), (11_000, 9), (19_999, 1), (20_000, 0), (20_001, 0), (UInt64.max, 0),
        ] as [(UInt64, UInt32)])
    func remaining(now: UInt64, seconds: UInt32) {
        let made = message(expirySeconds: 10, arrival: Instant(milliseconds: 10_000))
        #expect(made.remainingExpiry(at: Instant(milliseconds: now)) == seconds)
        #expect(made.isExpired(at: Instant(milliseconds: now)) == (seconds == 0))
    }

    @Test("Without an expiry a message never expires, with an expiry of 0 at once, with the longest after 136 years")
    func extremes() {
        #expect(message().remainingExpiry(at: .never) == nil)
        #expect(!message().isExpired(at: .never))
        #expect(message(expirySeconds: 0).isExpired(at: Instant(milliseconds: 0)))
        let longest = message(expirySeconds: .max)
        #expect(longest.remainingExpiry(at: Instant(milliseconds: 4_294_967_294_999)) == 1)
        #expect(longest.isExpired(at: Instant(milliseconds: 4_294_967_295_000)))
    }

    @Test("A message that is published later counts its expiry from then", arguments: [3, 5000])
    func published(count: Int) {
        let payload = [UInt8](repeating: 6, count: count)
        let will = message(
            topic: "w", properties: [0x01, 1], payload: payload, qos: .atLeastOnce, retain: true, expirySeconds: 10)
        let publisher = ClientIdentity("p", seededHash: 1)
        let made = will.published(
            at: Instant(milliseconds: 60_000), by: publisher, expirySeconds: will.expirySeconds)
        #expect(made.remainingExpiry(at: Instant(milliseconds: 61_000)) == 9)
        #expect(will.isExpired(at: Instant(milliseconds: 61_000)))
        #expect(made.publisher == publisher)
        #expect(made.parts == will.parts)
        #expect(made.qos == .atLeastOnce)
        #expect(made.retain)
        #expect(!made.isSame(as: will))
    }

    @Test("A copy is the same message, an equal one is not")
    func identity() {
        let made = message(topic: "t")
        let copy = made
        #expect(made.isSame(as: copy))
        #expect(!made.isSame(as: message(topic: "t")))
    }
}
