import SimulationKit
import BrokerValues
import FuzzTargets
import MQTTWire
import Testing

/// The files of `Corpus`: seeds of the fuzzers, and every input that ever broke something.
@Suite("Corpus")
struct CorpusTests {
    @Test("Every file of the decoder's corpus is decoded without a contradiction")
    func decoder() throws {
        let files = try corpus("decoder")
        #expect(files.count >= Conversation.all.count)
        for file in files { DecoderFuzz.fuzz(file.bytes) }
    }

    @Test("Every file of the shard's corpus leaves a broker that is sound and empty")
    func shard() throws {
        let files = try corpus("shard")
        #expect(files.count >= Conversation.all.count)
        for file in files {
            let fuzz = ShardFuzz()
            fuzz.run(FuzzScript(bytes: file.bytes))
            #expect(fuzz.leftovers() == [], "\(file.name)")
        }
    }

    @Test("Every file of the corpus of headers and frames is read the same however it is cut")
    func doors() throws {
        let headers = try corpus("proxy")
        let frames = try corpus("websocket")
        #expect(headers.count >= 5 && frames.count >= 5)
        for file in headers { DoorFuzz.proxy(file.bytes) }
        for file in frames { DoorFuzz.webSocket(file.bytes) }
    }

    @Test("The corpus holds every conversation as a seed")
    func seeds() throws {
        if environment("SKEP_WRITE_SEEDS") != nil { try writeSeeds() }
        let decoder = Set(try corpus("decoder").map(\.bytes))
        let shard = Set(try corpus("shard").map(\.bytes))
        for (index, conversation) in Conversation.all.enumerated() {
            let seed = seedFiles(conversation, index)
            #expect(decoder.contains(seed.decoder), "\(conversation.name); write it with SKEP_WRITE_SEEDS=1")
            #expect(shard.contains(seed.shard), "\(conversation.name); write it with SKEP_WRITE_SEEDS=1")
        }
    }

    @Test("A script survives being written and read")
    func scriptForm() {
        let long = [UInt8](repeating: 3, count: 1000)
        let script = FuzzScript(steps: [
            .feed(client: 0, [1, 2]), .feed(client: 3, long), .reset(client: 2), .read(client: 1), .advance(200),
            .feed(client: 1, []),
        ])
        #expect(FuzzScript(bytes: script.bytes) == script)
    }

    private func seedFiles(_ conversation: Conversation, _ index: Int) -> (decoder: [UInt8], shard: [UInt8]) {
        let version = ProtocolVersion.allCases.firstIndex(of: conversation.version) ?? 0
        var steps = conversation.packets.map { FuzzScript.Step.feed(client: index % 4, $0) }
        steps += [
            .read(client: index % 4), .reset(client: index % 4),
            .feed(client: (index + 1) % 4, conversation.packets[0]),
        ]
        steps += [.advance(3)]
        return ([UInt8(version)] + conversation.bytes, FuzzScript(steps: steps).bytes)
    }

    private func writeSeeds() throws {
        for (index, conversation) in Conversation.all.enumerated() {
            let name = "seed-" + conversation.name.map { $0 == " " ? "-" : String($0) }.joined()
            let seed = seedFiles(conversation, index)
            try write(seed.decoder, to: corpusPath("decoder") + "/" + name)
            try write(seed.shard, to: corpusPath("shard") + "/" + name)
        }
    }
}
