import BrokerTestKit
import BrokerValues

extension BrokerLimits {
    /// The defaults with some changes, and with time enough to CONNECT on a machine that is busy with other tests.
    static func with(_ change: (inout BrokerLimits) -> Void) -> BrokerLimits {
        var limits = BrokerLimits()
        limits.connectTimeoutMilliseconds = 60_000
        change(&limits)
        return limits
    }
}

/// So many dots.
func text(_ count: Int) -> String { String(repeating: ".", count: count) }

/// Runs `body` and says how long it took: a limit on a rate is a least time, however slow the machine is.
func timed(_ body: () async throws -> Void) async throws -> Duration {
    let clock = ContinuousClock()
    let start = clock.now
    try await body()
    return start.duration(to: clock.now)
}

extension TestClient {
    /// A client that can have messages in its queue while it is away.
    static func durable(_ broker: TestBroker, _ id: String, subscribedTo filter: String) async throws -> TestClient {
        let client = try await connect5(broker, id: id, clean: false, expiry: 600)
        try await client.subscribe(filter, qos: 1)
        return client
    }

    /// Expects CONNACK with code 0.
    func expectAccepted(_ file: StaticString = #fileID, _ line: UInt = #line) async throws {
        let answer = try await nextConnack(file, line)
        guard answer.code == 0 else { throw TestFailure("the broker refused with code \(answer.code)") }
    }

    /// The payloads of all messages on their way, each with the exchange of its QoS.
    func takeAll() async throws -> [String] {
        var texts: [String] = []
        var silences = 0
        // What waits for the last acknowledgement comes behind its PINGRESP, so silence must be seen twice.
        while silences < 2 {
            send(.pingreq)
            var isSilent = true
            while let publish = try await nextPublishBeforePingresp() {
                isSilent = false
                texts.append(publish.text)
                if let id = publish.packetIdentifier { send(.puback(id)) }
            }
            silences = isSilent ? silences + 1 : 0
        }
        return texts
    }

    private func nextPublishBeforePingresp() async throws -> ServerPacket.Publish? {
        switch try await next() {
        case .publish(let publish): return publish
        case .pingresp: return nil
        case let packet: throw TestFailure("PUBLISH or PINGRESP should come, but \(packet) came")
        }
    }
}
