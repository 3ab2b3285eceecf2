import BrokerTestKit
import BrokerValues
import Testing

@Suite("What a full socket takes later")
struct WriteOrderTests {
    @Test("Small messages come whole, once and in order through a socket that takes only a part of them at a time")
    func order() async throws {
        try await TestBroker.with(limits: .with { $0.maximumUnsentBytes = 64 << 20 }) { broker in
            let publisher = try await TestClient.connect(broker)
            let subscriber = try await TestClient.open(broker, receiveBuffer: 4_096)
            try await subscriber.connect(ConnectFields(id: "slow"))
            try await subscriber.subscribe("t")
            var number = 0
            // More than once, since what follows on a full socket takes another way than what follows on an empty one.
            for _ in 0..<3 {
                try await subscriber.setReading(false)
                var published: [String] = []
                var roundsBehind = 0
                while roundsBehind < 3 {
                    guard published.count < 50_000 else { throw TestFailure("the socket takes everything") }
                    let batch = (0..<200).map { "\(number + $0) " + text(1_000) }
                    number += batch.count
                    published += batch
                    publisher.send(
                        batch.map { .publish("t", $0, qos: 0, id: nil, retain: false, dup: false, properties: []) })
                    try await publisher.ping()
                    if try await broker.unsentBytes() > 0 { roundsBehind += 1 }
                }
                try await subscriber.setReading(true)
                #expect(try await subscriber.takeAll() == published)
                try await waitUntil("everything has left") { try await broker.unsentBytes() == 0 }
            }
            #expect(broker.drops == 0)
        }
    }
}
