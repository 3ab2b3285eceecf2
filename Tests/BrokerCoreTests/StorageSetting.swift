import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit

/// A broker that keeps its state in a storage, and that can crash.
final class StorageSetting {
    let storage: ModelStorage
    let observer = RecordingObserver()
    let limits: BrokerLimits
    private(set) var broker: SimulatedBroker

    init(_ storage: ModelStorage = ModelStorage(), _ change: (inout BrokerLimits) -> Void = { _ in }) {
        self.storage = storage
        var limits = BrokerLimits()
        change(&limits)
        self.limits = limits
        let observer = self.observer
        broker = SimulatedBroker(limits: limits, storage: storage) { _ in BrokerPorts(observer: observer) }
    }

    /// The broker is gone, and another begins on what is safe.
    func crash(downtime: UInt64 = 0) {
        storage.crash()
        storage.isHolding = false
        let observer = self.observer
        broker = SimulatedBroker(limits: limits, storage: storage, downtime: downtime) { _ in
            BrokerPorts(observer: observer)
        }
    }

    /// A client with a durable session that subscribes.
    func subscriber(
        _ name: String = "subscriber", version: ProtocolVersion = .v5, qos: UInt8 = 2, expiry: UInt32 = .max
    ) throws -> TestClient {
        let client = try TestClient.connected(broker, .durable(name, version: version, expiry: expiry))
        _ = try client.subscribe("t/#", qos)
        return client
    }

    func client(_ name: String, version: ProtocolVersion = .v5) throws -> TestClient {
        try TestClient.connected(broker, ConnectFields(name, version: version))
    }

    /// A client with a durable session, whether or not it has one; with what CONNACK said of it.
    func returning(_ name: String, capacity: Int = 1 << 20) throws -> (client: TestClient, isPresent: Bool) {
        let client = TestClient(broker, capacity: capacity)
        client.link.clientSends(ConnectFields.durable(name).bytes)
        let isPresent = try client.takeConnack()
        return (client, isPresent)
    }

    /// Payloads that a client gets, each of them acknowledged, until there is nothing more.
    func drain(_ client: TestClient) throws -> [String] {
        var texts: [String] = []
        while true {
            let packets = try client.receive()
            if packets.isEmpty { return texts }
            for packet in packets {
                switch packet {
                case .publish(let publish):
                    texts.append(String(decoding: publish.payload, as: UTF8.self))
                    if publish.qos > 0 { client.acknowledge(publish.qos == 1 ? .puback : .pubrec, publish.identifier) }
                case .acknowledgement(.pubrel, let identifier, _): client.acknowledge(.pubcomp, identifier)
                default: break
                }
            }
        }
    }
}
