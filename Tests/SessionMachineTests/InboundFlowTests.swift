import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("Messages from a client")
struct InboundFlowTests {
    private func publish(
        _ flow: inout InboundFlow, _ qos: QualityOfService, _ identifier: UInt16, maximum: UInt16? = 10
    ) -> InboundFlow.PublishDecision {
        flow.publishReceived(qos: qos, packetIdentifier: identifier, receiveMaximum: maximum)
    }

    @Test("A QoS 2 publish is routed once, however often it is repeated before its PUBREL")
    func once() {
        var flow = InboundFlow()
        #expect(publish(&flow, .exactlyOnce, 5) == .route)
        #expect(publish(&flow, .exactlyOnce, 5) == .acknowledgeOnly)
        flow.connectionEnded()
        #expect(publish(&flow, .exactlyOnce, 5) == .acknowledgeOnly, "also on the next connection")
        #expect(flow.pubrelReceived(packetIdentifier: 5) == true)
        #expect(publish(&flow, .exactlyOnce, 5) == .route)
    }

    @Test("A PUBREL is known once")
    func pubrel() {
        var flow = InboundFlow()
        #expect(flow.pubrelReceived(packetIdentifier: 5) == false)
        _ = publish(&flow, .exactlyOnce, 5)
        #expect(flow.pubrelReceived(packetIdentifier: 5) == true)
        #expect(flow.pubrelReceived(packetIdentifier: 5) == false)
        #expect(flow.unreleased.isEmpty)
    }

    @Test("A QoS 1 publish with an identifier that was used before is a new message")
    func atLeastOnce() {
        var flow = InboundFlow()
        for _ in 0..<3 { #expect(publish(&flow, .atLeastOnce, 5) == .route) }
        #expect(flow.unreleased.isEmpty)
    }

    @Test("A QoS 1 publish may not use the identifier of an open QoS 2 publish in version 5")
    func inUse() {
        var flow = InboundFlow()
        _ = publish(&flow, .exactlyOnce, 5)
        #expect(publish(&flow, .atLeastOnce, 5) == .identifierInUse)
        #expect(publish(&flow, .atLeastOnce, 5, maximum: nil) == .route, "3.x cannot be told")
        #expect(publish(&flow, .atLeastOnce, 6) == .route)
    }

    @Test("A client may use the Receive Maximum to the full, and not one more", arguments: [1, 2, 7] as [UInt16])
    func receiveMaximum(maximum: UInt16) {
        var flow = InboundFlow()
        for identifier in 1...maximum {
            #expect(publish(&flow, .exactlyOnce, identifier, maximum: maximum) == .route)
        }
        #expect(publish(&flow, .exactlyOnce, 100, maximum: maximum) == .receiveMaximumExceeded)
        #expect(publish(&flow, .atLeastOnce, 100, maximum: maximum) == .receiveMaximumExceeded)
        #expect(publish(&flow, .exactlyOnce, 1, maximum: maximum) == .acknowledgeOnly, "a repeat is not one more")
        #expect(flow.unreleased.count == Int(maximum))
        #expect(flow.pubrelReceived(packetIdentifier: 1) == true)
        #expect(publish(&flow, .exactlyOnce, 100, maximum: maximum) == .route)
    }

    @Test("Publishes that wait for a commit count against the Receive Maximum until it comes")
    func commits() {
        var flow = InboundFlow()
        _ = publish(&flow, .exactlyOnce, 1, maximum: 3)
        flow.commitAwaited()
        flow.commitAwaited()
        #expect(publish(&flow, .atLeastOnce, 2, maximum: 3) == .receiveMaximumExceeded)
        flow.commitResolved()
        #expect(publish(&flow, .atLeastOnce, 2, maximum: 3) == .route)
        flow.commitAwaited()
        #expect(publish(&flow, .atLeastOnce, 3, maximum: 3) == .receiveMaximumExceeded)
        flow.connectionEnded()
        #expect(publish(&flow, .atLeastOnce, 3, maximum: 2) == .route, "a new connection starts anew")
        #expect(flow.unreleased.count == 1)
    }

    @Test("A commit that comes after its connection has ended gives no quota away")
    func lateCommit() {
        var flow = InboundFlow()
        flow.commitAwaited()
        flow.connectionEnded()
        flow.commitResolved()
        flow.commitAwaited()
        #expect(publish(&flow, .atLeastOnce, 1, maximum: 1) == .receiveMaximumExceeded)
    }

    @Test("A client of 3.x has no Receive Maximum")
    func unlimited() {
        var flow = InboundFlow()
        for identifier in 1...2000 as ClosedRange<UInt16> {
            #expect(publish(&flow, .exactlyOnce, identifier, maximum: nil) == .route)
        }
        #expect(flow.unreleased.count == 2000)
    }

    @Test("A QoS 2 publish that is refused frees its identifier at once")
    func refused() {
        var flow = InboundFlow()
        _ = publish(&flow, .exactlyOnce, 5, maximum: 1)
        flow.refused(packetIdentifier: 5)
        #expect(flow.unreleased.isEmpty)
        #expect(publish(&flow, .exactlyOnce, 5, maximum: 1) == .route)
    }
}
