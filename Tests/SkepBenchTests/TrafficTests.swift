import BrokerValues
import MQTTWire
import Testing

@testable import skepbench

struct TrafficPacerTests {
    private func plan(_ pace: TrafficPlan.Pace, weights: [Int], receivers: Int = 1) -> TrafficPlan {
        var plan = TrafficPlan(encoder: ClientEncoder(version: .v3_1_1), pace: pace)
        plan.descriptors = weights.map { _ in -1 }
        plan.publishers = weights.enumerated().map { number, weight in
            TrafficPlan.Publisher(
                client: number, topics: ["t"], qos: .atMostOnce, payloadSize: 8, receivers: receivers, weight: weight)
        }
        return plan
    }

    @Test("At a fixed rate messages are due in equal steps, also after a billion of them")
    func due() {
        var pacer = TrafficPacer(plan(.rate(4), weights: [1]))
        pacer.start(at: 1_000)
        let due = (0..<9).map { _ in
            defer { _ = pacer.takeTurn() }
            return pacer.due
        }
        #expect(due == (0..<9).map { 1_000 + $0 * 250_000_000 })
    }

    @Test("Each publisher has as many turns as its weight says, spread over the whole")
    func weights() {
        var pacer = TrafficPacer(plan(.rate(1), weights: [1, 10, 1, 8]))
        let turns = (0..<40).map { _ in pacer.takeTurn() }
        #expect((0..<4).map { client in turns.count { $0 == client } } == [2, 20, 2, 16])
        #expect(turns[..<20] == turns[20...])
        // Nobody has three turns in a row.
        #expect(!(2..<40).contains { turns[$0] == turns[$0 - 1] && turns[$0] == turns[$0 - 2] })
    }

    @Test("Neighbours do not send one right after the other")
    func bursts() {
        var pacer = TrafficPacer(plan(.rate(1), weights: [Int](repeating: 1, count: 1_000)))
        let turns = (0..<1_000).map { _ in pacer.takeTurn() }
        #expect(Set(turns).count == 1_000)
        #expect(!(1..<1_000).contains { abs(turns[$0] - turns[$0 - 1]) < 10 })
    }

    @Test("A window of QoS 0 counts deliveries: as many messages as it says, for all receivers")
    func window() {
        var pacer = TrafficPacer(plan(.window(10), weights: [1, 1], receivers: 100))
        pacer.start(at: 0)
        #expect(pacer.room(underWay: 0, received: 0, now: 0) == 1_000)
        #expect(pacer.room(underWay: 999, received: 0, now: 1) == 1)
        #expect(pacer.room(underWay: 1_000, received: 500, now: 2) == 0)
    }

    @Test("What does not come for long is given up, so that the load goes on, and counts again when it comes")
    func patience() {
        var pacer = TrafficPacer(plan(.window(10), weights: [1]))
        pacer.start(at: 0)
        #expect(pacer.room(underWay: 10, received: 5, now: 0) == 0)
        #expect(pacer.room(underWay: 10, received: 5, now: TrafficPacer.patience) == 0)
        #expect(pacer.room(underWay: 10, received: 5, now: TrafficPacer.patience + 1) == 10)
        #expect(pacer.room(underWay: 15, received: 5, now: TrafficPacer.patience + 2) == 5)
        // The ten have come after all.
        #expect(pacer.room(underWay: 5, received: 15, now: TrafficPacer.patience + 3) == 10)
        #expect(pacer.room(underWay: 0, received: 20, now: TrafficPacer.patience + 4) == 10)
    }

    @Test("Those that may send take turns, also when the list has been long")
    func ready() {
        var pacer = TrafficPacer(plan(.window(1), weights: [1]))
        var expected = 0
        for round in 0..<5_000 {
            pacer.makeReady(2 * round)
            pacer.makeReady(2 * round + 1)
            #expect(pacer.takeReady() == expected)
            expected += 1
        }
        while let next = pacer.takeReady() {
            #expect(next == expected)
            expected += 1
        }
        #expect(expected == 10_000)
    }

    @Test("A window is never larger than what the broker admits or packet identifiers allow")
    func windowOfPublisher() {
        let publisher = plan(.window(1), weights: [1]).publishers[0]
        let wide = TrafficPacer(plan(.window(1_000_000), weights: [1]))
        #expect(wide.window(of: publisher, ConnackLimits()) == TrafficPlan.largestWindow)
        #expect(wide.window(of: publisher, ConnackLimits(receiveMaximum: 20)) == 20)
        #expect(TrafficPacer(plan(.window(3), weights: [1])).window(of: publisher, ConnackLimits()) == 3)
    }
}

struct TrafficPlanTests {
    @Test("Threads get all clients and publishers between them, each once, and the rate by their publishers")
    func parts() {
        var plan = TrafficPlan(encoder: ClientEncoder(version: .v3_1_1), pace: .rate(9))
        plan.descriptors = (0..<10).map { Int32($0 + 100) }
        plan.openings = (0..<10).map { [UInt8($0)] }
        plan.publishers = [1, 4, 5, 9].map {
            TrafficPlan.Publisher(
                client: $0, topics: ["\($0)"], qos: .atLeastOnce, payloadSize: 8, receivers: 1, total: $0)
        }
        let parts = (0..<3).map { plan.part($0, of: 3) }
        #expect(parts.flatMap(\.descriptors).sorted() == plan.descriptors)
        #expect(parts.flatMap(\.publishers).count == 4)
        // As many messages of a thread as it has publishers of the four.
        let rates = parts.map { if case .rate(let rate) = $0.pace { rate } else { 0.0 } }
        #expect(rates == [2.25, 4.5, 2.25])
        for part in parts {
            #expect(part.threads == 3)
            for publisher in part.publishers {
                #expect(part.descriptors[publisher.client] == 100 + Int32(publisher.total ?? 0))
                #expect(part.openings[publisher.client] == [UInt8(publisher.total ?? 0)])
            }
        }
    }

    @Test("Of a fleet of 100 devices 90 send half of the messages, 9 the other half, and 1 a picture")
    func fleet() {
        let publishers = Topology.fleet(devices: 100, "p/").publishers
        let weights = Dictionary(grouping: publishers) { $0.payloadSize }.mapValues { $0.reduce(0) { $0 + $1.weight } }
        #expect(weights == [64: 90, 256: 90, 8_192: 1, 128: Topology.commandGroups])
        // Commands: every device and the monitor.
        #expect(publishers.filter { $0.payloadSize == 128 }.reduce(0) { $0 + $1.receivers - 1 } == 100)
    }
}

struct PublishHeadTests {
    private func head(_ bytes: [UInt8], count: Int? = nil, _ version: ProtocolVersion) throws -> PublishHead? {
        try Array(bytes.prefix(count ?? bytes.count)).withByteView { (view) throws(BenchError) in
            let header: FixedHeader?
            do throws(WireError) { header = try FixedHeader.parse(view) } catch { throw BenchError(.refused, "") }
            guard let header else { return nil }
            return try PublishHead.read(view, header, hasProperties: version.hasProperties)
        }
    }

    @Test("The head of a PUBLISH is read as soon as it is there, and never before", arguments: ProtocolVersion.allCases)
    func cut(version: ProtocolVersion) throws {
        var client = TrafficClient(descriptor: -1)
        client.payload = [UInt8](repeating: 1, count: 300)
        client.forms = [
            ClientEncoder(version: version).publish(
                topic: "some/topic", payload: client.payload, qos: .exactlyOnce
            ).head
        ]
        client.publish(stamp: 0x0102_0304_0506_0708)
        let packet = client.output
        let whole = packet.count - 300 + 8
        for count in 0..<whole { #expect(try head(packet, count: count, version) == nil, "\(count)") }
        for count in [whole, whole + 1, packet.count] {
            let head = try #require(try head(packet, count: count, version))
            #expect(head.qos == 2 && head.identifier == 1 && !head.isRedelivered)
            #expect(head.stamp == 0x0102_0304_0506_0708)
        }
        #expect(client.inFlight == 1)
    }

    @Test("A payload without room for a stamp has none")
    func short() throws {
        let packet = ClientEncoder(version: .v5).publish(topic: "t", payload: [1, 2, 3], qos: .atMostOnce).bytes
        let head = try #require(try head(packet, .v5))
        #expect(head.stamp == nil && head.qos == 0)
    }

    @Test(
        "A PUBLISH that is shorter than what it holds is refused",
        arguments: [
            [0x30, 1, 0], [0x30, 3, 0, 9, 0x61], [0x32, 3, 0, 1, 0x61], [0x30, 3, 0, 1, 0x61],
            [0x30, 4, 0, 1, 0x61, 0x05], [0x30, 8, 0, 1, 0x61, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: BenchError.self) { try head(bytes, .v5) }
    }

    @Test("Packet identifiers go round without 0, and topics take turns")
    func identifiers() {
        var client = TrafficClient(descriptor: -1)
        let encoder = ClientEncoder(version: .v3_1_1)
        client.forms = ["a", "b", "c"].map { encoder.publish(topic: $0, payload: [], qos: .atLeastOnce) }
        client.identifier = .max - 1
        client.left = 4
        for _ in 0..<4 { client.publish(stamp: 0) }
        let packets = stride(from: 0, to: client.output.count, by: 7).map { Array(client.output[$0..<$0 + 7]) }
        #expect(packets.map { $0[4] } == Array("abca".utf8))
        #expect(packets.map { Int($0[5]) << 8 | Int($0[6]) } == [65_535, 1, 2, 3])
        #expect(client.left == 0)
    }
}

struct TrafficClientTests {
    @Test("What a socket takes slowly does not pile up behind what it has taken")
    func slowSocket() {
        var client = TrafficClient(descriptor: -1)
        client.payload = [UInt8](repeating: 7, count: 1_000)
        client.forms = [
            ClientEncoder(version: .v3_1_1).publish(topic: "t", payload: client.payload, qos: .atMostOnce).head
        ]
        var sent = 0
        for _ in 0..<10_000 {
            client.publish(stamp: 0)
            // Never all of it.
            let taken = client.waiting - 1
            client.outputStart += taken
            sent += taken
            client.forgetSent()
            #expect(client.output.count < 4 * TrafficLoop.outputLimit)
        }
        #expect(client.waiting == 1)
        #expect(sent + 1 == 10_000 * (1_000 + 6))
    }

    @Test("What was due and could not be sent is kept in order, and its room is given back")
    func overdue() {
        var client = TrafficClient(descriptor: -1)
        for due in 0..<100_000 {
            client.keepOverdue(due)
            if due % 10 != 0 {
                #expect(client.overdue[client.overdueStart] == due - due / 10 - 1)
                client.overdueStart += 1
            }
        }
        #expect(client.overdue.count - client.overdueStart == 10_000)
        #expect(client.overdue.count < 30_000)
    }
}

struct ConnackLimitsTests {
    private func limits(_ properties: [UInt8]) throws -> ConnackLimits {
        let packet = [0x20, UInt8(properties.count + 3), 0, 0, UInt8(properties.count)] + properties
        return try packet.withByteView { (view) throws(BenchError) in
            let header: FixedHeader?
            do throws(WireError) { header = try FixedHeader.parse(view) } catch { throw BenchError(.data, "") }
            guard let header else { throw BenchError(.data, "") }
            return try ConnackLimits.read(view, header: header)
        }
    }

    @Test("What the broker admits is read out of all that a CONNACK may hold")
    func read() throws {
        let all: [UInt8] =
            [0x11, 0, 0, 0, 9, 0x21, 0, 20, 0x24, 1, 0x25, 1, 0x27, 0, 0, 16, 0, 0x12, 0, 1, 0x61, 0x22, 0, 5]
            + [0x1F, 0, 0, 0x26, 0, 1, 0x61, 0, 0, 0x28, 1, 0x29, 1, 0x2A, 1, 0x13, 0, 60, 0x16, 0, 0]
        #expect(
            try limits(all)
                == ConnackLimits(receiveMaximum: 20, maximumPacketSize: 4_096, maximumQoS: .atLeastOnce))
        #expect(try limits([]) == ConnackLimits())
    }

    @Test(
        "A CONNACK that cannot be read is refused",
        arguments: [[0x21], [0x21, 0], [0x00], [0x1F, 0, 9], [0x26, 0, 1, 0x61], [0x27, 1, 2]] as [[UInt8]])
    func refused(properties: [UInt8]) {
        #expect(throws: BenchError.self) { try limits(properties) }
    }
}
