import BrokerTestKit
import Testing

/// The numbers of event loops that a broker's tests run with.
let eventLoopCounts = [1, 2]

extension TestClient {
    /// Opens a connection and sends whatever stands there, without waiting for an answer.
    static func sending(_ packets: ClientPacket..., to broker: TestBroker) async throws -> TestClient {
        let client = try await open(broker)
        client.send(packets)
        return client
    }

    /// Takes the next `count` PUBLISH packets with the exchange of their QoS and returns their payloads.
    func takeTexts(
        _ count: Int, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count { texts.append(try await takePublish(file, line).text) }
        return texts
    }
}

extension ServerPacket {
    /// The kind of packet, by its name in the standard.
    var name: String {
        switch self {
        case .connack: "CONNACK"
        case .publish: "PUBLISH"
        case .puback: "PUBACK"
        case .pubrec: "PUBREC"
        case .pubrel: "PUBREL"
        case .pubcomp: "PUBCOMP"
        case .suback: "SUBACK"
        case .unsuback: "UNSUBACK"
        case .pingresp: "PINGRESP"
        case .disconnect: "DISCONNECT"
        case .auth: "AUTH"
        }
    }
}
