import BrokerTestKit
import Testing

/// A client with a session that it keeps over many connections, and that holds the broker to the rules of QoS 1 and 2
/// while messages flow: nothing lost, nothing doubled, each publisher's messages in order.
///
/// Messages are `name:number`. Each connection ends at a point where the client knows what the broker has handled (it
/// has seen PINGRESP behind its acknowledgements), so that on the next one every message has exactly one right answer:
/// what was acknowledged never comes again, what was not comes again in its order, and then come the new ones.
struct DurableSubscriber {
    private let broker: TestBroker
    private let identifier: String
    private(set) var client: TestClient
    /// The next number that is due of each publisher.
    private(set) var due: [String: Int] = [:]
    /// The highest number that was seen of each publisher, acknowledged or not.
    private var seen: [String: Int] = [:]
    /// QoS 2: identifiers between PUBREC and PUBREL, in the order of the PUBRECs.
    private var recorded: [UInt16] = []
    /// QoS 2: identifiers whose PUBCOMP is held back for the next connection.
    private var heldBack: [UInt16] = []
    private let progress: Progress

    init(_ broker: TestBroker, id: String, filter: String, qos: UInt8, progress: Progress) async throws {
        self.broker = broker
        identifier = id
        self.progress = progress
        client = try await TestClient.connect(broker, id: id, clean: false)
        try await client.subscribe(filter, qos: qos)
    }

    /// How a connection ends.
    enum Change: CaseIterable {
        /// The next connection takes the session over while this one is open.
        case takeover
        case disconnect, finish, reset
    }

    /// Takes `count` messages.
    mutating func take(_ count: Int) async throws {
        var taken = 0
        while taken < count {
            if try await handle(try await client.next()) { taken += 1 }
        }
    }

    /// Makes sure that the broker has handled everything, then comes back on another connection.
    mutating func reconnect(_ change: Change) async throws {
        try await settle()
        let old = client
        switch change {
        case .takeover: break
        case .disconnect: old.send(.disconnect())
        case .finish: await old.close()
        case .reset: await old.reset()
        }
        client = try await TestClient.connect(broker, id: identifier, clean: false)
        #expect(client.connack.sessionPresent)
        if change == .takeover || change == .disconnect {
            for _ in 0..<5000 where !old.isClosed { try await Task.sleep(for: .milliseconds(2)) }
            #expect(old.isClosed)
        }
        try await takeReleases()
    }

    /// Ends all open exchanges; nothing may come any more.
    mutating func finish() async throws {
        try await settle()
        client.send(heldBack.map { .pubcomp($0) })
        heldBack = []
        try await settle()
        #expect(recorded == [] && heldBack == [])
        try await client.expectNothing()
    }

    /// Waits until the broker has handled every acknowledgement, without sending any more.
    private mutating func settle() async throws {
        client.send(.pingreq)
        while true {
            switch try await client.next() {
            case .pingresp: return
            case .publish(let publish):  // not acknowledged, so it comes again
                let (name, number) = try parts(publish)
                note(name, number, publish)
            case .pubrel(let pubrel):
                try release(pubrel.packetIdentifier)
                heldBack.append(pubrel.packetIdentifier)
            case let packet: throw TestFailure("\(packet) came where it may not")
            }
        }
    }

    /// The PUBRELs of a new connection come in the order of the PUBRECs, before anything of this connection is begun.
    private mutating func takeReleases() async throws {
        #expect(recorded == [])
        let expected = heldBack
        heldBack = []
        for id in expected {
            let packet = try await client.next()
            #expect(packet == .pubrel(.init(id)))
            client.send(.pubcomp(id))
        }
    }

    /// Answers one packet. Returns whether it was a message.
    private mutating func handle(_ packet: ServerPacket) async throws -> Bool {
        switch packet {
        case .publish(let publish):
            let (name, number) = try parts(publish)
            #expect(number == due[name, default: 0], "\(name)")
            note(name, number, publish)
            due[name] = number + 1
            let id = try #require(publish.packetIdentifier)
            if publish.qos == 2 { recorded.append(id) }
            client.send(publish.qos == 2 ? .pubrec(id) : .puback(id))
            progress.take()
            return true
        case .pubrel(let pubrel):
            try release(pubrel.packetIdentifier)
            // Some exchanges are left open to be finished on a later connection.
            if heldBack.isEmpty, progress.taken % 4 != 0 {
                client.send(.pubcomp(pubrel.packetIdentifier))
            } else {
                heldBack.append(pubrel.packetIdentifier)
            }
            return false
        default: throw TestFailure("\(packet) came where it may not")
        }
    }

    private mutating func release(_ id: UInt16) throws {
        let first = try #require(recorded.first)
        #expect(first == id)
        recorded.removeFirst()
    }

    private mutating func note(_ name: String, _ number: Int, _ publish: ServerPacket.Publish) {
        // Only what this client has seen is certain to be a repeat.
        if number <= seen[name, default: -1] { #expect(publish.dup, "\(name):\(number)") }
        seen[name] = max(number, seen[name, default: -1])
    }

    private func parts(_ publish: ServerPacket.Publish) throws -> (String, Int) {
        let parts = publish.text.split(separator: ":")
        try #require(parts.count == 2)
        return (String(parts[0]), try #require(Int(parts[1])))
    }
}
