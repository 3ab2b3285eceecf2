import BrokerValues
import MQTTWire
import Testing

@testable import skepbench

struct StreamTests {
    private let encoder = ClientEncoder(version: .v3_1_1)

    /// Three messages, one of them long, two acknowledgements and a ping.
    private var stream: [UInt8] {
        let short = encoder.publish(topic: "a/b", payload: [1, 2, 3], qos: .atMostOnce).bytes
        let long = encoder.publish(topic: "a", payload: [UInt8](repeating: 0xFF, count: 20_000), qos: .atLeastOnce)
            .bytes
        let empty = encoder.publish(topic: "a", payload: [], qos: .atMostOnce).bytes
        return short + encoder.acknowledge(1) + long + encoder.ping + empty + encoder.acknowledge(0xFFFF)
    }

    @Test("Packets are counted by type, however the stream is cut", arguments: [1, 2, 3, 7, 64, 1_000, 1_000_000])
    func counter(pieceSize: Int) {
        var counter = FrameCounter()
        let stream = stream + stream
        for start in stride(from: 0, to: stream.count, by: pieceSize) {
            Array(stream[start..<min(stream.count, start + pieceSize)]).withByteView { counter.feed($0) }
        }
        #expect(counter.publishes == 6)
        #expect(counter.acknowledgements == 4)
        #expect(counter.others == 2)
        #expect(!counter.isBroken)
    }

    @Test("A length of more than four bytes ends the counting", arguments: [1, 100])
    func brokenLength(pieceSize: Int) {
        var counter = FrameCounter()
        let bytes = encoder.ping + [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01] + encoder.ping
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            Array(bytes[start..<min(bytes.count, start + pieceSize)]).withByteView { counter.feed($0) }
        }
        #expect(counter.isBroken)
        #expect(counter.others == 1)
        #expect(counter.publishes == 0)
    }

    @Test("Whole packets come out in order, however the stream is cut", arguments: [1, 2, 5, 100, 1_000_000])
    func reader(pieceSize: Int) throws {
        var reader = PacketReader()
        var found: [[UInt8]] = []
        let stream = stream
        for start in stride(from: 0, to: stream.count, by: pieceSize) {
            try Array(stream[start..<min(stream.count, start + pieceSize)]).withByteView { (bytes) throws(BenchError) in
                try reader.feed(bytes) { packet, _ in found.append(packet.bytes) }
            }
        }
        #expect(found.flatMap { $0 } == stream)
        #expect(found.map { $0[0] >> 4 } == [3, 4, 3, 12, 3, 4])
    }

    @Test("A packet that is too large, or has no readable length, is refused")
    func refusedPackets() {
        for bytes: [UInt8] in [[0x30, 0xFF, 0xFF, 0xFF, 0x7F], [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]] {
            var reader = PacketReader()
            #expect(throws: BenchError.self) {
                try bytes.withByteView { (view) throws(BenchError) in try reader.feed(view) { _, _ in } }
            }
        }
    }
}

/// What the encoder writes is read by the broker's own decoder.
struct ClientEncoderTests {
    private func header(_ bytes: [UInt8]) throws -> FixedHeader {
        let header = try #require(try bytes.withByteView { (view) throws(WireError) in try FixedHeader.parse(view) })
        #expect(header.packetLength == bytes.count)
        return header
    }

    @Test("CONNECT is read as it was meant", arguments: ProtocolVersion.allCases)
    func connect(version: ProtocolVersion) throws {
        let encoder = ClientEncoder(version: version)
        let will = ClientEncoder.Will(topic: "gone/1", payload: [7, 8], qos: .atLeastOnce)
        let bytes = encoder.connect(identifier: "one", keepAlive: 300, will: will)
        let header = try header(bytes)
        #expect(header.type == .connect)
        let packet = try bytes.withByteView { (view) throws(ConnectError) in
            try ConnectPacket.decode(view.dropping(header.length), limits: BrokerLimits())
        }
        #expect(packet.version == version)
        #expect(packet.clientIdentifier == "one")
        #expect(packet.keepAlive == 300)
        #expect(packet.cleanStart)
        #expect(packet.will?.message.qos == .atLeastOnce)
    }

    @Test("PUBLISH is read as it was meant, and its offsets are right", arguments: ProtocolVersion.allCases)
    func publish(version: ProtocolVersion) throws {
        let encoder = ClientEncoder(version: version)
        for qos in [QualityOfService.atMostOnce, .atLeastOnce] {
            for size in [0, 9, 64, 200, 20_000] {
                let payload = [UInt8](repeating: 0x41, count: size)
                var form = encoder.publish(topic: "a/b", payload: payload, qos: qos)
                if qos == .atLeastOnce {
                    form.bytes[form.identifierOffset] = 0x12
                    form.bytes[form.identifierOffset + 1] = 0x34
                }
                let header = try header(form.bytes)
                try form.bytes.withByteView { (bytes) throws(WireError) in
                    let view = try PublishView.decode(bytes, header: header, version: version)
                    #expect(view.topic.text == "a/b")
                    #expect(view.qos == qos)
                    #expect(view.packetIdentifier == (qos == .atMostOnce ? 0 : 0x1234))
                    #expect(view.payload.bytes == payload)
                    #expect(form.payloadOffset == bytes.count - size)
                }
            }
        }
    }

    @Test("SUBSCRIBE and PUBACK are read as they were meant", arguments: ProtocolVersion.allCases)
    func subscribe(version: ProtocolVersion) throws {
        let encoder = ClientEncoder(version: version)
        let bytes = encoder.subscribe(packetIdentifier: 5, filter: "a/+", qos: .atLeastOnce)
        let length = try header(bytes).length
        try bytes.withByteView { (view) throws(WireError) in
            let packet = try SubscribeView.decode(view.dropping(length), version: version)
            #expect(packet.packetIdentifier == 5)
            #expect(packet.entries.map(\.filter.text) == ["a/+"])
            #expect(packet.entries.map(\.options.qos) == [.atLeastOnce])
        }
        let acknowledgement = encoder.acknowledge(0x0102)
        let start = try header(acknowledgement).length
        try acknowledgement.withByteView { (view) throws(WireError) in
            let packet = try AcknowledgementPacket.decode(view.dropping(start), type: .puback, version: version)
            #expect(packet.packetIdentifier == 0x0102)
        }
    }

    @Test("A session that is kept, or goes on, is asked for as each version does", arguments: ProtocolVersion.allCases)
    func session(version: ProtocolVersion) throws {
        let encoder = ClientEncoder(version: version)
        let bytes = encoder.connect(
            identifier: "one", keepAlive: 300, session: ClientEncoder.Session(cleanStart: false, isKept: true))
        let header = try header(bytes)
        let packet = try bytes.withByteView { (view) throws(ConnectError) in
            try ConnectPacket.decode(view.dropping(header.length), limits: BrokerLimits())
        }
        #expect(!packet.cleanStart)
        #expect(packet.properties.sessionExpiry == (version == .v5 ? ClientEncoder.Session.longestExpiry : .max))
    }

    @Test("Several filters, UNSUBSCRIBE and retained messages are read as meant", arguments: ProtocolVersion.allCases)
    func filters(version: ProtocolVersion) throws {
        let encoder = ClientEncoder(version: version)
        let subscribe = encoder.subscribe(packetIdentifier: 5, filters: ["a", "b/#"], qos: .exactlyOnce)
        let unsubscribe = encoder.unsubscribe(packetIdentifier: 6, filter: "a/+")
        let lengths = (try header(subscribe).length, try header(unsubscribe).length)
        try subscribe.withByteView { (view) throws(WireError) in
            let packet = try SubscribeView.decode(view.dropping(lengths.0), version: version)
            #expect(packet.entries.map(\.filter.text) == ["a", "b/#"])
        }
        try unsubscribe.withByteView { (view) throws(WireError) in
            let packet = try UnsubscribeView.decode(view.dropping(lengths.1), version: version)
            #expect(packet.packetIdentifier == 6)
        }
        #expect(encoder.publish(topic: "t", payload: [], qos: .atLeastOnce, isRetained: true).bytes[0] == 0x33)
    }
}
