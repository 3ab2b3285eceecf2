import SimulationKit
import FuzzTargets
import MQTTWire
import Testing

/// How the bytes are cut into reads is the network's doing and must make no difference.
@Suite("Reads of any size")
struct DripFeedTests {
    /// What a client gets that sends a conversation in pieces.
    private func output(_ pieces: [[UInt8]]) -> [UInt8] {
        let fuzz = ShardFuzz(shardCount: 1)
        fuzz.run(FuzzScript(steps: pieces.flatMap { [.feed(client: 0, $0), .read(client: 0)] }))
        return fuzz.outputs[0]
    }

    @Test("A conversation byte by byte is answered as the same in one read", arguments: Conversation.all.indices)
    func byteByByte(index: Int) throws {
        let conversation = Conversation.all[index]
        let whole = output([conversation.bytes])
        #expect(!whole.isEmpty)
        #expect(output(conversation.bytes.map { [$0] }) == whole, "\(conversation.name)")
        #expect(output(conversation.packets) == whole, "\(conversation.name)")
    }

    @Test("A conversation cut anywhere is answered as the same in one read", arguments: Conversation.all.indices)
    func cutAnywhere(index: Int) throws {
        let conversation = Conversation.all[index]
        let bytes = conversation.bytes
        let whole = output([bytes])
        for cut in stride(from: 1, to: bytes.count, by: max(1, bytes.count / 60)) {
            #expect(output([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "\(conversation.name) at \(cut)")
        }
    }

    @Test("Hundreds of packets in one read are all answered")
    func manyInOneRead() throws {
        let broker = SimulatedBroker()
        let client = try TestClient.connected(broker, ConnectFields("many"))
        _ = try client.subscribe("m", 0)
        var bytes: [UInt8] = []
        for number in 0..<300 {
            bytes += ClientPacket.publish("m", Array("\(number)".utf8))
            bytes += ClientPacket.pingreq
        }
        let answers = try client.exchange(bytes)
        let texts = answers.compactMap { packet -> String? in
            if case .publish(let publish) = packet { return String(decoding: publish.payload, as: UTF8.self) }
            return nil
        }
        #expect(texts == (0..<300).map(String.init))
        #expect(answers.count { $0 == .pingresp } == 300)
    }

    @Test("Large messages in one read arrive whole and in order")
    func largeInOneRead() throws {
        let broker = SimulatedBroker()
        let client = try TestClient.connected(broker, ConnectFields("large"))
        _ = try client.subscribe("l", 0)
        let sizes = [10, 2047, 2048, 2049, 5, 9000, 9001, 3, 2048, 2048, 1]
        let payloads = sizes.enumerated().map { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
        client.send(payloads.flatMap { ClientPacket.publish("l", $0) })
        let received = try client.publishes().map(\.payload)
        #expect(received.map(\.count) == sizes)
        #expect(received == payloads)
    }
}
