import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

/// Packets that do not end are held within a limit, and whoever holds most goes first.
struct ReassemblyTests {
    private let observer = RecordingObserver()

    private func broker() -> SimulatedBroker {
        var limits = BrokerLimits()
        limits.maximumReassemblyBytes = 1_000_000
        limits.maximumConnectPacketSize = 100_000
        let observer = observer
        return SimulatedBroker(limits: limits) { _ in BrokerPorts(observer: observer) }
    }

    /// The beginning of a PUBLISH of a megabyte.
    private func unfinished(_ count: Int) -> [UInt8] {
        Array(ClientPacket.publish("t", [UInt8](repeating: 1, count: 1_000_000)).prefix(count))
    }

    @Test("Beyond the limit the largest holder is disconnected, not whoever sends next")
    func largestGoes() throws {
        let broker = broker()
        let small = try TestClient.connected(broker, ConnectFields("small"))
        let large = try TestClient.connected(broker, ConnectFields("large"))
        let victim = try TestClient.connected(broker, ConnectFields("victim"))
        small.send(unfinished(390_000))
        large.send(unfinished(600_000))
        victim.send(unfinished(20_000))
        #expect(try large.receive() == [.disconnect(reason: ReasonCode.quotaExceeded.rawValue)])
        #expect(large.link.isClosedByBroker)
        #expect(!small.link.isClosedByBroker && !victim.link.isClosedByBroker)
        #expect(broker.shard.reassemblyBytes == 410_000)
        #expect(observer.causes == [.limitExceeded(reasonCode: ReasonCode.quotaExceeded.rawValue)])
    }

    @Test("When nobody holds much, whoever goes beyond the limit is disconnected")
    func manySmall() throws {
        let broker = broker()
        let clients = try (0..<21).map { try TestClient.connected(broker, ConnectFields("\($0)")) }
        for client in clients { client.send(unfinished(50_000)) }
        #expect(clients.map(\.link.isClosedByBroker) == Array(repeating: false, count: 20) + [true])
        #expect(broker.shard.reassemblyBytes == 1_000_000)
    }

    @Test("Who has sent nothing more for a minute goes before larger ones that go on")
    func stalledGoes() throws {
        let broker = broker()
        let stalled = try TestClient.connected(broker, ConnectFields("stalled"))
        let busy = try TestClient.connected(broker, ConnectFields("busy"))
        stalled.send(unfinished(200_000))
        let packet = unfinished(780_000)
        busy.send(Array(packet.prefix(600_000)))
        broker.advanceSettling(milliseconds: 61_000)
        busy.send(Array(packet.dropFirst(600_000)))
        #expect(!stalled.link.isClosedByBroker, "alone it disturbs nobody")
        let next = try TestClient.connected(broker, ConnectFields("next"))
        next.send(unfinished(30_000))
        #expect(try stalled.receive() == [.disconnect(reason: ReasonCode.quotaExceeded.rawValue)])
        #expect(!busy.link.isClosedByBroker && !next.link.isClosedByBroker)
    }

    @Test("Strangers have a smaller limit of their own: clients lose nothing, and the largest stranger goes")
    func strangers() throws {
        let broker = broker()
        let client = try TestClient.connected(broker, ConnectFields("client"))
        client.send(unfinished(990_000))
        var fields = ConnectFields("stranger", version: .v5)
        fields.properties.addUserProperty("a", String(repeating: "x", count: 60_000))
        fields.properties.addUserProperty("b", String(repeating: "x", count: 30_000))
        let strangers = (0..<2).map { _ in TestClient(broker) }
        strangers[0].send(Array(fields.bytes.prefix(70_000)))
        #expect(broker.shard.reassemblyBytes == 1_060_000)
        strangers[1].send(Array(fields.bytes.prefix(60_000)))
        #expect(strangers[0].link.isClosedByBroker)
        #expect(!strangers[1].link.isClosedByBroker && !client.link.isClosedByBroker)
        #expect(broker.shard.reassemblyBytes == 1_050_000)
        // Once it is let in it is a client like all others.
        strangers[1].send(Array(fields.bytes.dropFirst(60_000)))
        #expect(broker.shard.reassemblyBytes == 990_000)
        strangers[1].send(unfinished(20_000))
        #expect(client.link.isClosedByBroker)
        #expect(broker.shard.reassemblyBytes == 20_000)
    }

    @Test("What a connection held is given back however it ends")
    func givenBack() throws {
        let broker = broker()
        let clients = try (0..<3).map { try TestClient.connected(broker, ConnectFields("\($0)")) }
        for client in clients { client.send(unfinished(100_000)) }
        #expect(broker.shard.reassemblyBytes == 300_000)
        clients[0].lose()
        #expect(broker.shard.reassemblyBytes == 200_000)
        let again = try TestClient.connected(broker, ConnectFields("1"))
        #expect(broker.shard.reassemblyBytes == 100_000, "its session was taken over")
        #expect(!again.link.isClosedByBroker)
        clients[2].link.clientCloses()
        broker.settle()
        #expect(broker.shard.reassemblyBytes == 0)
    }
}
