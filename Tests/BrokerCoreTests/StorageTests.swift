import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

@Suite("What is stored, and who waits for it")
struct StorageTests {
    private func acknowledgements(_ packets: [ServerPacket]) -> [String] {
        packets.compactMap { packet in
            if case .acknowledgement(let type, let identifier, let reason) = packet {
                return "\(type.name) \(identifier)\(reason == 0 ? "" : " \(reason)")"
            }
            return nil
        }
    }

    @Test("A message that its receiver acknowledges while the storage is busy is never written, and its PUBACK comes")
    func elision() throws {
        let setting = StorageSetting()
        let subscriber = try setting.subscriber(qos: 1)
        let publisher = try setting.client("publisher")
        setting.storage.isHolding = true
        publisher.publish("t/1", "in the batch under way", qos: 1)
        publisher.publish("t/1", "elided", qos: 1)
        for publish in try subscriber.publishes() { subscriber.acknowledge(.puback, publish.identifier) }
        #expect(acknowledgements(try publisher.receive()) == [], "the first is being written")
        setting.storage.isHolding = false
        #expect(acknowledgements(try publisher.receive()) == ["PUBACK 1", "PUBACK 2"])
        let written = setting.storage.batches.flatMap(\.messages).map(\.message.payloadCount)
        #expect(written == ["in the batch under way".utf8.count])
        #expect(setting.storage.leftoverMessages == [])
    }

    @Test("A message that one of its receivers has acknowledged is written for the others only")
    func partialElision() throws {
        let setting = StorageSetting()
        let quick = try setting.subscriber("quick", qos: 1)
        _ = try setting.subscriber("away", qos: 1).lose()
        let publisher = try setting.client("publisher")
        setting.storage.isHolding = true
        publisher.publish("t/1", "first", qos: 1)
        publisher.publish("t/1", "second", qos: 1)
        for publish in try quick.publishes() { quick.acknowledge(.puback, publish.identifier) }
        setting.storage.isHolding = false
        setting.broker.settle()
        let second = try #require(setting.storage.batches.flatMap(\.messages).last)
        #expect(second.message.payloadCount == "second".utf8.count)
        #expect(second.receivers.count == 1)
        setting.crash()
        #expect(try setting.drain(try setting.returning("away").client) == ["first", "second"])
        #expect(try setting.drain(try setting.returning("quick").client) == [])
        #expect(setting.storage.leftoverMessages == [])
    }

    @Test("PUBACK, PUBREC, PUBCOMP and SUBACK wait for the storage, in their order; QoS 0 waits for nothing")
    func acknowledgementsWait() throws {
        let setting = StorageSetting()
        _ = try setting.subscriber("away").lose()
        let reader = try setting.client("reader")
        _ = try reader.subscribe("t/#", 0)
        let publisher = try TestClient.connected(setting.broker, .durable("publisher"))
        setting.broker.settle()
        setting.storage.isHolding = true
        publisher.publish("t/1", "one", qos: 1)
        publisher.publish("t/1", "two", qos: 2)
        publisher.publish("t/1", "none", qos: 0)
        publisher.publish("nobody", "three", qos: 1)
        _ = try publisher.subscribe("x", 1)
        #expect(try publisher.receive() == [])
        #expect(try reader.payloads() == ["one", "two", "none"])
        setting.storage.isHolding = false
        let packets = try publisher.receive()
        #expect(acknowledgements(packets) == ["PUBACK 1", "PUBREC 2", "PUBACK 3 16"])
        #expect(packets.count == 4)
        setting.storage.isHolding = true
        publisher.acknowledge(.pubrel, 2)
        #expect(try publisher.receive() == [])
        setting.storage.isHolding = false
        #expect(acknowledgements(try publisher.receive()) == ["PUBCOMP 2"])
    }

    @Test("PUBLISH of QoS 2 and PUBREL wait for the storage, QoS 1 does not; an identifier rests until PUBCOMP is safe")
    func outboundWaits() throws {
        let setting = StorageSetting()
        let subscriber = try setting.subscriber()
        let publisher = try setting.client("publisher")
        setting.storage.isHolding = true
        publisher.publish("t/1", "two", qos: 2)
        publisher.publish("t/1", "one", qos: 1)
        #expect(try subscriber.payloads() == ["one"])
        setting.storage.isHolding = false
        let publish = try #require(try subscriber.publishes().first)
        #expect(publish.qos == 2)
        setting.storage.isHolding = true
        subscriber.acknowledge(.pubrec, publish.identifier)
        #expect(try subscriber.receive() == [])
        setting.storage.isHolding = false
        #expect(acknowledgements(try subscriber.receive()) == ["PUBREL \(publish.identifier)"])
        setting.storage.isHolding = true
        subscriber.acknowledge(.pubcomp, publish.identifier)
        for number in 0..<9 { publisher.publish("t/1", "\(number)", qos: 1) }
        let identifiers = try subscriber.publishes().map(\.identifier)
        #expect(identifiers.count == 9)
        #expect(!identifiers.contains(publish.identifier))
    }

    @Test("A QoS 2 message whose identifier is not safe is not sent to a client that returns meanwhile, either")
    func resendWaits() throws {
        let setting = StorageSetting()
        let subscriber = try setting.subscriber()
        let publisher = try setting.client("publisher")
        setting.storage.isHolding = true
        publisher.publish("t/1", "two", qos: 2)
        subscriber.lose()
        let returned = try setting.returning("subscriber").client
        #expect(try returned.publishes() == [])
        setting.storage.isHolding = false
        #expect(try returned.payloads() == ["two"])
    }

    @Test("PUBCOMP for a PUBREL that is repeated waits until the identifier's end is safe")
    func repeatedPubrel() throws {
        let setting = StorageSetting()
        _ = try setting.subscriber("away").lose()
        var publisher = try TestClient.connected(setting.broker, .durable("publisher"))
        publisher.publish("t/1", "two", qos: 2)
        #expect(acknowledgements(try publisher.receive()) == ["PUBREC 1"])
        setting.storage.isHolding = true
        publisher.acknowledge(.pubrel, 1)
        publisher.lose()
        publisher = try setting.returning("publisher").client
        publisher.acknowledge(.pubrel, 1)
        #expect(acknowledgements(try publisher.receive()) == [])
        setting.storage.isHolding = false
        #expect(try publisher.receive().count == 1)
    }

    @Test("A will that waits for its turn is not lost with the session that ends before it")
    func willOfEndedSession() throws {
        let setting = StorageSetting { $0.maximumWillsPerTick = 1 }
        let receiver = try setting.subscriber("receiver")
        receiver.lose()
        for number in 0..<3 {
            var fields = ConnectFields.durable("will-\(number)", expiry: 1)
            fields.willTopic = "t/will"
            fields.willPayload = Array("\(number)".utf8)
            fields.willQoS = 1
            fields.willProperties.add(0x18, uint32: 1)
            _ = try TestClient.connected(setting.broker, fields).lose()
        }
        setting.broker.settle()
        setting.broker.advance(milliseconds: 1_100)
        setting.broker.settle()
        setting.crash()
        setting.broker.advanceSettling(milliseconds: 200)
        #expect(try setting.drain(try setting.returning("receiver").client).sorted() == ["0", "1", "2"])
    }
}
