import BrokerCore
import BrokerValues
import MQTTWire
import RandomKit
import SimulationKit
import Testing

struct SharedGroupTests {
    private func member(_ broker: SimulatedBroker, _ number: Int) throws -> TestClient {
        let client = try TestClient.connected(broker, ConnectFields("member-\(number)"))
        _ = try client.subscribe("$share/g/t", 0)
        return client
    }

    @Test("Members that leave take their turns with them: the one that is left gets every message")
    func leaving() throws {
        let broker = SimulatedBroker()
        let members = try (0..<5).map { try member(broker, $0) }
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        for number in 0..<4 { publisher.send(ClientPacket.publish("t", [UInt8(number)])) }
        for member in members.dropFirst() { member.send(ClientPacket.disconnect()) }
        let before = try members[0].publishes().count
        for number in 0..<3 { publisher.send(ClientPacket.publish("t", [UInt8(number)])) }
        #expect(before == 1)
        #expect(try members[0].publishes().count == 3)
    }

    @Test("While members come and go each message reaches exactly one of them", arguments: Seeds.all)
    func comingAndGoing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let broker = SimulatedBroker()
        let publisher = try TestClient.connected(broker, ConnectFields("publisher"))
        var members = [try member(broker, 0)]
        var next = 1
        for step in 0..<300 {
            if random.below(3) == 0, members.count < 8 {
                members.append(try member(broker, next))
                next += 1
            } else if random.below(2) == 0, members.count > 1 {
                members.remove(at: random.below(members.count)).send(ClientPacket.disconnect())
            }
            publisher.send(ClientPacket.publish("t", [1]))
            let count = try members.reduce(0) { $0 + (try $1.publishes().count) }
            #expect(count == 1, "seed \(seed), step \(step)")
        }
    }
}
